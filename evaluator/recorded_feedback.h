#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "evaluator/attempt.h"
#include "evaluator/feedback.h"

// What LiveCodeBench's own output (`_eval_all.json`, and the files of NVIDIA's harness) says of its programs.
namespace eval::evaluator {

// By problem, as livecodebench_entry_id() names it, for each program in order: "graded_list" and "code_list"
// ("pred_list" where programs are not what was asked for), and, of what is not right, "metadata", null where it
// cannot be read. nullopt where verdict or code is missing. Entries without a graded_list are left out; BadInput
// where a problem has two with one.
using RecordedFeedback = std::map<std::string, std::vector<std::optional<TurnFeedback>>>;
Result<RecordedFeedback> read_recorded_feedback(const fs::path& file);

// TestResult::run_status of what was recorded.
inline constexpr std::string_view kRecordedStatus = "recorded";

// The recorded programs as attempts with a judgement of one test each, for those of `run` that the file speaks
// of: to be compared with `run` attempt by attempt. A problem of "suite/slug" is "slug" there. Metadata's error
// code gives the verdict of what is not right; without one it is WA.
std::vector<Attempt> recorded_attempts(const RecordedFeedback& recorded,
                                       const std::vector<Attempt>& run);

}  // namespace eval::evaluator
