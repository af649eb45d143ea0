#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evaluator/attempt.h"
#include "evaluator/score.h"
#include "judges/verdict.h"

// What scores see of attempts. Internal to score.cpp and livecodebench_output.cpp.
namespace eval::evaluator {

struct Outcome {
  std::optional<judges::Verdict> verdict;
  double points = 0;
  std::map<std::string, double> leaf_points;  // of subtasks without subtasks below them
  bool adds_up = true;                        // the leaves' points sum to `points`

  bool is_unresolved() const;
};

// What to assume of the attempts that are not resolved.
enum class Assume { Wrong, Right };

struct ProblemOutcomes {
  double points_max = 1;
  bool is_scoring = false;
  std::vector<Outcome> attempts;  // those that count; never empty
  int over_cap = 0;               // attempts that do not

  int count() const { return static_cast<int>(attempts.size()); }
  bool is_solved(const Outcome& outcome, Assume assume) const;
  double points_of(const Outcome& outcome, Assume assume) const;
  int solved_count(Assume assume) const;
  double mean_points(Assume assume) const;
  double best_points(Assume assume) const;
  // Sum over subtasks of the best attempt. Where a problem's points are not the sum of its
  // subtasks', there is nothing to combine and the best attempt counts.
  double best_subtask_points(Assume assume) const;
};

// By problem, in plan order; what is beyond the submission cap is left out.
std::vector<ProblemOutcomes> outcomes_of(const ScoreInput& input);

}  // namespace eval::evaluator
