#include "evaluator/score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace eval::evaluator {
namespace {

using judges::Verdict;
using reports::Metric;
using reports::ScoreModel;
using testing::ElementsAre;
using testing::HasSubstr;

// A pass-fail run written as verdicts: one list a problem.
class SampleRun {
 public:
  void add_problem(const std::vector<std::optional<Verdict>>& verdicts, double points_max = 1,
                   bool is_scoring = false) {
    ProblemSnapshot problem;
    problem.id = "suite/p" + std::to_string(problems_.size());
    problem.points_max = points_max;
    problem.is_scoring = is_scoring;
    problems_.push_back(problem);
    for (const auto& verdict : verdicts) {
      Attempt attempt;
      attempt.problem_id = problem.id;
      attempt.index = static_cast<int>(attempts_.size());
      if (verdict) {
        attempt.state = AttemptState::Judged;
        attempt.judgements.emplace_back();
        attempt.judgements.back().verdict = *verdict;
        attempt.judgements.back().points = *verdict == Verdict::AC ? points_max : 0;
      }
      attempts_.push_back(attempt);
    }
  }
  // A scoring problem of 100 points whose attempts have these points by subtask.
  void add_scoring_problem(const std::vector<std::vector<double>>& attempts) {
    add_problem(std::vector<std::optional<Verdict>>(attempts.size(), Verdict::PC), 100, true);
    for (std::size_t i = 0; i < attempts.size(); ++i) {
      auto& judgement = attempts_[attempts_.size() - attempts.size() + i].judgements.back();
      for (std::size_t j = 0; j < attempts[i].size(); ++j) {
        judgement.points += attempts[i][j];
        judgement.subtasks.push_back(
            {"secret/group" + std::to_string(j), Verdict::PC, attempts[i][j], {}});
      }
      judgement.subtasks.push_back({"secret", Verdict::PC, judgement.points, {}});
      judgement.subtasks.push_back({"data", Verdict::PC, judgement.points, {}});
    }
  }
  ScoreModel score(std::string contest = "", std::optional<IcpcTimeModel> time_model = {},
                   std::optional<SubmissionCap> cap = {}) const {
    return evaluator::score({.problems = &problems_,
                             .attempts = &attempts_,
                             .bootstrap_seed = 1,
                             .contest = std::move(contest),
                             .time_model = time_model,
                             .submission_cap = cap});
  }

