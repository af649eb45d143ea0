#pragma once

#include "base/clock.h"
#include "evaluator/cli/context.h"
#include "evaluator/pipeline/run.h"
#include "evaluator/settings.h"
#include "runners/runner.h"

namespace eval::cli {

// What `--dry-run` shows: what would run, and what it would cost by earlier runs in the database.
// Changes nothing and makes no file. `runner` may be null.
ExitCode show_plan(const Context& context, const evaluator::RunConfig& config,
                   const evaluator::RunSettings& settings, const runners::Runner* runner,
                   const Clock& clock);

}  // namespace eval::cli
