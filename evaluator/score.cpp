#include "evaluator/score.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "base/check.h"
#include "evaluator/outcomes.h"
#include "evaluator/statistics.h"

namespace eval::evaluator {
namespace {

using judges::Verdict;

using ValueOfProblem = std::function<double(const ProblemOutcomes&, Assume)>;

// One number of the report: a value for each problem, and how they are put together.
struct Definition {
  std::string name;
  std::string label;
  enum class Combine { Mean, Sum } combine = Combine::Mean;
  double maximum = 1;
  // The values are 0 or 1, or rates between them, of problems that are solved or not.
  bool is_rate = true;
  ValueOfProblem value;
  int attempts_a_try = 0;  // 0: all of a problem's attempts make one try (statistics.h)
};

class Scorer {
 public:
  Scorer(const ScoreInput& input, std::vector<ProblemOutcomes> problems)
      : input_(input), problems_(std::move(problems)), kind_(contest_kind(input.contest)) {
    if (problems_.empty()) return;
    attempts_min_ = attempts_max_ = problems_.front().count();
    for (const ProblemOutcomes& problem : problems_) {
      attempts_min_ = std::min(attempts_min_, problem.count());
      attempts_max_ = std::max(attempts_max_, problem.count());
      points_max_ += problem.points_max;
      any_scoring_ = any_scoring_ || problem.is_scoring;
      all_scoring_ = all_scoring_ && problem.is_scoring;
    }
  }

  std::vector<reports::Metric> metrics() const {
    std::vector<Definition> definitions = rate_definitions();
    if (any_scoring_) {
      for (Definition& points : point_definitions()) definitions.push_back(std::move(points));
    }
    const auto headline =
        std::find_if(definitions.begin(), definitions.end(),
                     [&](const Definition& d) { return d.name == headline_name(); });
    std::rotate(definitions.begin(), headline, headline + 1);
    std::vector<reports::Metric> metrics;
    for (const Definition& definition : definitions) metrics.push_back(measure(definition));
    return metrics;
  }

  std::optional<reports::MedalOutcome> medal() const {
    if (input_.contest.empty()) return std::nullopt;
    const ContestScore now = contest_score(Assume::Wrong);
    auto outcome = medal_outcome(input_.contest, now);
    if (!outcome) {
      reports::MedalOutcome unknown;
      unknown.contest = input_.contest;
      unknown.medal = "unknown";
      unknown.explanation = outcome.error().what + "; " + outcome.error().help + ".";
      unknown.score = now.score;
      unknown.score_max = kind_ == ContestKind::IcpcWorldFinals
                              ? static_cast<double>(problems_.size())
                              : points_max_;
      return unknown;
    }
    outcome->explanation += rule_note();
    outcome->explanation += unresolved_note(outcome->medal);
    return *outcome;
  }

 private:
  std::string best_of() const {
    return attempts_max_ == 1 ? "one attempt"
                              : fmt::format("the best of {} attempts", attempts_max_);
  }

  std::string headline_name() const {
    if (kind_ == ContestKind::IcpcWorldFinals) return "problems solved";
    if (kind_ == ContestKind::Ioi && any_scoring_) return subtask_points_name();
    if (kind_ == ContestKind::Imo && any_scoring_) return "points";
    return all_scoring_ && any_scoring_ ? "points" : "pass@1";
  }

  std::string subtask_points_name() const {
    return fmt::format("best-of-{} subtask points", attempts_max_);
  }

  std::vector<Definition> rate_definitions() const {
    using Combine = Definition::Combine;
    std::vector<Definition> definitions;
    for (int k = 1; k <= attempts_min_; k *= 2) {
      definitions.push_back(
          {fmt::format("pass@{}", k),
           k == 1
               ? "chance that one attempt is accepted, mean over problems"
               : fmt::format("chance that one of {} attempts is accepted, mean over problems", k),
           Combine::Mean, 1, true,
           [k](const ProblemOutcomes& problem, Assume assume) {
             return pass_at_k(problem.count(), problem.solved_count(assume), k);
           },
           k});
    }
    const bool even = attempts_min_ == attempts_max_;
    definitions.push_back(
        {even ? fmt::format("avg@{}", attempts_max_) : "avg",
         even ? "share of accepted attempts, mean over problems"
              : fmt::format("share of accepted attempts, mean over problems with {} to {} attempts",
                            attempts_min_, attempts_max_),
         Combine::Mean, 1, true,
         [](const ProblemOutcomes& problem, Assume assume) {
           return static_cast<double>(problem.solved_count(assume)) / problem.count();
         },
         1});
    definitions.push_back({"problems solved", "problems solved by " + best_of(), Combine::Sum,
                           static_cast<double>(problems_.size()), true,
                           [](const ProblemOutcomes& problem, Assume assume) {
                             return problem.solved_count(assume) > 0 ? 1.0 : 0.0;
                           },
                           0});
    return definitions;
  }

