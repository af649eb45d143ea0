#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "judges/judgement.h"
#include "judges/language.h"
#include "judges/program_judge.h"
#include "problems/problem.h"

namespace eval::judges {

// The limit under which accepted submissions are timed when a package states none. An accepted
// submission that needs longer than this on one testcase does not set a limit.
inline constexpr std::chrono::milliseconds kTrialTimeLimit{60'000};

// `slowest` times the package's multiplier, rounded up to its resolution; at least one resolution
// (1 s unless stated), so that start-up time never decides.
std::chrono::milliseconds derived_limit(std::chrono::microseconds slowest,
                                        const problems::ProgramLimits& limits);

// Time limits of problems, before any language factor. Thread-safe: a limit is derived once, while
// others who need it wait.
class TimeLimits {
 public:
  // Judges a program on the testcases of the problem it is given, under kTrialTimeLimit.
  using Trial = std::function<Result<Judgement>(const problems::Problem&, const SourceProgram&,
                                                std::stop_token)>;

  TimeLimits(FactCache facts, const Languages& languages)
      : facts_(std::move(facts)), languages_(languages) {}

  // The stated limit, a known derived one, or one derived now with `trial` from the submissions that
  // set it: those the package says so of, on all testcases, and those promised not to be TLE on some,
  // on these (`use_for_time_limit: lower` of 2025-09 means the same). BadInput if there is none.
  Result<std::chrono::milliseconds> limit_of(const problems::Problem& problem, const Trial& trial,
                                             std::stop_token stop);

 private:
  struct Slot {
    std::mutex mutex;
    std::optional<std::chrono::milliseconds> limit;  // guarded by mutex
  };

  Result<std::chrono::milliseconds> derive(const problems::Problem& problem, const Trial& trial,
                                           std::stop_token stop) const;

  FactCache facts_;
  const Languages& languages_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Slot>> slots_;  // guarded by mutex_
};

}  // namespace eval::judges
