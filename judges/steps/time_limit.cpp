#include "judges/steps/time_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "base/text.h"
#include "judges/steps/execute.h"
#include "judges/steps/reference.h"
#include "problems/expectations.h"

namespace eval::judges {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Raised when a change of the judge changes measured times.
constexpr const char* kDerivationVersion = "2";

// No machine in it: a limit derived once holds wherever the store goes, so that verdicts stay
// comparable.
std::string fact_key(const problems::Problem& problem) {
  const auto& limits = std::get<problems::ProgramTask>(problem.task).limits;
  ContentHash key;
  key.add(kDerivationVersion).add(problem.id).add(problem.content_hash);
  key.add(fmt::format("{} {}", limits.accepted_multiplier, limits.resolution.count()));
  return "time_limit:" + key.hex();
}

bool forbids_tle(const std::vector<std::string>& permitted) {
  return !permitted.empty() &&
         std::find(permitted.begin(), permitted.end(), "TLE") == permitted.end();
}

// The testcases on which `reference` bounds the limit from below, as indices.
std::vector<std::size_t> bounding_testcases(const problems::ProgramTask& task,
                                            const problems::ReferenceSubmission& reference) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < task.testcases.size(); ++i) {
    const bool named =
        std::any_of(reference.patterns.begin(), reference.patterns.end(),
                    [&](const problems::ReferenceSubmission::Pattern& pattern) {
                      return forbids_tle(pattern.permitted) &&
                             problems::matches_path_pattern(task.testcases[i].name, pattern.glob);
                    });
    if (reference.sets_time_limit || named) found.push_back(i);
  }
  return found;
}

// The problem with these testcases alone, pass-fail: timing needs no points and no groups.
problems::Problem timing_problem(const problems::Problem& problem,
                                 const std::vector<std::size_t>& testcases, bool stops) {
  problems::Problem timing = problem;
  auto& task = std::get<problems::ProgramTask>(timing.task);
  task.root = problems::Subtask{};
  task.root.name = "data";
  task.root.stop_at_first_error = stops;
  for (const std::size_t index : testcases) task.root.order.push_back({false, index});
  return timing;
}

// True if the times of `judgement` may be used: every testcase was accepted or, where the package
// says which verdicts it may get, got one of these.
bool is_as_promised(const problems::ReferenceSubmission& reference, const Judgement& judgement) {
  const std::vector<std::string>& permitted = reference.permitted;
  return !judgement.tests.empty() &&
         std::all_of(judgement.tests.begin(), judgement.tests.end(), [&](const TestResult& test) {
           const std::string_view name = verdict_name(test.verdict);
           return permitted.empty()
                      ? test.verdict == Verdict::AC
                      : std::find(permitted.begin(), permitted.end(), name) != permitted.end();
         });
}

// The slowest testcase, as if it had been run in a language with factor 1.
microseconds slowest_test(const problems::ProgramTask& task, const Language& language,
                          const Judgement& judgement) {
  microseconds slowest{0};
  for (const TestResult& test : judgement.tests) {
    if (test.verdict != Verdict::TLE) slowest = std::max(slowest, test.cpu_time);
  }
  const milliseconds unit{1000};
  const double factor = static_cast<double>(time_limit_for(task, language, unit).count()) /
                        static_cast<double>(unit.count());
  return microseconds(std::llround(static_cast<double>(slowest.count()) / std::max(factor, 1e-3)));
}

}  // namespace

milliseconds derived_limit(microseconds slowest, const problems::ProgramLimits& limits) {
  const double wanted_ms = static_cast<double>(slowest.count()) / 1000 * limits.accepted_multiplier;
  const double step = static_cast<double>(std::max<std::int64_t>(1, limits.resolution.count()));
  const double steps = std::max(1.0, std::ceil(wanted_ms / step));
  return milliseconds(std::llround(steps * step));
}

Result<milliseconds> TimeLimits::limit_of(const problems::Problem& problem, const Trial& trial,
                                          std::stop_token stop) {
  const auto& limits = std::get<problems::ProgramTask>(problem.task).limits;
  if (limits.cpu_time) return *limits.cpu_time;
  const std::string key = fact_key(problem);
  std::shared_ptr<Slot> slot;
  {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Slot>& found = slots_[key];
    if (found == nullptr) found = std::make_shared<Slot>();
    slot = found;
  }
  const std::lock_guard lock(slot->mutex);
  if (slot->limit) return *slot->limit;
  const std::optional<std::string> kept = facts_.find ? facts_.find(key) : std::nullopt;
  const std::optional<long long> known = kept ? parse_integer(*kept) : std::nullopt;
  if (known && *known > 0) {
    slot->limit = milliseconds(*known);
    return *slot->limit;
  }
  slot->limit = EVAL_TRY(derive(problem, trial, stop));
  if (facts_.keep) facts_.keep(key, fmt::format("{}", slot->limit->count()));
  return *slot->limit;
}

Result<milliseconds> TimeLimits::derive(const problems::Problem& problem, const Trial& trial,
                                        std::stop_token stop) const {
  const auto& task = std::get<problems::ProgramTask>(problem.task);
  std::optional<microseconds> slowest;
  std::string why = "it has none";
  for (const problems::ReferenceSubmission& reference : task.reference_submissions) {
    const std::vector<std::size_t> testcases = bounding_testcases(task, reference);
    if (testcases.empty()) continue;
    const ReferenceProgram program = EVAL_TRY(read_reference(problem, reference, languages_));
    if (program.language == nullptr) {
      why = fmt::format("{}: {}", reference.name, program.skip_reason);
      continue;
    }
    const bool stops = reference.sets_time_limit && reference.permitted.empty();
    const auto judgement = trial(timing_problem(problem, testcases, stops), program.program, stop);
    if (!judgement) {
      return fail(
          Error(judgement.error()).in(fmt::format("timing {} of {}", reference.name, problem.id)));
    }
    if (reference.sets_time_limit && !is_as_promised(reference, *judgement)) {
      why = fmt::format("{} is {}", reference.name, verdict_name(judgement->verdict));
      continue;
    }
    const microseconds time =
        slowest_test(task, *languages_.find(program.program.language), *judgement);
    slowest = std::max(slowest.value_or(microseconds{0}), time);
  }
  if (slowest) return derived_limit(*slowest, task.limits);
  return fail(ErrorCode::BadInput,
              fmt::format("problem \"{}\" states no time limit, and no accepted submission gives "
                          "one ({})",
                          problem.id, why),
              problem.directory.string(), "state limits.time_limit in its problem.yaml");
}

}  // namespace eval::judges
