#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"
#include "problems/livecodebench.h"
#include "problems/prediction_task.h"
#include "problems/problem.h"

// LiveCodeBench's data sets test_generation (test output prediction) and execution, execution-v2 (code
// execution): a JSONL file of rows each. FORMAT.md tells what a row holds.
namespace eval::problems {

// The file of rows behind `path`: itself, or the only .jsonl or .jsonl.gz of a folder; nullopt if its first
// line is no row of these data sets.
std::optional<fs::path> find_livecodebench_predictions(const fs::path& path);

// One row as a problem of suite "livecodebench-test-output" or "livecodebench-execution". BadInput names
// every member that is missing or malformed. Pure.
Result<Problem> read_livecodebench_prediction(std::string_view line, std::string_view where);

// The rows of `file` as a suite, in the order of the official runner. Its title names the scenario, the data
// set and the window, so that they are part of a run's identity. Days of `selection` apply where rows
// have dates; Usage for the rest of it, which is about code generation. Rows that cannot be used are listed
// under Suite::refused.
Result<Suite> load_livecodebench_predictions(const fs::path& file,
                                             const LiveCodeBenchSelection& selection);

}  // namespace eval::problems