  std::vector<Definition> point_definitions() const {
    using Combine = Definition::Combine;
    std::vector<Definition> definitions;
    definitions.push_back({"points", "mean points of an attempt, summed over problems",
                           Combine::Sum, points_max_, false, &ProblemOutcomes::mean_points, 1});
    if (attempts_max_ > 1) {
      definitions.push_back({fmt::format("best-of-{} points", attempts_max_),
                             "points of " + best_of() + ", summed over problems", Combine::Sum,
                             points_max_, false, &ProblemOutcomes::best_points, 0});
    }
    if (kind_ == ContestKind::Ioi) {
      definitions.push_back(
          {subtask_points_name(), "points of " + best_of() + " at each subtask, summed (IOI rule)",
           Combine::Sum, points_max_, false, &ProblemOutcomes::best_subtask_points, 0});
    }
    return definitions;
  }

  double total(const Definition& definition, Assume assume) const {
    double sum = 0;
    for (const ProblemOutcomes& problem : problems_) sum += definition.value(problem, assume);
    if (definition.combine == Definition::Combine::Sum || problems_.empty()) return sum;
    return sum / static_cast<double>(problems_.size());
  }

  reports::Metric measure(const Definition& definition) const {
    reports::Metric metric;
    metric.name = definition.name;
    metric.label = definition.label;
    metric.maximum = definition.maximum;
    metric.lower_bound = total(definition, Assume::Wrong);
    metric.upper_bound = total(definition, Assume::Right);
    metric.estimate.value = metric.lower_bound;
    estimate_interval(definition, metric.estimate);
    return metric;
  }

  void estimate_interval(const Definition& definition, reports::Estimate& estimate) const {
    std::vector<ProblemShare> shares;
    for (const ProblemOutcomes& problem : problems_) {
      const int tries = definition.attempts_a_try == 0
                            ? 1
                            : std::max(problem.count() / definition.attempts_a_try, 1);
      const double maximum = definition.is_rate ? 1 : problem.points_max;
      if (maximum <= 0) continue;  // nothing to be had, nothing to be unsure of
      shares.push_back({definition.value(problem, Assume::Wrong), maximum, tries});
    }
    const ShareInterval share = share_interval(shares, definition.is_rate, input_.bootstrap_seed);
    // Of a sum, the interval is that of the share of full marks, times the marks there are.
    const double scale = definition.combine == Definition::Combine::Sum ? definition.maximum : 1;
    estimate.n = share.n;
    estimate.method = share.method;
    estimate.low = share.interval.low * scale;
    estimate.high = share.interval.high * scale;
  }

  ContestScore contest_score(Assume assume) const {
    ContestScore contest;
    contest.problems = static_cast<int>(problems_.size());
    for (const ProblemOutcomes& problem : problems_) {
      if (kind_ == ContestKind::IcpcWorldFinals) {
        contest.score += problem.solved_count(assume) > 0 ? 1 : 0;
      } else if (kind_ == ContestKind::Imo) {
        contest.score += problem.mean_points(assume);
      } else {
        contest.score += problem.best_subtask_points(assume);
      }
    }
    if (kind_ == ContestKind::IcpcWorldFinals && input_.time_model && assume == Assume::Wrong) {
      std::vector<std::vector<std::optional<Verdict>>> verdicts;
      for (const ProblemOutcomes& problem : problems_) {
        verdicts.emplace_back();
        for (const Outcome& outcome : problem.attempts) verdicts.back().push_back(outcome.verdict);
      }
      contest.penalty = icpc_penalty(verdicts, *input_.time_model);
    }
    return contest;
  }