  std::vector<ProblemSnapshot> problems_;
  std::vector<Attempt> attempts_;
};

Metric metric(const ScoreModel& model, const std::string& name) {
  for (const Metric& candidate : model.metrics) {
    if (candidate.name == name) return candidate;
  }
  ADD_FAILURE() << "no metric " << name;
  return {};
}

std::vector<std::string> names(const ScoreModel& model) {
  std::vector<std::string> names;
  for (const Metric& candidate : model.metrics) names.push_back(candidate.name);
  return names;
}

constexpr std::optional<Verdict> kUnjudged = std::nullopt;

TEST(PassAtK, AgreesWithItsDefinitionByCombinations) {
  // 1 - C(7, 3) / C(10, 3) = 1 - 35 / 120.
  EXPECT_NEAR(pass_at_k(10, 3, 3), 1 - 35.0 / 120.0, 1e-15);
  // 1 - C(5, 2) / C(8, 2) = 1 - 10 / 28.
  EXPECT_NEAR(pass_at_k(8, 3, 2), 1 - 10.0 / 28.0, 1e-15);
}

TEST(PassAtK, IsTheShareOfAcceptedForOneAttempt) {
  EXPECT_NEAR(pass_at_k(64, 5, 1), 5.0 / 64.0, 1e-15);
}

TEST(PassAtK, KnowsItsEnds) {
  EXPECT_EQ(pass_at_k(10, 0, 10), 0);
  EXPECT_EQ(pass_at_k(10, 1, 10), 1);
  EXPECT_EQ(pass_at_k(1, 1, 1), 1);
}

TEST(PassAtK, StaysExactWhereFactorialsWouldOverflow) {
  // C(n-1, k) / C(n, k) = (n - k) / n for c = 1.
  EXPECT_NEAR(pass_at_k(5000, 1, 1000), 0.2, 1e-12);
  // c = 2: 1 - (n-k)(n-k-1) / (n(n-1)).
  EXPECT_NEAR(pass_at_k(5000, 2, 1000), 1 - 4000.0 * 3999.0 / (5000.0 * 4999.0), 1e-12);
}

TEST(Score, HasPassAtOneFirstAndPowersOfTwoUpToTheFewestAttempts) {
  SampleRun run;
  run.add_problem({Verdict::AC, Verdict::WA, Verdict::WA, Verdict::WA, Verdict::WA});
  run.add_problem({Verdict::AC, Verdict::AC, Verdict::AC, Verdict::AC, Verdict::WA});
  EXPECT_THAT(names(run.score()),
              ElementsAre("pass@1", "pass@2", "pass@4", "avg@5", "problems solved"));
  EXPECT_NEAR(metric(run.score(), "pass@1").estimate.value, 0.5, 1e-12);
  EXPECT_NEAR(metric(run.score(), "pass@2").estimate.value, (0.4 + 1) / 2, 1e-12);
  EXPECT_NEAR(metric(run.score(), "avg@5").estimate.value, 0.5, 1e-12);
  EXPECT_EQ(metric(run.score(), "problems solved").estimate.value, 2);
}

TEST(Score, NamesTheAverageWithoutNWhereProblemsHaveDifferentNumbersOfAttempts) {
  SampleRun run;
  run.add_problem({Verdict::AC});
  run.add_problem({Verdict::AC, Verdict::WA, Verdict::WA, Verdict::WA});
  EXPECT_THAT(names(run.score()), ElementsAre("pass@1", "avg", "problems solved"));
  EXPECT_NEAR(metric(run.score(), "avg").estimate.value, (1 + 0.25) / 2, 1e-12);
}

TEST(Score, UsesWilsonWhereThereIsOneAttemptAProblem) {
  SampleRun run;
  for (int i = 0; i < 20; ++i) run.add_problem({Verdict::WA});
  const auto pass = metric(run.score(), "pass@1").estimate;
  EXPECT_EQ(pass.method, "wilson");
  EXPECT_EQ(pass.n, 20);
  EXPECT_EQ(pass.low, 0);
  EXPECT_NEAR(pass.high, 0.1611, 5e-5);  // Newcombe 1998, table I
  EXPECT_NEAR(metric(run.score(), "problems solved").estimate.high, 20 * 0.1611, 2e-3);
}

TEST(Score, UsesTheBootstrapWhereProblemsDifferMoreThanAttempts) {
  SampleRun run;
  for (int i = 0; i < 10; ++i) {
    run.add_problem({i < 5 ? Verdict::AC : Verdict::WA, Verdict::AC,
                     i < 5 ? Verdict::AC : Verdict::WA, i < 5 ? Verdict::AC : Verdict::WA});
  }
  const auto pass = metric(run.score(), "pass@1").estimate;
  EXPECT_EQ(pass.method, "bootstrap");
  EXPECT_EQ(pass.n, 10);
  EXPECT_NEAR(pass.value, 0.625, 1e-12);
  // Values are 0.25 or 1 in equal parts: standard error 0.375 / sqrt(10).
  EXPECT_NEAR(pass.low, 0.625 - 1.96 * 0.375 / std::sqrt(10), 0.03);
  EXPECT_NEAR(pass.high, 0.625 + 1.96 * 0.375 / std::sqrt(10), 0.03);
}

// 4 of 8 attempts, and of pass@2 4 of 4 problems: Wilson 1927, by hand.
TEST(Score, IsNotCertainWhereProblemsDoNotDiffer) {
  SampleRun run;
  for (int i = 0; i < 4; ++i) run.add_problem({Verdict::AC, Verdict::WA});
  for (const char* name : {"pass@1", "avg@2"}) {
    const auto estimate = metric(run.score(), name).estimate;
    EXPECT_EQ(estimate.n, 8) << name;
    EXPECT_NEAR(estimate.low, 0.2152, 5e-5) << name;
    EXPECT_NEAR(estimate.high, 0.7848, 5e-5) << name;
  }
  const auto two = metric(run.score(), "pass@2").estimate;
  EXPECT_EQ(two.n, 4);
  EXPECT_NEAR(two.low, 0.5101, 5e-5);
}

// pass@2 of 1 right among 4 is 1/2 of the two pairs that 4 attempts make; points of 25 in 100 twice.
TEST(Score, IsNotCertainOfOneProblemInAnyMetric) {
  SampleRun run;
  run.add_problem({Verdict::WA, Verdict::AC, Verdict::WA, Verdict::WA});
  const auto two = metric(run.score(), "pass@2").estimate;
  EXPECT_EQ(two.n, 2);
  EXPECT_NEAR(two.low, 0.0945, 5e-5);
  EXPECT_NEAR(two.high, 0.9055, 5e-5);

  SampleRun scoring;
  scoring.add_scoring_problem({{50}, {50}});
  const auto points = metric(scoring.score(), "points").estimate;
  EXPECT_EQ(points.n, 2);
  EXPECT_NEAR(points.low, 9.45, 5e-3);
  EXPECT_NEAR(points.high, 90.55, 5e-3);
}

TEST(Score, KeepsIntervalsOfPointsWithinWhatCanBeReached) {
  SampleRun run;
  run.add_problem({Verdict::AC}, 1, true);
  run.add_problem({Verdict::AC}, 100, true);
  run.add_problem({Verdict::WA}, 1, true);
  run.add_problem({Verdict::WA}, 100, true);
  const auto points = metric(run.score(), "points").estimate;
  EXPECT_EQ(points.method, "bootstrap");
  EXPECT_NEAR(points.value, 101, 1e-9);
  EXPECT_GE(points.low, 0);
  EXPECT_LE(points.high, 202);
}

TEST(Score, IsNotCertainOfFullMarks) {
  SampleRun run;
  for (int i = 0; i < 10; ++i) run.add_problem({Verdict::AC}, i == 0 ? 100 : 1, true);
  const auto points = metric(run.score(), "points").estimate;
  EXPECT_EQ(points.method, "wilson");
  EXPECT_NEAR(points.high, 109, 1e-9);
  EXPECT_NEAR(points.low, 109 * 0.7225, 0.01);  // 10 of 10: Wilson 1927
}

TEST(Score, CountsAttemptsWhereThereIsOneProblem) {
  SampleRun run;
  std::vector<std::optional<Verdict>> verdicts(29, Verdict::WA);
  verdicts[3] = Verdict::AC;
  run.add_problem(verdicts);
  const auto pass = metric(run.score(), "pass@1").estimate;
  EXPECT_EQ(pass.n, 29);
  EXPECT_NEAR(pass.low, 0.0061, 5e-5);  // Newcombe 1998, table I: 1 of 29
  EXPECT_NEAR(pass.high, 0.1718, 5e-5);
}

TEST(Score, KeepsErrorsInTheDenominatorAndBoundsWhatTheyCouldHaveBeen) {
  SampleRun run;
  run.add_problem({Verdict::AC});
  run.add_problem({Verdict::IE});
  run.add_problem({Verdict::JE});
  run.add_problem({kUnjudged});
  run.add_problem({Verdict::WA});
  const ScoreModel model = run.score();
  const Metric pass = metric(model, "pass@1");
  EXPECT_NEAR(pass.estimate.value, 0.2, 1e-12);
  EXPECT_NEAR(pass.lower_bound, 0.2, 1e-12);
  EXPECT_NEAR(pass.upper_bound, 0.8, 1e-12);
  EXPECT_EQ(model.verdict_counts.at(Verdict::IE), 1);
  EXPECT_EQ(model.attempts_unjudged, 1);
  EXPECT_EQ(model.attempts_planned, 5);
}

TEST(Score, CountsAFailedAttemptAsInfrastructureErrorWhateverWasStored) {
  SampleRun run;
  run.add_problem({Verdict::AC});
  run.attempts_[0].state = AttemptState::Failed;
  EXPECT_EQ(run.score().verdict_counts.at(Verdict::IE), 1);
  EXPECT_EQ(run.score().problems_solved, 0);
}

TEST(Score, DoesNotDropAProblemThatWasNeverTried) {
  SampleRun run;
  run.add_problem({Verdict::AC});
  run.add_problem({});
  const Metric pass = metric(run.score(), "pass@1");
  EXPECT_NEAR(pass.estimate.value, 0.5, 1e-12);
  EXPECT_NEAR(pass.upper_bound, 1, 1e-12);
}

TEST(Score, CountsTruncatedAttempts) {
  SampleRun run;
  run.add_problem({Verdict::WA, Verdict::WA});
  run.attempts_[1].generations.emplace_back();
  run.attempts_[1].generations.back().finish_reason = runners::FinishReason::Length;
  EXPECT_EQ(run.score().attempts_truncated, 1);
}

TEST(Score, CountsAttemptsThatAreNearALimit) {
  SampleRun run;
  run.add_problem({Verdict::AC, Verdict::TLE, Verdict::AC, std::nullopt});
  for (const std::size_t i : {0U, 1U}) run.attempts_[i].judgements.back().tests.resize(2);
  run.attempts_[0].judgements.back().tests[1].stability = judges::Stability::NearLimit;
  run.attempts_[1].judgements.back().tests[0].stability = judges::Stability::ReRun;
  EXPECT_EQ(run.score().attempts_near_limit, 2);
}

TEST(Score, SaysNothingAboutNoProblems) {
  const Metric pass = metric(SampleRun().score(), "pass@1");
  EXPECT_EQ(pass.estimate.n, 0);
  EXPECT_EQ(pass.estimate.low, 0);
  EXPECT_EQ(pass.estimate.high, 1);
}

TEST(Score, SumsMeanAndBestPointsOfAScoringSuite) {
  SampleRun run;
  run.add_scoring_problem({{10, 20}, {30, 0}});
  run.add_scoring_problem({{50, 50}, {0, 0}});
  const ScoreModel model = run.score();
  EXPECT_EQ(model.metrics.front().name, "points");
  EXPECT_NEAR(metric(model, "points").estimate.value, 30 + 50, 1e-9);
  EXPECT_NEAR(metric(model, "best-of-2 points").estimate.value, 30 + 100, 1e-9);
  EXPECT_EQ(metric(model, "points").maximum, 200);
}

TEST(Score, BoundsPointsByFullMarks) {
  SampleRun run;
  run.add_scoring_problem({{10, 20}});
  run.add_problem({Verdict::IE}, 100, true);
  const Metric points = metric(run.score(), "points");
  EXPECT_NEAR(points.lower_bound, 30, 1e-9);
  EXPECT_NEAR(points.upper_bound, 130, 1e-9);
}

TEST(Score, TakesTheBestAttemptOfEachSubtaskAtAnIoi) {
  SampleRun run;
  run.add_scoring_problem({{10, 20}, {30, 0}});
  run.add_scoring_problem({{50, 50}, {0, 0}});
  const ScoreModel model = run.score("ioi-2025");
  EXPECT_EQ(model.metrics.front().name, "best-of-2 subtask points");
  EXPECT_NEAR(model.metrics.front().estimate.value, 30 + 20 + 100, 1e-9);
  ASSERT_TRUE(model.medal.has_value());
  EXPECT_NEAR(model.medal->score, 150, 1e-9);
  EXPECT_THAT(model.medal->explanation, HasSubstr("best of 2 attempts counts for each subtask"));
}

TEST(Score, TakesTheBestAttemptWhereSubtasksDoNotAddUp) {
  SampleRun run;
  run.add_scoring_problem({{10, 20}, {30, 0}});
  run.attempts_[0].judgements[0].points = 25;  // not the sum of its subtasks
  EXPECT_NEAR(run.score("ioi-2025").metrics.front().estimate.value, 30, 1e-9);
}

TEST(Score, GivesAnImoItsMeanPoints) {
  SampleRun run;
  for (int i = 0; i < 6; ++i) run.add_problem({i < 5 ? Verdict::AC : Verdict::WA}, 7, true);
  const ScoreModel model = run.score("imo-2025");
  EXPECT_EQ(model.metrics.front().name, "points");
  EXPECT_NEAR(model.metrics.front().estimate.value, 35, 1e-9);
  EXPECT_EQ(model.medal->medal, "gold");
}

TEST(Score, GivesAnIcpcItsProblemsSolvedAndTheRangeOfRanks) {
  SampleRun run;
  for (int i = 0; i < 12; ++i) run.add_problem({Verdict::WA, i < 10 ? Verdict::AC : Verdict::WA});
  const ScoreModel model = run.score("icpc-wf-2025");
  EXPECT_EQ(model.metrics.front().name, "problems solved");
  EXPECT_EQ(model.metrics.front().estimate.value, 10);
  EXPECT_EQ(model.medal->medal, "gold");
  EXPECT_EQ(model.medal->rank_worst, 4);
  EXPECT_EQ(model.medal->penalty, std::nullopt);
}

TEST(Score, ComputesAPenaltyWhereATimeModelIsDeclared) {
  SampleRun run;
  for (int i = 0; i < 12; ++i) run.add_problem({Verdict::WA, i < 9 ? Verdict::AC : Verdict::WA});
  const ScoreModel model = run.score("icpc-wf-2025", IcpcTimeModel{.minutes_per_attempt = 30});
  EXPECT_EQ(model.medal->penalty, 9 * (60 + 20));
  EXPECT_EQ(model.medal->medal, "gold");  // 720 minutes are less than the 865 of rank 4
}

TEST(Score, SaysWhichMedalTheUnresolvedAttemptsCouldGive) {
  SampleRun run;
  for (int i = 0; i < 6; ++i) run.add_problem({i < 4 ? Verdict::AC : Verdict::IE}, 7, true);
  const ScoreModel model = run.score("imo-2025");
  EXPECT_EQ(model.medal->medal, "silver");
  EXPECT_THAT(model.medal->explanation, HasSubstr("2 attempts are not resolved"));
  EXPECT_THAT(model.medal->explanation, HasSubstr("the medal would be gold"));
}

// IOI: 50 submissions of a task count. Two tasks of two subtasks (30 and 70 points), a cap of two:
// task 0: (30,0) (0,20) | (30,70)   best by subtask of the first two: 30 + 20 = 50
// task 1: (0,70) (30,0)             30 + 70 = 100
TEST(SubmissionCaps, CountTheFirstSubmissionsOfATask) {
  SampleRun run;
  run.add_scoring_problem({{30, 0}, {0, 20}, {30, 70}});
  run.add_scoring_problem({{0, 70}, {30, 0}});
  const ScoreModel all = run.score("ioi-2025");
  EXPECT_EQ(all.metrics[0].estimate.value, 200);
  EXPECT_EQ(all.counting_rule, "");
  const ScoreModel capped = run.score("ioi-2025", {}, SubmissionCap{2, false});
  EXPECT_EQ(capped.metrics[0].estimate.value, 150);
  EXPECT_EQ(capped.medal->score, 150);
  EXPECT_EQ(capped.attempts_over_cap, 1);
  EXPECT_EQ(capped.attempts_planned, 5);
  EXPECT_EQ(capped.counting_rule,
            "the first 2 submissions of each task; 1 counts for nothing beyond them");
}

TEST(SubmissionCaps, OfASubtaskAllowSoManyForEachSubtask) {
  SampleRun run;
  run.add_scoring_problem({{30, 0}, {0, 20}, {30, 70}});
  const ScoreModel capped = run.score("ioi-2025", {}, SubmissionCap{1, true});
  EXPECT_EQ(capped.metrics[0].estimate.value, 50);
  EXPECT_EQ(capped.attempts_over_cap, 1);
  EXPECT_EQ(capped.counting_rule,
            "the first 1 submission of each subtask; 1 counts for nothing beyond it");
}

TEST(SubmissionCaps, AreNotUsedUpByRepliesWithoutCode) {
  SampleRun run;
  run.add_problem({Verdict::NA, Verdict::CE, Verdict::NA, Verdict::AC, Verdict::AC});
  EXPECT_EQ(run.score("", {}, SubmissionCap{1, false}).problems_solved, 0);
  EXPECT_EQ(run.score("", {}, SubmissionCap{2, false}).problems_solved, 1);
  EXPECT_EQ(run.score("", {}, SubmissionCap{2, false}).attempts_over_cap, 1);
}

// ICPC: 20 minutes for each rejected run before the accepted one, compile errors free, and what is
// beyond the cap was never submitted. Attempt i comes at (i + 1) x 30 minutes.
TEST(SubmissionCaps, EndTheRunsOfAnIcpcProblem) {
  SampleRun run;
  run.add_problem({Verdict::CE, Verdict::WA, Verdict::AC});  // 90 + 20
  run.add_problem({Verdict::WA, Verdict::WA, Verdict::WA, Verdict::AC});
  const IcpcTimeModel model{.minutes_per_attempt = 30};
  const ScoreModel capped = run.score("icpc-wf-2025", model, SubmissionCap{3, false});
  EXPECT_EQ(capped.medal->score, 1);
  EXPECT_EQ(capped.medal->penalty, 110);
  EXPECT_EQ(run.score("icpc-wf-2025", model).medal->penalty, 110 + 120 + 60);
}

TEST(Score, SaysThatAContestIsNotInTheTable) {
  SampleRun run;
  run.add_problem({Verdict::AC});
  const ScoreModel model = run.score("ioi-2205");
  EXPECT_EQ(model.medal->medal, "unknown");
  EXPECT_THAT(model.medal->explanation, HasSubstr("did you mean"));
}

TEST(Score, HasNoMedalWithoutAContest) {
  SampleRun run;
  run.add_problem({Verdict::AC});
  EXPECT_FALSE(run.score().medal.has_value());
}

}  // namespace
}  // namespace eval::evaluator
