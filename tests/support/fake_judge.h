#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "judges/judge.h"

namespace eval::testing {

// A judge that says what the test says and remembers what it was shown. Thread-safe.
class FakeJudge final : public judges::Judge {
 public:
  using Answer = std::function<Result<judges::Judgement>(const problems::Problem&,
                                                         const std::string& code, std::stop_token)>;

  Answer answer;        // set before the run; without it everything is accepted
  std::string version;  // part of the cache key, as a judge's version is

  Result<judges::Judgement> judge(const problems::Problem& problem,
                                  const judges::Submission& submission,
                                  std::stop_token stop) override;
  Result<std::string> cache_key(const problems::Problem& problem,
                                const judges::Submission& submission) override;

  // The first file of every program judged, in the order judged.
  std::vector<std::string> judged() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> judged_;  // guarded by mutex_
};

// A judgement with one testcase of that verdict.
judges::Judgement judgement_of(judges::Verdict verdict);

}  // namespace eval::testing