  // What of several attempts counts, which is as much part of a medal as the score.
  std::string rule_note() const {
    if (attempts_max_ <= 1 || !kind_) return "";
    switch (*kind_) {
      case ContestKind::Imo:
        return fmt::format(" The score is the mean over {} attempts a problem.", attempts_max_);
      case ContestKind::Ioi:
        return fmt::format(
            " The best of {} attempts counts for each subtask.{}", attempts_max_,
            attempts_max_ > kIoiSubmissionsMax && !input_.submission_cap
                ? fmt::format(" Contestants have {} submissions a task.", kIoiSubmissionsMax)
                : "");
      case ContestKind::IcpcWorldFinals:
        return fmt::format(" A problem is solved if one of {} attempts is accepted.",
                           attempts_max_);
    }
    return "";
  }

  std::string unresolved_note(const std::string& medal) const {
    const auto count = std::accumulate(
        problems_.begin(), problems_.end(), std::size_t{0},
        [](std::size_t sum, const ProblemOutcomes& problem) {
          return sum + static_cast<std::size_t>(std::count_if(
                           problem.attempts.begin(), problem.attempts.end(),
                           [](const Outcome& outcome) { return outcome.is_unresolved(); }));
        });
    if (count == 0) return "";
    std::string note = fmt::format(" {} {} resolved (IE, JE or not judged) and counted as wrong",
                                   count, count == 1 ? "attempt is not" : "attempts are not");
    const auto best = medal_outcome(input_.contest, contest_score(Assume::Right));
    if (best && best->medal != medal) {
      note += best->medal == "unknown"
                  ? "; were they right, the medal could be another"
                  : fmt::format("; were they right, the medal would be {}", best->medal);
    }
    return note + ".";
  }

  // IOI rules: 50 submissions a task (100 in 2013).
  static constexpr int kIoiSubmissionsMax = 50;

  const ScoreInput& input_;
  std::vector<ProblemOutcomes> problems_;
  std::optional<ContestKind> kind_;
  int attempts_min_ = 1;
  int attempts_max_ = 1;
  double points_max_ = 0;
  bool any_scoring_ = false;
  bool all_scoring_ = true;
};

// Which attempts count, as printed beside the score; empty if there is nothing to say.
std::string counting_rule(const ScoreInput& input, int over_cap) {
  if (!input.submission_cap) return {};
  const SubmissionCap& cap = *input.submission_cap;
  const bool one = cap.submissions == 1;
  std::string text =
      fmt::format("the first {} {} of each {}", cap.submissions, one ? "submission" : "submissions",
                  cap.is_per_subtask ? "subtask" : "task");
  if (over_cap > 0) {
    text += fmt::format("; {} {} for nothing beyond {}", over_cap,
                        over_cap == 1 ? "counts" : "count", one ? "it" : "them");
  }
  return text;
}

}  // namespace

double pass_at_k(int n, int c, int k) {
  EVAL_CHECK(k >= 1 && k <= n && c >= 0 && c <= n);
  if (n - c < k) return 1;
  // 1 - C(n-c, k) / C(n, k) as a product, which neither overflows nor cancels for large n.
  double all_wrong = 1;
  for (int i = n - c + 1; i <= n; ++i) all_wrong *= 1 - static_cast<double>(k) / i;
  return 1 - all_wrong;
}

reports::ScoreModel score(const ScoreInput& input) {
  EVAL_CHECK(input.problems != nullptr && input.attempts != nullptr);
  reports::ScoreModel model;
  for (const Attempt& attempt : *input.attempts) {
    const auto verdict = attempt.verdict();
    if (verdict) {
      model.verdict_counts[*verdict] += 1;
    } else {
      model.attempts_unjudged += 1;
    }
    model.attempts_truncated += attempt.truncated() ? 1 : 0;
    const bool is_near =
        !attempt.judgements.empty() &&
        judges::stability_of(attempt.judgements.back()) != judges::Stability::Clear;
    model.attempts_near_limit += is_near ? 1 : 0;
  }
  model.attempts_planned = static_cast<int>(input.attempts->size());
  std::vector<ProblemOutcomes> problems = outcomes_of(input);
  model.problems_total = static_cast<int>(problems.size());
  for (const ProblemOutcomes& problem : problems) {
    model.problems_solved += problem.solved_count(Assume::Wrong) > 0 ? 1 : 0;
  }
  for (const ProblemOutcomes& problem : problems) model.attempts_over_cap += problem.over_cap;
  model.counting_rule = counting_rule(input, model.attempts_over_cap);
  const Scorer scorer(input, std::move(problems));
  model.metrics = scorer.metrics();
  model.medal = scorer.medal();
  return model;
}

}  // namespace eval::evaluator
