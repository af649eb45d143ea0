#pragma once

#include <string>
#include <vector>

#include "evaluator/attempt.h"

namespace eval::evaluator {

// An attempt that was judged several times and not always alike.
struct Flip {
  std::string problem_id;
  int attempt = 0;
  std::vector<judges::Verdict> verdicts;  // oldest first
  std::vector<double> points;
  std::vector<std::string> testcases;  // whose verdict changed, in the order of the package
  // Every testcase that changed was near a limit, or run again because of one, in one of the
  // judgements: a machine at another moment, not a fault of the judging.
  bool is_near_limit = false;
};

// The attempts whose last `times` judgements differ in verdict or points. The judgement before these
// counts too if it was made in the same way (fingerprint and limits).
std::vector<Flip> find_flips(const std::vector<Attempt>& attempts, int times);

}  // namespace eval::evaluator
