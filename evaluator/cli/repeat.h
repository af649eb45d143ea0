#pragma once

#include "evaluator/cli/context.h"
#include "evaluator/pipeline/run.h"
#include "evaluator/store/store.h"

namespace eval::cli {

// Prints which attempts of a run got different verdicts or points in their last `times` judgements
// (`evalctl judge --repeat`). Regression if one of them was not near a limit; Fault if attempts could
// not be judged; Interrupted if the run was.
// Only problems of `suite` were judged.
ExitCode show_flips(const Context& context, evaluator::Store& store, const problems::Suite& suite,
                    const evaluator::RunOutcome& outcome, int times);

}  // namespace eval::cli
