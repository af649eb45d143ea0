#include "judges/steps/grading.h"

#include <gtest/gtest.h>

namespace eval::judges {
namespace {

using problems::Aggregation;
using problems::Subtask;
using problems::VerdictMode;

Outcome member(Verdict verdict, double points, double points_max = 1) {
  Outcome outcome;
  outcome.verdict = verdict;
  outcome.points = points;
  outcome.points_max = points_max;
  return outcome;
}

Outcome sample(Verdict verdict, double points) {
  Outcome outcome = member(verdict, points);
  outcome.is_sample = true;
  return outcome;
}

Subtask subtask_of(Aggregation aggregation, std::optional<double> points = std::nullopt,
                   VerdictMode mode = VerdictMode::FirstError) {
  Subtask subtask;
  subtask.name = "secret/group1";
  subtask.aggregation = aggregation;
  subtask.points = points;
  subtask.verdict_mode = mode;
  return subtask;
}

const std::vector<Outcome> kMixed = {member(Verdict::AC, 10), member(Verdict::WA, 2),
                                     member(Verdict::TLE, 0), member(Verdict::AC, 6)};

TEST(GradeSubtask, CombinesThePointsOfItsMembersAsLegacyKattisDoes) {
  EXPECT_DOUBLE_EQ(grade_subtask(subtask_of(Aggregation::Sum), kMixed).points, 18);
  EXPECT_DOUBLE_EQ(grade_subtask(subtask_of(Aggregation::Average), kMixed).points, 4.5);
  EXPECT_DOUBLE_EQ(grade_subtask(subtask_of(Aggregation::Min), kMixed).points, 0);
  EXPECT_DOUBLE_EQ(grade_subtask(subtask_of(Aggregation::Max), kMixed).points, 10);
}

TEST(GradeSubtask, ScalesFractionsToStatedPoints) {
  const std::vector<Outcome> members = {member(Verdict::AC, 0.5), member(Verdict::AC, 0.8)};
  EXPECT_DOUBLE_EQ(grade_subtask(subtask_of(Aggregation::Min, 30), members).points, 15);
  EXPECT_DOUBLE_EQ(grade_subtask(subtask_of(Aggregation::Mul, 30), members).points, 12);
}

TEST(GradeSubtask, TakesFractionsOfWhatAMemberIsWorth) {
  const std::vector<Outcome> members = {member(Verdict::AC, 40, 40), member(Verdict::AC, 40, 40)};
  EXPECT_DOUBLE_EQ(grade_subtask(subtask_of(Aggregation::Min, 40), members).points, 40);
}

TEST(GradeSubtask, GivesAllOrNothing) {
  const std::vector<Outcome> good = {member(Verdict::AC, 1), member(Verdict::AC, 1)};
  EXPECT_DOUBLE_EQ(grade_subtask(subtask_of(Aggregation::AllOrNothing, 25), good).points, 25);
  EXPECT_DOUBLE_EQ(grade_subtask(subtask_of(Aggregation::AllOrNothing, 25), kMixed).points, 0);
}

// The published rules of CMS (cms/grading/scoretypes), worked by hand. A group of 59 points whose two
// outcomes are 0.5 and 0.1.
TEST(CmsScoreTypes, GroupMinTakesTheLeastOutcome) {
  const std::vector<Outcome> outcomes = {member(Verdict::PC, 0.5), member(Verdict::PC, 0.1)};
  const Outcome group = grade_subtask(subtask_of(Aggregation::Min, 59), outcomes);
  EXPECT_DOUBLE_EQ(group.points, 59 * 0.1);
  EXPECT_EQ(group.verdict, Verdict::PC);
}

TEST(CmsScoreTypes, GroupMulTakesTheProduct) {
  const std::vector<Outcome> outcomes = {member(Verdict::PC, 0.5), member(Verdict::PC, 0.1)};
  EXPECT_DOUBLE_EQ(grade_subtask(subtask_of(Aggregation::Mul, 59), outcomes).points, 59 * 0.05);
}

TEST(CmsScoreTypes, SumGivesEveryTestcaseItsShare) {
  // Sum with the parameter 20: every testcase is worth 20 points.
  const std::vector<Outcome> outcomes = {member(Verdict::AC, 20, 20), member(Verdict::PC, 10, 20),
                                         member(Verdict::WA, 0, 20)};
  EXPECT_DOUBLE_EQ(grade_subtask(subtask_of(Aggregation::Sum), outcomes).points, 30);
}

// Outcomes are costs: above 0 and at most the threshold is right, and 0 means no answer.
TEST(CmsScoreTypes, GroupThresholdNeedsEveryOutcomeAboveZeroAndAtMostTheThreshold) {
  Subtask subtask = subtask_of(Aggregation::Threshold, 20);
  subtask.threshold = 0.5;
  const auto graded = [&](const std::vector<Outcome>& outcomes) {
    return grade_subtask(subtask, outcomes);
  };
  const Outcome good = graded({member(Verdict::PC, 0.5), member(Verdict::PC, 0.1)});
  EXPECT_DOUBLE_EQ(good.points, 20);
  EXPECT_EQ(good.verdict, Verdict::AC);
  const Outcome dear = graded({member(Verdict::PC, 0.5), member(Verdict::AC, 1)});
  EXPECT_DOUBLE_EQ(dear.points, 0);
  EXPECT_EQ(dear.verdict, Verdict::WA);
  const Outcome slow = graded({member(Verdict::PC, 0.5), member(Verdict::TLE, 0)});
  EXPECT_DOUBLE_EQ(slow.points, 0);
  EXPECT_EQ(slow.verdict, Verdict::TLE);
}

// Python's round(): of the binary number, ties to even.
TEST(CmsScoreTypes, RoundAsPythonDoes) {
  EXPECT_DOUBLE_EQ(rounded(2.675, 2), 2.67);
  EXPECT_DOUBLE_EQ(rounded(0.125, 2), 0.12);
  EXPECT_DOUBLE_EQ(rounded(33.333333, 2), 33.33);
  EXPECT_DOUBLE_EQ(rounded(0.5, 0), 0);
  EXPECT_DOUBLE_EQ(rounded(1.5, 0), 2);
}

Subtask stopping(Aggregation aggregation) {
  Subtask subtask = subtask_of(aggregation, 20);
  subtask.stop_at_first_error = true;
  subtask.threshold = 0.5;
  return subtask;
}

TEST(StopsAfter, NothingLeftOfTheLeastOrTheProduct) {
  for (const Aggregation aggregation : {Aggregation::Min, Aggregation::Mul}) {
    EXPECT_FALSE(stops_after(stopping(aggregation), member(Verdict::AC, 1)));
    EXPECT_FALSE(stops_after(stopping(aggregation), member(Verdict::PC, 0.01)));
    EXPECT_TRUE(stops_after(stopping(aggregation), member(Verdict::PC, 0)));
    EXPECT_TRUE(stops_after(stopping(aggregation), member(Verdict::WA, 0)));
  }
}

TEST(StopsAfter, AnythingButAcceptedWhereItIsAllOrNothing) {
  EXPECT_TRUE(stops_after(stopping(Aggregation::AllOrNothing), member(Verdict::PC, 0.9)));
  EXPECT_FALSE(stops_after(stopping(Aggregation::AllOrNothing), member(Verdict::AC, 1)));
}

TEST(StopsAfter, PartOfASumNever) {
  EXPECT_FALSE(stops_after(stopping(Aggregation::Sum), member(Verdict::PC, 0.1)));
  // A package that says `on_reject: break` means it.
  EXPECT_TRUE(stops_after(stopping(Aggregation::Sum), member(Verdict::WA, 0)));
}

TEST(StopsAfter, AnOutcomeOutsideTheThreshold) {
  EXPECT_FALSE(stops_after(stopping(Aggregation::Threshold), member(Verdict::PC, 0.4)));
  EXPECT_TRUE(stops_after(stopping(Aggregation::Threshold), member(Verdict::PC, 0.6)));
}

TEST(StopsAfter, NothingWhereTheSubtaskGoesOn) {
  Subtask going_on = stopping(Aggregation::Min);
  going_on.stop_at_first_error = false;
  EXPECT_FALSE(stops_after(going_on, member(Verdict::WA, 0)));
  EXPECT_FALSE(stops_after(going_on, member(Verdict::JE, 0)));
}

TEST(GradeSubtask, ShowsTheFirstOrTheWorstError) {
  const auto verdict = [](VerdictMode mode) {
    return grade_subtask(subtask_of(Aggregation::Sum, std::nullopt, mode), kMixed).verdict;
  };
  EXPECT_EQ(verdict(VerdictMode::FirstError), Verdict::WA);
  EXPECT_EQ(verdict(VerdictMode::WorstError), Verdict::TLE);
  EXPECT_EQ(verdict(VerdictMode::AlwaysAccept), Verdict::AC);
  EXPECT_EQ(verdict(VerdictMode::AcceptIfAny), Verdict::AC);
}

TEST(GradeSubtask, OrdersErrorsAsTheKattisDefaultGraderDoes) {
  const Subtask subtask = subtask_of(Aggregation::Sum, std::nullopt, VerdictMode::WorstError);
  const std::vector<Verdict> order = {Verdict::RE,  Verdict::MLE, Verdict::TLE,
                                      Verdict::OLE, Verdict::WA,  Verdict::AC};
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    const std::vector<Outcome> members = {member(order[i + 1], 0), member(order[i], 0)};
    EXPECT_EQ(grade_subtask(subtask, members).verdict, order[i]);
  }
}

TEST(GradeSubtask, ShowsTheFirstErrorIfNoneOfAnyIsAccepted) {
  const Subtask subtask = subtask_of(Aggregation::Sum, std::nullopt, VerdictMode::AcceptIfAny);
  const std::vector<Outcome> members = {member(Verdict::TLE, 0), member(Verdict::RE, 0)};
  EXPECT_EQ(grade_subtask(subtask, members).verdict, Verdict::TLE);
}

TEST(GradeSubtask, IgnoresSamplesInVerdictAndPoints) {
  Subtask subtask = subtask_of(Aggregation::Sum);
  subtask.ignore_samples = true;
  const std::vector<Outcome> members = {sample(Verdict::WA, 5), member(Verdict::AC, 60)};
  EXPECT_EQ(grade_subtask(subtask, members).verdict, Verdict::AC);
  EXPECT_DOUBLE_EQ(grade_subtask(subtask, members).points, 60);
}

TEST(GradeSubtask, CountsSamplesWhenNothingElseWasRun) {
  Subtask subtask = subtask_of(Aggregation::Sum);
  subtask.ignore_samples = true;
  EXPECT_EQ(grade_subtask(subtask, std::vector<Outcome>{sample(Verdict::RE, 0)}).verdict,
            Verdict::RE);
}

TEST(GradeSubtask, PassesAJudgeErrorOnWhateverTheMode) {
  std::vector<Outcome> members = kMixed;
  members.push_back(member(Verdict::JE, 0));
  members.back().detail = "checker crashed";
  const Outcome outcome =
      grade_subtask(subtask_of(Aggregation::Sum, std::nullopt, VerdictMode::AlwaysAccept), members);
  EXPECT_EQ(outcome.verdict, Verdict::JE);
  EXPECT_EQ(outcome.detail, "checker crashed");
}

TEST(GradeSubtask, CallsPointsOutsideTheRangeAJudgeError) {
  Subtask subtask = subtask_of(Aggregation::Sum);
  subtask.range = {0, 17};
  EXPECT_EQ(grade_subtask(subtask, kMixed).verdict, Verdict::JE);
  subtask.range = {0, 18};
  EXPECT_EQ(grade_subtask(subtask, kMixed).verdict, Verdict::WA);
}

TEST(GradeSubtask, AcceptsAnEmptySubtaskForNothing) {
  const Outcome outcome = grade_subtask(subtask_of(Aggregation::Min, 30), {});
  EXPECT_EQ(outcome.verdict, Verdict::AC);
  EXPECT_DOUBLE_EQ(outcome.points, 0);
}

TEST(GraderInput, UsesTheWordsOfKattis) {
  const std::vector<Outcome> members = {member(Verdict::AC, 1.5), member(Verdict::RE, 0)};
  EXPECT_EQ(grader_input(members), "AC 1.5\nRTE 0\n");
}

TEST(ParseGraderOutput, ReadsVerdictAndScore) {
  const Outcome outcome = parse_grader_output(subtask_of(Aggregation::Sum), "RTE 12.500000\n");
  EXPECT_EQ(outcome.verdict, Verdict::RE);
  EXPECT_DOUBLE_EQ(outcome.points, 12.5);
}

TEST(ParseGraderOutput, CallsAnythingElseAJudgeError) {
  for (const char* text : {"", "AC", "AC x", "OK 3", "AC 3 4", "AC nan"}) {
    EXPECT_EQ(parse_grader_output(subtask_of(Aggregation::Sum), text).verdict, Verdict::JE) << text;
  }
}

class Conclude : public ::testing::Test {
 protected:
  Judgement concluded(bool is_scoring, Outcome root, std::vector<Verdict> tests) {
    problems::Problem problem;
    problem.points_max = is_scoring ? 100 : 1;
    problems::ProgramTask task;
    task.is_scoring = is_scoring;
    problem.task = task;
    Judgement judgement;
    for (const Verdict verdict : tests) {
      judgement.tests.emplace_back();
      judgement.tests.back().verdict = verdict;
    }
    conclude(problem, root, judgement);
    return judgement;
  }
};

TEST_F(Conclude, GivesAPassFailProblemOnePointOrNone) {
  EXPECT_DOUBLE_EQ(concluded(false, member(Verdict::AC, 0), {Verdict::AC}).points, 1);
  const Judgement rejected = concluded(false, member(Verdict::TLE, 7), {Verdict::TLE});
  EXPECT_EQ(rejected.verdict, Verdict::TLE);
  EXPECT_DOUBLE_EQ(rejected.points, 0);
}

TEST_F(Conclude, CallsFullMarksAccepted) {
  EXPECT_EQ(concluded(true, member(Verdict::AC, 100), {Verdict::AC}).verdict, Verdict::AC);
}

TEST_F(Conclude, CallsSomeMarksPartialCredit) {
  const Judgement judgement = concluded(true, member(Verdict::WA, 30), {Verdict::AC, Verdict::WA});
  EXPECT_EQ(judgement.verdict, Verdict::PC);
  EXPECT_DOUBLE_EQ(judgement.points, 30);
}

TEST_F(Conclude, ShowsTheFirstErrorWhereThereAreNoMarks) {
  EXPECT_EQ(
      concluded(true, member(Verdict::AC, 0), {Verdict::AC, Verdict::RE, Verdict::WA}).verdict,
      Verdict::RE);
  EXPECT_EQ(concluded(true, member(Verdict::AC, 0), {Verdict::AC}).verdict, Verdict::WA);
}

TEST_F(Conclude, KeepsAJudgeErrorWithItsReason) {
  Outcome root = member(Verdict::JE, 50);
  root.detail = "checker crashed";
  const Judgement judgement = concluded(true, root, {Verdict::AC});
  EXPECT_EQ(judgement.verdict, Verdict::JE);
  EXPECT_EQ(judgement.detail, "checker crashed");
  EXPECT_DOUBLE_EQ(judgement.points, 0);
}

}  // namespace
}  // namespace eval::judges
