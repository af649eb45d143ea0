#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evaluator/attempt.h"
#include "evaluator/store/store.h"
#include "judges/verdict.h"
#include "reports/report_model.h"

// Attempts -> scores. Pure; never stored as truth, always recomputed.
namespace eval::evaluator {

// Unbiased pass@k of Chen et al. 2021 for n attempts with c correct: 1 - C(n-c, k) / C(n, k).
// Precondition: 1 <= k <= n, 0 <= c <= n.
double pass_at_k(int n, int c, int k);

struct ScoreInput {
  const std::vector<ProblemSnapshot>* problems = nullptr;
  const std::vector<Attempt>* attempts = nullptr;
  std::uint64_t bootstrap_seed = 0;
  std::string contest;  // medal table key or empty
};

// pass@k for k = 1 and each power of two up to n (where every problem has at least k attempts),
// avg@n, mean points for scoring suites, best-of-n points, the count of every verdict, and bounds for
// IE, JE and unjudged attempts: lower = all of them wrong, upper = all right. Intervals are
// 95 % from a bootstrap over problems (resampling attempts within), or Wilson where there is one attempt a
// problem.
reports::ScoreModel score(const ScoreInput& input);

}  // namespace eval::evaluator
