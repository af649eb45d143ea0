#include "judges/steps/stability.h"

#include <fmt/format.h>

#include <algorithm>

#include "judges/steps/execute.h"
#include "sandbox/sandbox.h"

namespace eval::judges {
namespace {

using std::chrono::microseconds;

double ratio(double value, double limit) {
  return limit > 0 ? value / limit : 0;
}

// False for several passes or programs together, whose sum is under no limit.
bool is_timed(const TestRun& run, const TestLimits& limits) {
  return limits.is_timed_once || run.slowest_cpu.has_value();
}

double time_ratio(const TestRun& run, const TestLimits& limits) {
  if (!is_timed(run, limits)) return 0;
  const microseconds limit = limits.cpu_time;
  return ratio(static_cast<double>(run.timed_cpu().count()), static_cast<double>(limit.count()));
}

bool ended_by(const TestResult& result, sandbox::RunStatus status) {
  return result.run_status == sandbox::run_status_name(status);
}

// TLE that another run could undo, unlike that of a program that idles.
bool is_cpu_tle(const TestResult& result) {
  return result.verdict == Verdict::TLE && !ended_by(result, sandbox::RunStatus::Deadlock) &&
         !ended_by(result, sandbox::RunStatus::WallTimeLimit);
}

// Turns the outcome of a run that was let go on into the one under the limit.
void hold_to_limit(const TestLimits& limits, TestRun& run) {
  TestResult& result = run.result;
  if (result.verdict == Verdict::TLE || !is_timed(run, limits)) return;
  if (run.timed_cpu() <= limits.cpu_time) return;
  // A checker that broke on an output which is too late anyway has nothing to say.
  if (result.verdict != Verdict::JE) result.untimed_verdict = result.verdict;
  result.verdict = Verdict::TLE;
  result.points.reset();
  run.fraction.reset();
  result.checker_message = result.untimed_verdict
                               ? fmt::format("ended by itself after the limit; {} without it",
                                             verdict_name(*result.untimed_verdict))
                               : std::string{};
}

// True if the run missed the limit by so little, or by an amount unknown, that another may not.
bool may_be_chance(const StabilityRules& rules, const TestLimits& limits, const TestRun& run) {
  if (!is_cpu_tle(run.result)) return false;
  if (!limits.is_timed_once) return true;
  const bool was_killed = ended_by(run.result, sandbox::RunStatus::CpuTimeLimit);
  return !was_killed && time_ratio(run, limits) <= rules.high;
}

bool is_near(const StabilityRules& rules, const TestLimits& limits, const TestRun& run) {
  const TestResult& result = run.result;
  if (result.verdict == Verdict::TLE || result.verdict == Verdict::MLE) return false;
  if (time_ratio(run, limits) >= rules.low) return true;
  return result.memory_peak && ratio(static_cast<double>(result.memory_peak->count),
                                     static_cast<double>(limits.memory.count)) >= rules.low;
}

Result<TestRun> run_once(const TestLimits& limits, const RunTerms& terms, const RunOnTerms& run) {
  TestRun done = EVAL_TRY(run(terms));
  hold_to_limit(limits, done);
  return done;
}

}  // namespace

TestLimits test_limits(const problems::ProgramTask& task, const Judgement& judgement) {
  TestLimits limits;
  limits.cpu_time = judgement.time_limit;
  limits.wall_time = wall_limit_for(judgement.time_limit);
  limits.memory = judgement.memory_limit;
  // Of several passes the slowest is the one reported, and each has the whole limit.
  limits.is_timed_once =
      task.type != problems::TaskType::Communication && task.type != problems::TaskType::TwoSteps;
  return limits;
}

Result<TestRun> run_stably(const StabilityRules& rules, const TestLimits& limits,
                           const RunOnTerms& run) {
  RunTerms terms{limits.cpu_time, false};
  if (limits.is_timed_once && rules.reruns_max > 0) {
    const double margin = std::max(1.0, rules.high);
    terms.cpu_time = std::chrono::milliseconds(
        static_cast<std::int64_t>(static_cast<double>(limits.cpu_time.count()) * margin));
  }
  TestRun best = EVAL_TRY(run_once(limits, terms, run));
  if (!may_be_chance(rules, limits, best)) {
    best.result.stability = is_near(rules, limits, best) ? Stability::NearLimit : Stability::Clear;
    return best;
  }
  if (rules.reruns_max <= 0) {
    best.result.stability = Stability::NearLimit;
    return best;
  }
  std::vector<microseconds> times{best.timed_cpu()};
  terms.alone = true;
  for (int i = 0; i < rules.reruns_max && may_be_chance(rules, limits, best); ++i) {
    TestRun again = EVAL_TRY(run_once(limits, terms, run));
    times.push_back(again.timed_cpu());
    const bool is_better = !is_cpu_tle(again.result) || again.timed_cpu() < best.timed_cpu();
    if (is_better) best = std::move(again);
  }
  best.result.cpu_times = std::move(times);
  best.result.stability = Stability::ReRun;
  return best;
}

std::optional<TestRun> recall(const TestResult& earlier, const StabilityRules& rules,
                              const TestLimits& limits, bool points_follow_verdict) {
  if (!limits.is_timed_once || earlier.verdict == Verdict::JE) return std::nullopt;
  if (earlier.verdict == Verdict::TLE && !is_cpu_tle(earlier)) return std::nullopt;
  if (earlier.wall_time > limits.wall_time) return std::nullopt;
  TestRun run;
  run.result = earlier;
  TestResult& result = run.result;
  if (result.cpu_time > limits.cpu_time) {
    // Runs again end with the first that is in time, which under a lower limit is too early.
    const bool is_settled = result.cpu_times.size() > static_cast<std::size_t>(rules.reruns_max);
    const bool is_near_miss = time_ratio(run, limits) <= rules.high;
    if (is_near_miss && !is_settled) return std::nullopt;
    hold_to_limit(limits, run);
    if (!is_near_miss) {
      result.stability = Stability::Clear;
      result.cpu_times.clear();
    }
    return run;
  }
  if (result.verdict == Verdict::TLE) {
    if (!result.untimed_verdict) return std::nullopt;  // killed
    result.verdict = *result.untimed_verdict;
    result.untimed_verdict.reset();
    result.checker_message.clear();
  }
  if (!points_follow_verdict) return std::nullopt;
  result.points.reset();
  if (result.cpu_times.empty()) {
    result.stability = is_near(rules, limits, run) ? Stability::NearLimit : Stability::Clear;
  }
  return run;
}

}  // namespace eval::judges
