#include "tests/problems/package_fixture.h"

namespace eval::problems {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class GradingRules : public PackageFixture {
 protected:
  static std::vector<std::string> member_names(const Problem& problem, const Subtask& subtask) {
    std::vector<std::string> names;
    for (const Subtask::Member& member : subtask.order)
      names.push_back(member.is_subtask ? subtask.subtasks[member.index].name
                                        : task(problem).testcases[member.index].name);
    return names;
  }

  // The usual scoring package of Swedish olympiads: two groups worth 40 and 60.
  void olympiad(const fs::path& package) {
    minimal(package, "name: X\ntype: scoring\n");
    fs::remove(folder() / package / "data/secret/1.in");
    fs::remove(folder() / package / "data/secret/1.ans");
    for (const char* group : {"group1", "group2"}) {
      testcase(package / "data/secret" / group / "1");
      testcase(package / "data/secret" / group / "2");
    }
    write(package / "data/testdata.yaml",
          "on_reject: continue\nrange: 0 100\ngrader_flags: ignore_sample\n");
    write(package / "data/sample/testdata.yaml",
          "on_reject: continue\nrange: 0 0\naccept_score: 0\ngrader_flags: first_error\n");
    write(package / "data/secret/testdata.yaml",
          "on_reject: continue\nrange: 0 100\ngrader_flags: first_error accept_if_any_accepted\n");
    write(package / "data/secret/group1/testdata.yaml",
          "on_reject: break\naccept_score: 40\nrange: 0 40\ngrader_flags: min\n");
    write(package / "data/secret/group2/testdata.yaml",
          "on_reject: break\naccept_score: 60\nrange: 0 60\ngrader_flags: min\n");
  }

