#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "judges/judgement.h"
#include "problems/problem.h"
#include "runners/runner.h"

// What came of a turn's program, for a strategy that goes on from it.
namespace eval::evaluator {

// Name of what a turn's generation carries of it (Generation::files).
inline constexpr std::string_view kFeedbackFile = "feedback.json";

struct TurnFeedback {
  bool is_accepted = false;
  std::string code;  // as extracted; empty: none
  Json metadata;     // an entry of LiveCodeBench's "metadata", parsed
  friend bool operator==(const TurnFeedback&, const TurnFeedback&) = default;
};

void attach_feedback(runners::Generation& generation, const TurnFeedback& feedback);
// nullopt if the generation carries none, or none that can be read.
std::optional<TurnFeedback> feedback_of(const runners::Generation& generation);

// The metadata that LiveCodeBench's evaluator gives with this verdict: input, output and expected output of the
// testcase that failed, each cut to 300 characters, and the error. Reads the testcase's files. What a
// function returned is shown as python_repr_of_spelled() can tell. Precondition: a problem of LiveCodeBench's
// code generation, and not accepted.
Result<Json> livecodebench_metadata(const problems::Problem& problem,
                                    const judges::Judgement& judgement);

// The code of the official evaluator for a verdict of any judge.
int livecodebench_error_code(const judges::Judgement& judgement);

}  // namespace eval::evaluator
