#include "problems/polygon_parts.h"
#include "tests/problems/import_fixture.h"

namespace eval::problems {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PolygonPackages : public ImportFixture {};

TEST_F(PolygonPackages, HaveGroupsWithPointsPoliciesAndDependencies) {
  copy("polygon-sum");
  const Problem problem = load("polygon-sum");
  EXPECT_EQ(problem.format_name, "polygon");
  EXPECT_EQ(problem.title, "Sum & more");
  EXPECT_EQ(problem.source, "https://example.org/p/sum");
  EXPECT_DOUBLE_EQ(problem.points_max, 100);
  EXPECT_THAT(problem.warnings, IsEmpty());
  const ProgramTask& read = task(problem);
  ASSERT_EQ(read.root.subtasks.size(), 3U);
  const Subtask& each = read.root.subtasks[1];
  EXPECT_EQ(each.aggregation, Aggregation::Sum);
  ASSERT_EQ(each.subtasks.size(), 2U);
  EXPECT_DOUBLE_EQ(*each.subtasks[0].points, 10);
  EXPECT_DOUBLE_EQ(*each.subtasks[1].points, 20);
  const Subtask& complete = read.root.subtasks[2];
  EXPECT_EQ(complete.aggregation, Aggregation::AllOrNothing);
  EXPECT_DOUBLE_EQ(*complete.points, 70);
  EXPECT_THAT(complete.requires_subtasks, ElementsAre("0", "1"));
  EXPECT_TRUE(read.testcases[0].is_sample);
  EXPECT_FALSE(read.testcases[1].is_sample);
  EXPECT_EQ(read.limits.cpu_time, std::chrono::milliseconds(1500));
  EXPECT_EQ(read.limits.memory, Bytes::mib(64));
}

TEST_F(PolygonPackages, WhoseTestsAreWorthNothingArePassFail) {
  copy("polygon-guess");
  replace("polygon-guess/problem.xml", "<test method=\"manual\"",
          "<test points=\"0.0\" method=\"manual\"");
  write("polygon-guess/files/testlib.h", "");
  EXPECT_FALSE(task(load("polygon-guess")).is_scoring);
  replace("polygon-guess/problem.xml", "<test points=\"0.0\" method=\"manual\"/>",
          "<test points=\"1.0\" method=\"manual\"/>");
  EXPECT_TRUE(task(load("polygon-guess")).is_scoring);
}

TEST_F(PolygonPackages, MapStandardCheckersThatMeanTheSame) {
  copy("polygon-sum");
  const Problem problem = load("polygon-sum");
  EXPECT_FALSE(task(problem).checker.program);
  EXPECT_EQ(task(problem).checker.comparison, Comparison::Tokens);
  EXPECT_THAT(task(problem).testcases[0].checker_args, ElementsAre("case_sensitive"));
  replace("polygon-sum/problem.xml", "std::ncmp.cpp", "std::lcmp.cpp");
  EXPECT_EQ(task(load("polygon-sum")).checker.comparison, Comparison::WhiteDiff);
}

TEST_F(PolygonPackages, CompileOtherStandardCheckersFromTheirSource) {
  copy("polygon-sum");
  replace("polygon-sum/problem.xml", "std::ncmp.cpp", "std::rcmp9.cpp");
  EXPECT_THAT(load_words("polygon-sum"), HasSubstr("the source of the checker \"std::rcmp9.cpp\""));
  write("polygon-sum/check.cpp", "#include \"testlib.h\"\n");
  EXPECT_THAT(load_words("polygon-sum"), HasSubstr("check.cpp includes testlib.h"));
  write("polygon-sum/testlib.h", "");
  const Problem problem = load("polygon-sum");
  EXPECT_EQ(task(problem).checker.program->filename(), "check.cpp");
  EXPECT_EQ(task(problem).checker.protocol, CheckerProtocol::Testlib);
  EXPECT_THAT(file_names(task(problem).checker.support_files), ElementsAre("testlib.h"));
}

TEST_F(PolygonPackages, PutTheirStatementTogetherFromItsSections) {
  copy("polygon-sum");
  const Problem problem = load("polygon-sum");
  EXPECT_EQ(problem.statement_format, StatementFormat::Latex);
  EXPECT_EQ(problem.statement,
            "Print the sum of two numbers.\n\n\\section*{Input}\n\nTwo integers.\n"
            "\n\\section*{Output}\n\nTheir sum.\n");
}

TEST_F(PolygonPackages, PromiseWhatTheTagsSay) {
  copy("polygon-sum");
  const Problem problem = load("polygon-sum");
  EXPECT_EQ(task(problem).reference_submissions.size(), 2U);
  EXPECT_THAT(submission(problem, "solutions/sum.cpp")->expected, ElementsAre("AC"));
  EXPECT_THAT(submission(problem, "solutions/difference.py")->expected, ElementsAre("WA", "PC"));
  ASSERT_EQ(task(problem).input_validators.size(), 1U);
  EXPECT_EQ(task(problem).input_validators[0].program.filename(), "val.cpp");
  EXPECT_EQ(task(problem).input_validators[0].accepting_code, 0);
}

TEST_F(PolygonPackages, WithAnInteractorAreInteractive) {
  copy("polygon-guess");
  const Problem problem = load("polygon-guess");
  const ProgramTask& read = task(problem);
  EXPECT_EQ(read.type, TaskType::Interactive);
  EXPECT_FALSE(read.is_scoring);
  EXPECT_DOUBLE_EQ(problem.points_max, 1);
  EXPECT_EQ(read.interactor->program.filename(), "interactor.cpp");
  EXPECT_EQ(read.interactor->protocol, CheckerProtocol::Testlib);
  EXPECT_EQ(read.checker.program->filename(), "check.cpp");
  EXPECT_THAT(testcase_names(problem), ElementsAre("1.in", "2.in"));
}

TEST_F(PolygonPackages, CompileEvenStandardCheckersAfterAnInteractor) {
  copy("polygon-guess");
  replace("polygon-guess/problem.xml", "<checker type", "<checker name=\"std::wcmp.cpp\" type");
  EXPECT_EQ(task(load("polygon-guess")).checker.program->filename(), "check.cpp");
}

TEST_F(PolygonPackages, WithUngeneratedTestsAreRefusedByTheirCommand) {
  copy("polygon-sum");
  fs::remove(folder() / "polygon-sum/tests/03");
  const Error error = load_error("polygon-sum");
  EXPECT_EQ(error.code, ErrorCode::Unsupported);
  EXPECT_THAT(describe(error),
              AllOf(HasSubstr("test 3 has to be generated with `gen 2`"), HasSubstr("doall.sh")));
}

TEST_F(PolygonPackages, WithoutAnswersAreRefused) {
  copy("polygon-sum");
  fs::remove(folder() / "polygon-sum/tests/01.a");
  EXPECT_THAT(load_words("polygon-sum"), HasSubstr("the answer of test 1 has to be made"));
}

TEST_F(PolygonPackages, ThatRunASubmissionTwiceAreRefused) {
  copy("polygon-sum");
  replace("polygon-sum/problem.xml", "run-count=\"1\"", "run-count=\"2\"");
  EXPECT_EQ(load_error("polygon-sum").code, ErrorCode::Unsupported);
}

TEST_F(PolygonPackages, WhoseGroupNeedsALaterOneAreBroken) {
  copy("polygon-sum");
  replace("polygon-sum/problem.xml", "<dependency group=\"1\"/>", "<dependency group=\"3\"/>");
  EXPECT_THAT(load_words("polygon-sum"),
              HasSubstr("group \"2\" needs group \"3\", which is not before it"));
}

TEST_F(PolygonPackages, LinkResourcesMeantForSolutions) {
  copy("polygon-guess");
  replace("polygon-guess/problem.xml", "  <assets>",
          "  <files><resources><file path=\"files/grader.cpp\"><assets><asset name=\"solution\"/>"
          "</assets></file></resources></files>\n  <assets>");
  EXPECT_THAT(load_words("polygon-guess"), HasSubstr("\"files/grader.cpp\" is not in the package"));
  write("polygon-guess/files/grader.cpp", "int main() {}\n");
  EXPECT_THAT(file_names(task(load("polygon-guess")).included.at("cpp").files),
              ElementsAre("grader.cpp"));
}

TEST_F(PolygonPackages, ThatNameFilesOutsideAreBroken) {
  copy("polygon-sum");
  replace("polygon-sum/problem.xml", "tests/%02d.a", "../%02d.a");
  EXPECT_THAT(load_words("polygon-sum"), HasSubstr("leads out of the package"));
}

TEST_F(PolygonPackages, WithBrokenXmlNameTheLine) {
  copy("polygon-sum");
  replace("polygon-sum/problem.xml", "</names>", "</name>");
  EXPECT_THAT(load_words("polygon-sum"), HasSubstr("problem.xml: line 6"));
}

TEST(PolygonPattern, FillsInOneNumber) {
  EXPECT_EQ(fill_test_pattern("tests/%02d", 7), "tests/07");
  EXPECT_EQ(fill_test_pattern("tests/%d.in", 12), "tests/12.in");
  EXPECT_EQ(fill_test_pattern("%03d.a", 1234), "1234.a");
  EXPECT_FALSE(fill_test_pattern("tests/01", 1));
  EXPECT_FALSE(fill_test_pattern("%s", 1));
  EXPECT_FALSE(fill_test_pattern("%d%d", 1));
  EXPECT_FALSE(fill_test_pattern("%099999d", 1));
}

}  // namespace
}  // namespace eval::problems
