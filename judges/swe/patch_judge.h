#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "judges/judge.h"
#include "judges/swe/environment.h"
#include "judges/swe/evaluation.h"

namespace eval::judges::swe {

// What one evaluation that came to its tests took, for planning (environment_plan.h).
struct EvaluationCost {
  std::chrono::milliseconds time{0};  // with everything before and after the tests, but no download
  std::optional<Bytes> memory;        // peak of the tests; nullopt: not measured
};
using KeepCost = std::function<void(const problems::Problem&, const EvaluationCost&)>;

// Judges patches by running the instance's tests in environments of `source`, a fresh one for each patch;
// what the judgement says is to_judgement() of the grade. The log of the run, the files that were restored and
// all notes are its compile log. A wrong environment (history that cannot be sealed, a test patch that does
// not apply) is JE with what went wrong; an Error only what would go wrong for every patch (no box, no disk).
std::unique_ptr<Judge> make_patch_judge(std::shared_ptr<EnvironmentSource> source,
                                        EvaluationOptions options, KeepCost keep_cost = {});

}  // namespace eval::judges::swe
