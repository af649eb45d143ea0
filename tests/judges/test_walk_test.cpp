#include "judges/steps/test_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eval::judges {
namespace {

using problems::Aggregation;
using problems::ProgramTask;
using problems::Subtask;
using ::testing::ElementsAre;

// A task of CMS: four testcases with outcomes, in three groups of 10.5, 30.5 and 59 points that share
// testcases.
class TestWalkOfCms : public ::testing::Test {
 protected:
  TestWalkOfCms() {
    task_.is_scoring = true;
    task_.root.name = "data";
    task_.root.aggregation = Aggregation::Sum;
    task_.root.stop_at_first_error = false;
    for (const char* name : {"0", "1", "2", "3"}) {
      task_.testcases.emplace_back();
      task_.testcases.back().name = name;
    }
    add_group("first", 10.5, {0, 1});
    add_group("second", 30.5, {1, 2});
    add_group("third", 59, {2, 3});
  }

  void add_group(const char* name, double points, std::vector<std::size_t> members) {
    Subtask group;
    group.name = name;
    group.aggregation = Aggregation::Min;
    group.points = points;
    for (const std::size_t member : members) group.order.push_back({false, member});
    task_.root.order.push_back({true, task_.root.subtasks.size()});
    task_.root.subtasks.push_back(group);
  }

  // As a checker of CMS answers: 1 is accepted, 0 is wrong, between them is a part.
  Judgement walk(bool run_all = false) {
    runs_.clear();
    TestWalk walk(
        task_, run_all,
        [&](const problems::Testcase& testcase) -> Result<TestRun> {
          runs_.push_back(testcase.name);
          TestRun run;
          run.fraction = outcomes_[testcase.name];
          run.result.testcase = testcase.name;
          run.result.verdict = run.fraction == 1.0   ? Verdict::AC
                               : run.fraction == 0.0 ? Verdict::WA
                                                     : Verdict::PC;
          return run;
        },
        [](const Subtask&, std::span<const Outcome>) -> Result<Outcome> { return Outcome{}; });
    Judgement judgement;
    const auto root = walk.walk(judgement);
    problems::Problem problem;
    problem.points_max = 100;
    problem.task = task_;
    if (root) conclude(problem, *root, judgement);
    return judgement;
  }

  std::vector<double> points(const Judgement& judgement) {
    std::vector<double> points;
    for (const SubtaskResult& subtask : judgement.subtasks) points.push_back(subtask.points);
    return points;
  }

  ProgramTask task_;
  std::map<std::string, double> outcomes_ = {{"0", 1}, {"1", 1}, {"2", 1}, {"3", 1}};
  std::vector<std::string> runs_;
};

TEST_F(TestWalkOfCms, RunsATestcaseOfSeveralGroupsOnce) {
  const Judgement judgement = walk();
  EXPECT_THAT(runs_, ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(points(judgement), ElementsAre(10.5, 30.5, 59, 100));
  EXPECT_EQ(judgement.verdict, Verdict::AC);
}

TEST_F(TestWalkOfCms, GoesOnWhileALaterOutcomeCanLowerTheLeast) {
  outcomes_["2"] = 0.5;
  outcomes_["3"] = 0.1;
  const Judgement judgement = walk();
  EXPECT_THAT(runs_, ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(points(judgement), ElementsAre(10.5, 15.25, 59 * 0.1, 10.5 + 15.25 + 59 * 0.1));
  EXPECT_EQ(judgement.verdict, Verdict::PC);
}

TEST_F(TestWalkOfCms, StopsAGroupAtAnOutcomeOfNothing) {
  outcomes_["2"] = 0;
  const Judgement judgement = walk();
  EXPECT_THAT(runs_, ElementsAre("0", "1", "2"));
  EXPECT_THAT(points(judgement), ElementsAre(10.5, 0, 0, 10.5));
}

TEST_F(TestWalkOfCms, GivesTheSamePointsWhenEverythingIsRun) {
  outcomes_["2"] = 0;
  const Judgement judgement = walk(true);
  EXPECT_THAT(runs_, ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(points(judgement), ElementsAre(10.5, 0, 0, 10.5));
}

TEST_F(TestWalkOfCms, RoundsEachSubtaskToThePrecisionOfTheTask) {
  task_.points_decimals = 2;
  outcomes_["1"] = 1.0 / 3;  // 3.5 and 10.1666...
  outcomes_["3"] = 2.0 / 3;  // 39.3333...
  const Judgement judgement = walk();
  EXPECT_THAT(points(judgement), ElementsAre(3.5, 10.17, 39.33, 53));
  EXPECT_DOUBLE_EQ(judgement.points, 53);
}

TEST_F(TestWalkOfCms, RunsNothingOfAGroupWhoseRequirementHasOnlyAPartOfTheMarks) {
  task_.root.subtasks[2].requires_subtasks = {"second"};
  outcomes_["1"] = 0.5;
  const Judgement judgement = walk();
  EXPECT_THAT(runs_, ElementsAre("0", "1", "2"));
  EXPECT_THAT(points(judgement), ElementsAre(5.25, 15.25, 0, 20.5));
}

}  // namespace
}  // namespace eval::judges
