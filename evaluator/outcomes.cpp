#include "evaluator/outcomes.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace eval::evaluator {
namespace {

using judges::Verdict;

// Judgement::subtasks is depth first with the root last; a subtask is a leaf if no other lies below
// it. The root ("data") is a leaf only if it is alone.
std::map<std::string, double> leaf_points_of(const std::vector<judges::SubtaskResult>& subtasks) {
  std::map<std::string, double> leaves;
  for (std::size_t i = 0; i < subtasks.size(); ++i) {
    const std::string& name = subtasks[i].subtask;
    const bool is_root = i + 1 == subtasks.size();
    const bool has_below =
        (is_root && i > 0) ||
        std::any_of(subtasks.begin(), subtasks.end(), [&](const judges::SubtaskResult& other) {
          return other.subtask.starts_with(name + "/");
        });
    if (!has_below) leaves[name] = subtasks[i].points;
  }
  return leaves;
}

Outcome outcome_of(const Attempt& attempt) {
  Outcome outcome;
  outcome.verdict = attempt.verdict();
  outcome.points = attempt.points();
  if (attempt.judgements.empty() || outcome.is_unresolved()) return outcome;
  outcome.leaf_points = leaf_points_of(attempt.judgements.back().subtasks);
  double sum = 0;
  for (const auto& [subtask, points] : outcome.leaf_points) sum += points;
  // A submission that does not compile has no subtasks and no points: that adds up too. Points have
  // two decimals, so a hundredth is the smallest difference that means anything.
  outcome.adds_up = std::abs(sum - outcome.points) < 0.005;
  return outcome;
}

// Leaves the attempts within the cap. What was never a submission (no code in the reply) uses none
// up; a submission that does not compile does, as in CMS.
void apply_cap(const SubmissionCap& cap, ProblemOutcomes& problem) {
  std::size_t subtasks = 1;
  for (const Outcome& outcome : problem.attempts) {
    subtasks = std::max(subtasks, outcome.leaf_points.size());
  }
  const std::size_t allowed =
      static_cast<std::size_t>(cap.submissions) * (cap.is_per_subtask ? subtasks : 1);
  std::size_t used = 0;
  std::vector<Outcome> counted;
  for (Outcome& outcome : problem.attempts) {
    if (used >= allowed) {
      problem.over_cap += 1;
      continue;
    }
    used += outcome.verdict == Verdict::NA ? 0 : 1;
    counted.push_back(std::move(outcome));
  }
  problem.attempts = std::move(counted);
}

}  // namespace

bool Outcome::is_unresolved() const {
  return !verdict || *verdict == Verdict::IE || *verdict == Verdict::JE;
}

bool ProblemOutcomes::is_solved(const Outcome& outcome, Assume assume) const {
  if (outcome.is_unresolved()) return assume == Assume::Right;
  return outcome.verdict == Verdict::AC;
}

double ProblemOutcomes::points_of(const Outcome& outcome, Assume assume) const {
  if (outcome.is_unresolved()) return assume == Assume::Right ? points_max : 0;
  return outcome.points;
}

int ProblemOutcomes::solved_count(Assume assume) const {
  return static_cast<int>(std::count_if(attempts.begin(), attempts.end(),
                                        [&](const Outcome& o) { return is_solved(o, assume); }));
}

double ProblemOutcomes::mean_points(Assume assume) const {
  double sum = 0;
  for (const Outcome& outcome : attempts) sum += points_of(outcome, assume);
  return sum / static_cast<double>(attempts.size());
}

double ProblemOutcomes::best_points(Assume assume) const {
  double best = 0;
  for (const Outcome& outcome : attempts) best = std::max(best, points_of(outcome, assume));
  return best;
}

double ProblemOutcomes::best_subtask_points(Assume assume) const {
  const double best = best_points(assume);
  std::map<std::string, double> best_by_subtask;
  for (const Outcome& outcome : attempts) {
    if (outcome.is_unresolved()) continue;
    if (!outcome.adds_up) return best;
    for (const auto& [subtask, points] : outcome.leaf_points) {
      double& so_far = best_by_subtask[subtask];
      so_far = std::max(so_far, points);
    }
  }
  double sum = 0;
  for (const auto& [subtask, points] : best_by_subtask) sum += points;
  return std::clamp(sum, best, std::max(best, points_max));
}

std::vector<ProblemOutcomes> outcomes_of(const ScoreInput& input) {
  std::vector<ProblemOutcomes> problems;
  std::map<std::string, std::size_t> by_id;
  for (const ProblemSnapshot& snapshot : *input.problems) {
    by_id[snapshot.id] = problems.size();
    problems.push_back({snapshot.points_max, snapshot.is_scoring, {}, 0});
  }
  for (const Attempt& attempt : *input.attempts) {
    const auto found = by_id.find(attempt.problem_id);
    EVAL_CHECK(found != by_id.end());
    problems[found->second].attempts.push_back(outcome_of(attempt));
  }
  for (ProblemOutcomes& problem : problems) {
    if (input.submission_cap) apply_cap(*input.submission_cap, problem);
  }
  // Planned and never tried is not judged; it must not drop out of the denominator.
  for (ProblemOutcomes& problem : problems) {
    if (problem.attempts.empty()) problem.attempts.emplace_back();
  }
  return problems;
}

}  // namespace eval::evaluator
