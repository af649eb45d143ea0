#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "judges/judgement.h"
#include "judges/program_judge.h"
#include "judges/steps/test_walk.h"
#include "problems/problem.h"

// Verdicts near a limit: measured times spread (by a third and more on a busy machine), so a single
// run near the time limit decides nothing.
namespace eval::judges {

// The limits a testcase's use is held against.
struct TestLimits {
  std::chrono::milliseconds cpu_time{0};
  std::chrono::milliseconds wall_time{0};
  Bytes memory;
  // The first measured time is that of the run: one program, one pass. Then a program may go on up to
  // `high` times the limit, so that its distance to the limit is known; else it is killed at it.
  bool is_timed_once = true;
};

// The limits of a judgement, as they are for tasks of this type.
TestLimits test_limits(const problems::ProgramTask& task, const Judgement& judgement);

// How a testcase is to be run.
struct RunTerms {
  std::chrono::milliseconds cpu_time{0};  // the kill comes then
  bool alone = false;                     // Limits::alone
};
using RunOnTerms = std::function<Result<TestRun>(const RunTerms&)>;

// Runs a testcase, and again alone if it missed the time limit by little: up to `reruns_max` times,
// until one run is within it. TLE only if all were over it; the fastest run is the one reported, with
// the CPU times of all.
//
// A program over its limit is TLE whatever came after that (a crash, too much output, a wrong
// answer). Stability: ReRun where it was run again; NearLimit where the result used `low` of the time
// or memory limit or more and yet ended within it, or missed the time limit by little and `reruns_max`
// is 0; else Clear. Memory does not depend on neighbours, so MLE is Clear.
Result<TestRun> run_stably(const StabilityRules& rules, const TestLimits& limits,
                           const RunOnTerms& run);

// What `earlier`, a result of the same program on the same testcase under another time limit, says
// under `limits`; nullopt if only a run can tell. A program that was killed says nothing about a
// limit above its time, and one that was not run again says nothing about a limit it would miss by
// little. `points_follow_verdict`: no checker gives scores, so that a verdict is all there is to know.
std::optional<TestRun> recall(const TestResult& earlier, const StabilityRules& rules,
                              const TestLimits& limits, bool points_follow_verdict);

}  // namespace eval::judges
