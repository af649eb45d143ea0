#pragma once

#include <string>

#include "base/result.h"
#include "evaluator/store/store.h"

namespace eval::evaluator {

// Every generation of a run, each turn a line, as a recording that `--model replay:FILE` plays back
// (runners/FORMAT.md). What the actions of an agent gave is left out: a replay acts again. Attempts
// without a generation are left out with those that follow them at the same problem, since the format
// has no gaps. BadInput if nothing is left.
Result<std::string> run_recording(Store& store, const std::string& run_id);

}  // namespace eval::evaluator