  void two_modern_groups(const fs::path& package, std::string_view version) {
    minimal(package, "problem_format_version: " + std::string(version) +
                         "\nname: X\nuuid: u\nlicense: cc0\ncredits: A\ntype: scoring\n");
    fs::remove(folder() / package / "data/secret/1.in");
    fs::remove(folder() / package / "data/secret/1.ans");
    for (const char* group : {"a", "b"}) {
      testcase(package / "data/secret" / group / "1");
      testcase(package / "data/secret" / group / "2");
      write(package / "data/secret" / group / "test_group.yaml", "");
    }
  }
};

TEST_F(GradingRules, APassFailProblemIsOneFlatSubtask) {
  minimal("p", kModern);
  testcase("p/data/secret/group/1");
  write("p/data/secret/group/test_group.yaml", "");
  const Problem problem = load("p");
  const Subtask& root = task(problem).root;
  EXPECT_EQ(root.aggregation, Aggregation::AllOrNothing);
  EXPECT_EQ(root.verdict_mode, VerdictMode::FirstError);
  EXPECT_TRUE(root.stop_at_first_error);
  EXPECT_EQ(root.points, 1);
  EXPECT_THAT(root.subtasks, IsEmpty());
  EXPECT_THAT(member_names(problem, root), ElementsAre("sample/1", "secret/1", "secret/group/1"));
}

TEST_F(GradingRules, APassFailProblemThatContinuesReportsTheWorstError) {
  minimal("p", kLegacy);
  write("p/data/testdata.yaml", "on_reject: continue\n");
  const Subtask root = task(load("p")).root;
  EXPECT_FALSE(root.stop_at_first_error);
  EXPECT_EQ(root.verdict_mode, VerdictMode::WorstError);
  EXPECT_THAT(root.subtasks, IsEmpty());
}

TEST_F(GradingRules, APassFailProblemWithRulesOfItsGroupsKeepsItsTree) {
  minimal("p", kLegacy);
  write("p/data/sample/testdata.yaml", "grader_flags: always_accept\n");
  const Subtask root = task(load("p")).root;
  ASSERT_EQ(root.subtasks.size(), 2U);
  EXPECT_EQ(root.subtasks[0].verdict_mode, VerdictMode::AlwaysAccept);
  EXPECT_EQ(root.subtasks[1].aggregation, Aggregation::AllOrNothing);
  EXPECT_EQ(root.points, 1);
}

TEST_F(GradingRules, LegacyGroupsBecomeSubtasksWithTheirFlags) {
  olympiad("p");
  const Problem problem = load("p");
  const Subtask& root = task(problem).root;
  EXPECT_DOUBLE_EQ(problem.points_max, 100);
  EXPECT_TRUE(root.ignore_samples);
  EXPECT_FALSE(root.stop_at_first_error);
  EXPECT_EQ(root.aggregation, Aggregation::Sum);
  EXPECT_EQ(root.points, 100);
  const Subtask* secret = subtask(root, "secret");
  ASSERT_NE(secret, nullptr);
  EXPECT_EQ(secret->verdict_mode, VerdictMode::AcceptIfAny);
  EXPECT_EQ(secret->aggregation, Aggregation::Sum);
  const Subtask* group2 = subtask(root, "secret/group2");
  ASSERT_NE(group2, nullptr);
  EXPECT_EQ(group2->title, "group2");
  EXPECT_EQ(group2->aggregation, Aggregation::Min);
  EXPECT_EQ(group2->points, 60);
  EXPECT_DOUBLE_EQ(group2->accept_score, 60);
  EXPECT_TRUE(group2->stop_at_first_error);
  EXPECT_EQ(group2->range, std::pair(0.0, 60.0));
  EXPECT_THAT(member_names(problem, *group2), ElementsAre("secret/group2/1", "secret/group2/2"));
}

TEST_F(GradingRules, LegacySettingsAreInheritedFromTheNearestAncestor) {
  minimal("p", "name: X\ntype: scoring\n");
  write("p/data/testdata.yaml",
        "accept_score: 3\nreject_score: 1\ngrader_flags: avg\non_reject: continue\n");
  testcase("p/data/secret/group/1");
  const Subtask root = task(load("p")).root;
  const Subtask* group = subtask(root, "secret/group");
  ASSERT_NE(group, nullptr);
  EXPECT_DOUBLE_EQ(group->accept_score, 3);
  EXPECT_DOUBLE_EQ(group->reject_score, 1);
  EXPECT_EQ(group->aggregation, Aggregation::Average);
  EXPECT_FALSE(group->stop_at_first_error);
}

TEST_F(GradingRules, OfConflictingLegacyFlagsTheLastCounts) {
  minimal("p", "name: X\ntype: scoring\n");
  write("p/data/testdata.yaml", "grader_flags: min worst_error max first_error\n");
  const Subtask root = task(load("p")).root;
  EXPECT_EQ(root.aggregation, Aggregation::Max);
  EXPECT_EQ(root.verdict_mode, VerdictMode::FirstError);
}

TEST_F(GradingRules, FullMarksAreWhatTheMembersCanGiveWithinTheRange) {
  minimal("sum", "name: X\ntype: scoring\n");
  write("sum/data/testdata.yaml", "accept_score: 10\n");
  EXPECT_DOUBLE_EQ(load("sum").points_max, 20);  // a sample and a secret testcase
  minimal("capped", "name: X\ntype: scoring\n");
  write("capped/data/testdata.yaml", "accept_score: 10\nrange: 0 15\n");
  EXPECT_DOUBLE_EQ(load("capped").points_max, 10 + 5);
}

TEST_F(GradingRules, AScoreWithoutBoundWarnsAndTakesAHundred) {
  minimal("p", "name: X\ntype: scoring\nvalidation: custom score\n");
  write("p/output_validators/check.py", "");
  const Problem problem = load("p");
  EXPECT_DOUBLE_EQ(problem.points_max, 100);
  EXPECT_EQ(task(problem).root.points, std::nullopt);
  EXPECT_THAT(problem.warnings, Contains(HasSubstr("no highest score")));
}

TEST_F(GradingRules, ACustomGraderIsNamedWithItsFlags) {
  olympiad("p");
  write("p/graders/grader.py", "");
  write("p/data/secret/group1/testdata.yaml",
        "grading: custom\nrange: 0 40\ngrader_flags: min subtask_score=40\n");
  const Problem problem = load("p");
  const Subtask* group = subtask(task(problem).root, "secret/group1");
  ASSERT_NE(group, nullptr);
  EXPECT_EQ(group->custom_grader.filename(), "grader.py");
  EXPECT_THAT(group->grader_flags, ElementsAre("min", "subtask_score=40"));
  EXPECT_EQ(group->points, 40);
  fs::remove_all(folder() / "p/graders");
  EXPECT_THAT(load_error("p").what, HasSubstr("there is no grader"));
}

TEST_F(GradingRules, ABrokenRangeOrPolicyIsAFault) {
  olympiad("range");
  write("range/data/testdata.yaml", "range: 10\n");
  EXPECT_THAT(load_error("range").what, HasSubstr("\"range\""));
  olympiad("policy");
  write("policy/data/testdata.yaml", "on_reject: stop\n");
  EXPECT_THAT(load_error("policy").what, HasSubstr("break or continue"));
}

TEST_F(GradingRules, DomjudgeCountsTheScoreOfAGroupOnce) {
  minimal("p", "name: X\ntype: scoring\n");
  write("p/data/testdata.yaml", "on_reject: continue\ngrader_flags: sum\n");
  write("p/data/secret/testdata.yaml", "on_reject: continue\ngrader_flags: sum\n");
  fs::remove(folder() / "p/data/secret/1.in");
  fs::remove(folder() / "p/data/secret/1.ans");
  for (const auto& [group, score] :
       std::vector<std::pair<std::string, std::string>>{{"a", "10"}, {"b", "20"}}) {
    testcase("p/data/secret/" + group + "/1");
    testcase("p/data/secret/" + group + "/2");
    write("p/data/secret/" + group + "/testdata.yaml", "accept_score: " + score + "\n");
  }
  EXPECT_DOUBLE_EQ(load("p").points_max, 10 * 2 + 20 * 2 + 1);  // Kattis counts every testcase
  write("p/submissions/accepted/good.py", "# @EXPECTED_SCORE@: 30\nprint(1)\n");
  const Problem problem = load("p");
  EXPECT_DOUBLE_EQ(problem.points_max, 30);
  EXPECT_TRUE(task(problem).root.ignore_samples);
  EXPECT_EQ(subtask(task(problem).root, "secret/b")->aggregation, Aggregation::AllOrNothing);
  EXPECT_EQ(subtask(task(problem).root, "secret/b")->points, 20);
}

TEST_F(GradingRules, ModernGroupsTakePointsFromMaxScore) {
  two_modern_groups("p", "2025-09");
  write("p/data/secret/test_group.yaml", "max_score: 100\nscore_aggregation: sum\n");
  write("p/data/secret/a/test_group.yaml", "max_score: 30\n");
  write("p/data/secret/b/test_group.yaml",
        "max_score: 70\nscore_aggregation: sum\nrequire_pass: [sample, secret/a]\n");
  const Problem problem = load("p");
  const Subtask& root = task(problem).root;
  EXPECT_DOUBLE_EQ(problem.points_max, 100);
  EXPECT_TRUE(root.ignore_samples);
  EXPECT_EQ(subtask(root, "sample")->points, 0);
  EXPECT_FALSE(subtask(root, "sample")->stop_at_first_error);
  const Subtask* a = subtask(root, "secret/a");
  EXPECT_EQ(a->aggregation, Aggregation::AllOrNothing);
  EXPECT_EQ(a->points, 30);
  EXPECT_TRUE(a->stop_at_first_error);
  const Subtask* b = subtask(root, "secret/b");
  EXPECT_EQ(b->aggregation, Aggregation::Sum);
  EXPECT_DOUBLE_EQ(b->accept_score, 35);  // 70 over two testcases
  EXPECT_FALSE(b->stop_at_first_error);
  EXPECT_THAT(b->requires_subtasks, ElementsAre("sample", "secret/a"));
}

TEST_F(GradingRules, ASecretFolderWithoutGroupsSharesAHundredPoints) {
  minimal("p", std::string(kModern) + "type: scoring\n");
  testcase("p/data/secret/2");
  testcase("p/data/secret/deep/3");
  testcase("p/data/secret/deep/4");
  const Problem problem = load("p");
  const Subtask* secret = subtask(task(problem).root, "secret");
  EXPECT_DOUBLE_EQ(problem.points_max, 100);
  EXPECT_EQ(secret->aggregation, Aggregation::Sum);
  EXPECT_DOUBLE_EQ(secret->accept_score, 25);
  EXPECT_EQ(secret->order.size(), 4U);
}

TEST_F(GradingRules, AModernGroupWithoutScoreIsAFault) {
  two_modern_groups("p", "2025-09");
  write("p/data/secret/a/test_group.yaml", "max_score: 30\n");
  EXPECT_THAT(load_error("p").what, HasSubstr("secret/b has no max_score"));
}

TEST_F(GradingRules, RequiringALaterGroupIsAFault) {
  two_modern_groups("p", "2025-09");
  write("p/data/secret/a/test_group.yaml", "max_score: 30\nrequire_pass: secret/b\n");
  write("p/data/secret/b/test_group.yaml", "max_score: 70\n");
  EXPECT_THAT(load_error("p").what, HasSubstr("not an earlier group"));
}

TEST_F(GradingRules, TheDraftsKeptScoresInAMapOfTheirOwn) {
  two_modern_groups("p", "2023-07");
  write("p/data/secret/a/test_group.yaml", "scoring: {score: 30, aggregation: min}\n");
  const Problem problem = load("p");
  EXPECT_EQ(subtask(task(problem).root, "secret/a")->points, 30);
  EXPECT_EQ(subtask(task(problem).root, "secret/a")->aggregation, Aggregation::Min);
  EXPECT_EQ(subtask(task(problem).root, "secret/b")->points, 70);  // what is left of 100
  EXPECT_THAT(problem.warnings, Contains(HasSubstr("equal share")));
}

TEST_F(GradingRules, TheFirstDraftsKeptTheLegacyRules) {
  olympiad("p");
  write("p/problem.yaml", "problem_format_version: 2023-07-draft\nname: X\ntype: scoring\n");
  const Problem problem = load("p");
  EXPECT_EQ(problem.format_name, "kattis-2023-07");
  EXPECT_EQ(subtask(task(problem).root, "secret/group1")->points, 40);
}

TEST_F(GradingRules, GroupsWithoutTestcasesAreLeftOut) {
  olympiad("p");
  write("p/data/secret/group3/README", "later");
  EXPECT_EQ(subtask(task(load("p")).root, "secret/group3"), nullptr);
}

}  // namespace
}  // namespace eval::problems
