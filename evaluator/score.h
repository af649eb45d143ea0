#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evaluator/attempt.h"
#include "evaluator/medals.h"
#include "evaluator/store/store.h"
#include "reports/report_model.h"

// Attempts -> scores. Pure; never stored as truth, always recomputed.
namespace eval::evaluator {

// Unbiased pass@k of Chen et al. 2021 for n attempts with c correct: 1 - C(n-c, k) / C(n, k).
// Precondition: 1 <= k <= n, 0 <= c <= n.
double pass_at_k(int n, int c, int k);

// How many submissions a contest takes (IOI: 50 a task). Attempts count in their order; those beyond
// the cap are listed but count for nothing, in every metric. A reply without code is no submission. Per subtask
// (systems that submit for one subtask at a time): so many for each subtask of a task.
struct SubmissionCap {
  int submissions = 50;
  bool is_per_subtask = false;
};

struct ScoreInput {
  const std::vector<ProblemSnapshot>* problems = nullptr;
  const std::vector<Attempt>* attempts = nullptr;
  std::uint64_t bootstrap_seed = 0;
  std::string contest = {};                          // medal table key or empty
  std::optional<IcpcTimeModel> time_model = {};      // ICPC: declared, or there is no penalty
  std::optional<SubmissionCap> submission_cap = {};  // absent: every attempt counts
};

// The metrics, the count of every verdict, and the medal. With n attempts a problem the metrics are,
// in this order after the headline:
//
//   pass@k                        mean over problems, k = 1 and each power of two up to the fewest
//                                 attempts any problem has
//   avg@n                         mean over problems of the share of accepted attempts; "avg" where n
//                                 differs between problems
//   problems solved               by at least one of the n attempts
//   points                        scoring problems: sum over problems of the mean points of an attempt
//   best-of-n points              sum over problems of the best attempt's points
//   best-of-n subtask points      IOI: sum over problems and subtasks of the best attempt, the
//                                 contest's rule since 2017
//
// The headline, which comes first: "best-of-n subtask points" at an IOI, "points" at an IMO,
// "problems solved" at an ICPC; otherwise "points" where every problem scores, else "pass@1". The
// first three also decide the medal.
//
// Every planned attempt is in the denominator: IE, JE and what is not judged count as wrong. Each
// metric says what it had been with all of these wrong, and right. A planned problem without any
// attempt counts as one that is not judged. Intervals are those of share_interval (statistics.h), for points
// of the share of full marks, so that no interval leaves what can be reached.
reports::ScoreModel score(const ScoreInput& input);

}  // namespace eval::evaluator
