#include "tests/problems/import_fixture.h"

namespace eval::problems {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DmojProblems : public ImportFixture {
 protected:
  void refuses(std::string_view from, std::string_view to, std::string_view words) {
    copy("dmoj-words");
    replace("dmoj-words/init.yml", from, to);
    const Error error = load_error("dmoj-words");
    EXPECT_EQ(error.code, ErrorCode::Unsupported) << describe(error);
    EXPECT_THAT(describe(error), HasSubstr(std::string(words)));
  }
};

TEST_F(DmojProblems, HaveCasesAndBatches) {
  copy("dmoj-words");
  const Problem problem = load("dmoj-words");
  EXPECT_EQ(problem.format_name, "dmoj");
  EXPECT_EQ(problem.title, "Words");
  EXPECT_DOUBLE_EQ(problem.points_max, 100);
  EXPECT_THAT(problem.warnings, IsEmpty());
  EXPECT_THAT(groups(problem),
              ElementsAre("case1 0 1: 001", "case2 10 1: 002", "batch1 30 1: batch1/001 batch1/002",
                          "batch2 60 1: batch2/001"));
  const ProgramTask& read = task(problem);
  EXPECT_EQ(read.checker.comparison, Comparison::WordLines);
  EXPECT_EQ(read.limits.cpu_time, std::chrono::milliseconds(2000));
  EXPECT_EQ(read.limits.memory, Bytes::mib(64));
  EXPECT_EQ(read.limits.output, Bytes{25'165'824});
}

TEST_F(DmojProblems, GateWhatFollowsACaseWorthNothing) {
  copy("dmoj-words");
  const Problem problem = load("dmoj-words");
  const auto& subtasks = task(problem).root.subtasks;
  EXPECT_THAT(subtasks[0].requires_subtasks, IsEmpty());
  EXPECT_THAT(subtasks[1].requires_subtasks, ElementsAre("case1"));
  EXPECT_THAT(subtasks[3].requires_subtasks, ElementsAre("batch1", "case1"));
}

TEST_F(DmojProblems, PutPretestsInFront) {
  copy("dmoj-words");
  replace("dmoj-words/init.yml",
          "test_cases:", "pretest_test_cases:\n- {in: words.1.in, out: words.1.out}\ntest_cases:");
  EXPECT_THAT(groups(load("dmoj-words")).front(), HasSubstr("case1 0 1:"));
  EXPECT_DOUBLE_EQ(load("dmoj-words").points_max, 100);
}

TEST_F(DmojProblems, WithTestlibInteractorsAreInteractive) {
  copy("dmoj-guess");
  const Problem problem = load("dmoj-guess");
  EXPECT_EQ(task(problem).type, TaskType::Interactive);
  EXPECT_EQ(task(problem).interactor->protocol, CheckerProtocol::Testlib);
  EXPECT_FALSE(task(problem).checker.program);
  EXPECT_THAT(problem.warnings, ::testing::Contains(HasSubstr("limits.yml")));
}

TEST_F(DmojProblems, TakeTestlibCheckersAndIdentical) {
  copy("dmoj-words");
  write("dmoj-words/check.cpp", "int main() {}\n");
  replace(
      "dmoj-words/init.yml", "archive:",
      "checker: {name: bridged, args: {files: check.cpp, lang: CPP17, type: testlib}}\narchive:");
  EXPECT_EQ(task(load("dmoj-words")).checker.program->filename(), "check.cpp");
  replace("dmoj-words/init.yml",
          "{name: bridged, args: {files: check.cpp, lang: CPP17, type: testlib}}", "identical");
  EXPECT_EQ(task(load("dmoj-words")).checker.comparison, Comparison::Exact);
  write("dmoj-words/words.1.out", "2");
  EXPECT_THAT(load("dmoj-words").warnings, ElementsAre(HasSubstr("line ends")));
}

TEST_F(DmojProblems, WithOtherCheckersAreRefusedByName) {
  refuses("archive:", "checker: floats\narchive:", "the checker \"floats\" is not done here");
}

TEST_F(DmojProblems, WithBridgedCheckersOfAnotherTypeAreRefused) {
  refuses("archive:", "checker: {name: bridged, args: {files: c.cpp}}\narchive:",
          "of type \"default\"");
}

TEST_F(DmojProblems, WithPythonJudgesAreRefused) {
  refuses("archive:", "custom_judge: judge.py\narchive:", "`custom_judge`");
}

TEST_F(DmojProblems, WithGeneratorsAreRefused) {
  refuses("archive:", "generator: gen.cpp\narchive:", "`generator`");
}

TEST_F(DmojProblems, WithPackedDataAreRefusedUntilUnpacked) {
  copy("dmoj-words");
  write("dmoj-words/words.zip", "PK");
  fs::remove(folder() / "dmoj-words/words.1.in");
  const Error error = load_error("dmoj-words");
  EXPECT_EQ(error.code, ErrorCode::Unsupported);
  EXPECT_THAT(describe(error), AllOf(HasSubstr("packed in words.zip"), HasSubstr("unpack it")));
}

TEST_F(DmojProblems, WithTestcasesByPatternAreRefused) {
  copy("dmoj-words");
  write("dmoj-words/init.yml", "archive: words.zip\ntest_cases: {input_format: '.*in'}\n");
  EXPECT_THAT(load_words("dmoj-words"), HasSubstr("regular expressions"));
}

TEST_F(DmojProblems, WhoseBatchNeedsALaterOneAreBroken) {
  copy("dmoj-words");
  replace("dmoj-words/init.yml", "dependencies: [1]", "dependencies: [2]");
  EXPECT_THAT(load_words("dmoj-words"), HasSubstr("numbers of earlier batches"));
}

TEST_F(DmojProblems, ThatNameFilesOutsideAreBroken) {
  copy("dmoj-words");
  replace("dmoj-words/init.yml", "in: words.1.in", "in: ../words.1.in");
  EXPECT_THAT(load_words("dmoj-words"), HasSubstr("leads out of the package"));
}

}  // namespace
}  // namespace eval::problems
