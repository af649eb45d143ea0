#include "tests/problems/import_fixture.h"

namespace eval::problems {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CmsTasks : public ImportFixture {};

TEST_F(CmsTasks, OfBatchTypeHaveSubtasksFromGen) {
  copy("cms-sum");
  const Problem problem = load("cms-sum");
  EXPECT_EQ(problem.format_name, "cms-italy");
  EXPECT_EQ(problem.title, "Sum of two");
  EXPECT_THAT(problem.statement, HasSubstr("`add`"));
  EXPECT_DOUBLE_EQ(problem.points_max, 100);
  EXPECT_THAT(problem.warnings, IsEmpty());
  EXPECT_THAT(groups(problem),
              ElementsAre("subtask0 0 1: 000", "subtask1 40 1: 001 002", "subtask2 60 1: 003"));
  const ProgramTask& read = task(problem);
  EXPECT_EQ(read.type, TaskType::Batch);
  EXPECT_TRUE(read.is_scoring);
  EXPECT_EQ(read.root.aggregation, Aggregation::Sum);
  EXPECT_EQ(read.points_decimals, 2);
  EXPECT_EQ(read.limits.cpu_time, std::chrono::milliseconds(1500));
  EXPECT_EQ(read.limits.memory, Bytes::mib(64));
  EXPECT_EQ(read.checker.comparison, Comparison::WhiteDiff);
  EXPECT_FALSE(read.checker.program);
  EXPECT_TRUE(read.input_file.empty());
  EXPECT_TRUE(read.testcases[0].is_sample);
  EXPECT_FALSE(read.testcases[1].is_sample);
}

TEST_F(CmsTasks, MayShareGeneratorsWithOthersByLinks) {
  copy("cms-sum");
  write("shared.py", "print(1)\n");
  fs::create_symlink("../../shared.py", folder() / "cms-sum/gen/shared.py");
  fs::create_directory(folder() / "cms-sum/att");
  fs::create_symlink("../../shared.py", folder() / "cms-sum/att/shared.py");
  EXPECT_THAT(load("cms-sum").warnings, Each(HasSubstr("nothing is read through it")));
  fs::remove(folder() / "cms-sum/gen/GEN");
  fs::create_symlink("../../shared.py", folder() / "cms-sum/gen/GEN");
  EXPECT_THAT(load_words("cms-sum"), HasSubstr("leads out of the package"));
}

TEST_F(CmsTasks, LinkGradersByLanguage) {
  copy("cms-sum");
  const Problem problem = load("cms-sum");
  const auto& included = task(problem).included;
  EXPECT_EQ(task(problem).submission_name, "sum");
  EXPECT_EQ(included.size(), 3U);
  EXPECT_THAT(file_names(included.at("cpp").files), ElementsAre("grader.cpp", "sum.h"));
  EXPECT_EQ(included.at("cpp").entry_point, "grader.cpp");
  EXPECT_THAT(file_names(included.at("java").files), ElementsAre("grader.java"));
  EXPECT_THAT(file_names(included.at("python3").files), ElementsAre("grader.py"));
}

TEST_F(CmsTasks, PromiseFullMarksOfTheirSolutions) {
  copy("cms-sum");
  const Problem problem = load("cms-sum");
  ASSERT_EQ(task(problem).reference_submissions.size(), 3U);
  const auto* solution = submission(problem, "sol/solution.cpp");
  ASSERT_TRUE(solution);
  EXPECT_THAT(solution->expected, ElementsAre("AC"));
  EXPECT_NEAR(solution->score_range->first, 100, 0.001);
}

TEST_F(CmsTasks, WithAManagerAreCommunication) {
  copy("cms-guess");
  const Problem problem = load("cms-guess");
  const ProgramTask& read = task(problem);
  EXPECT_EQ(problem.title, "Guess the number");
  EXPECT_EQ(read.type, TaskType::Communication);
  ASSERT_TRUE(read.interactor);
  EXPECT_EQ(read.interactor->program.filename(), "manager.cpp");
  EXPECT_EQ(read.interactor->protocol, CheckerProtocol::Cms);
  EXPECT_EQ(read.interactor->processes, 1);
  EXPECT_TRUE(read.interactor->uses_fifos);
  EXPECT_EQ(read.included.at("cpp").entry_point, "stub.cpp");
  EXPECT_DOUBLE_EQ(read.root.accept_score, 25);
  EXPECT_DOUBLE_EQ(problem.points_max, 50);
}

TEST_F(CmsTasks, WithoutStubTalkOverStandardStreams) {
  copy("cms-guess");
  fs::remove(folder() / "cms-guess/sol/stub.cpp");
  replace("cms-guess/task.yaml", "num_processes: 1", "num_processes: 2");
  const Problem problem = load("cms-guess");
  EXPECT_FALSE(task(problem).interactor->uses_fifos);
  EXPECT_EQ(task(problem).interactor->processes, 2);
}

TEST_F(CmsTasks, OfOutputOnlyTypeTakeScoreTypesByRegularExpression) {
  copy("cms-maze");
  const Problem problem = load("cms-maze");
  EXPECT_EQ(task(problem).type, TaskType::OutputOnly);
  EXPECT_EQ(task(problem).checker.protocol, CheckerProtocol::Cms);
  EXPECT_TRUE(task(problem).checker.gives_score);
  EXPECT_THAT(groups(problem), ElementsAre("subtask0 30 6: 000", "subtask1 70 6: 001"));
  EXPECT_DOUBLE_EQ(task(problem).root.subtasks[0].threshold, 0.5);
}

TEST_F(CmsTasks, ReadAndWriteNamedFilesUnlessTheyAreEmpty) {
  copy("cms-sum");
  replace("cms-sum/task.yaml", "infile: \"\"\noutfile: \"\"\n", "outfile: sum.out\n");
  const Problem problem = load("cms-sum");
  EXPECT_EQ(task(problem).input_file, "input.txt");
  EXPECT_EQ(task(problem).output_file, "sum.out");
}

TEST_F(CmsTasks, MayTakeOutputsForSomeTestcases) {
  copy("cms-sum");
  replace("cms-sum/task.yaml", "n_input: 4",
          "n_input: 4\noutput_only_testcases: 3\noutput_optional_testcases: 1, 2\n");
  const Problem problem = load("cms-sum");
  EXPECT_EQ(task(problem).type, TaskType::BatchAndOutput);
  EXPECT_FALSE(task(problem).testcases[0].takes_output);
  EXPECT_TRUE(task(problem).testcases[2].takes_output);
  EXPECT_FALSE(task(problem).testcases[2].is_output_only);
  EXPECT_TRUE(task(problem).testcases[3].is_output_only);
}

TEST_F(CmsTasks, CountTestcasesOffForGroupMul) {
  copy("cms-sum");
  replace("cms-sum/task.yaml", "n_input: 4",
          "n_input: 4\nscore_type: GroupMul\nscore_type_parameters: [[30, 1], [70, 3]]\n");
  EXPECT_THAT(groups(load("cms-sum")),
              ElementsAre("subtask0 30 5: 000", "subtask1 70 5: 001 002 003"));
}

TEST_F(CmsTasks, WhoseGenIsWrongNameTheLine) {
  copy("cms-sum");
  replace("cms-sum/gen/GEN", "# ST: 40", "# ST: forty");
  EXPECT_THAT(load_words("cms-sum"),
              AllOf(HasSubstr("\"forty\" is no number of points"), HasSubstr("GEN: line 4")));
}

TEST_F(CmsTasks, WhoseGenDisagreesWithTheirCountAreBroken) {
  copy("cms-sum");
  replace("cms-sum/task.yaml", "n_input: 4", "n_input: 5");
  EXPECT_THAT(load_words("cms-sum"), HasSubstr("gen/GEN has 4 testcases, but n_input is 5"));
}

TEST_F(CmsTasks, WithMoreTestcasesInSubtasksThanThereAreAreBroken) {
  copy("cms-sum");
  replace("cms-sum/task.yaml", "n_input: 4",
          "n_input: 4\nscore_type: GroupMin\nscore_type_parameters: [[30, 1], [70, 4]]\n");
  EXPECT_THAT(
      load_words("cms-sum"),
      AllOf(HasSubstr("subtask 1 asks for 4 testcases, but 3 are left"), HasSubstr("task.yaml")));
}

TEST_F(CmsTasks, WithAnotherScoreTypeAreRefusedByItsName) {
  copy("cms-sum");
  replace("cms-sum/task.yaml", "n_input: 4",
          "n_input: 4\nscore_type: GroupSumIf\nscore_type_parameters: [[100, 4]]\n");
  const Error error = load_error("cms-sum");
  EXPECT_EQ(error.code, ErrorCode::Unsupported);
  EXPECT_THAT(error.what, HasSubstr("\"GroupSumIf\""));
}

TEST_F(CmsTasks, WithACompiledCheckerOnlyAreRefused) {
  copy("cms-maze");
  fs::rename(folder() / "cms-maze/check/checker.cpp", folder() / "cms-maze/check/checker");
  const Error error = load_error("cms-maze");
  EXPECT_EQ(error.code, ErrorCode::Unsupported);
  EXPECT_THAT(describe(error), AllOf(HasSubstr("comes compiled"), HasSubstr("checker.cpp")));
}

TEST_F(CmsTasks, WithoutAnOutputFileNameIt) {
  copy("cms-sum");
  fs::remove(folder() / "cms-sum/output/output2.txt");
  EXPECT_THAT(load_words("cms-sum"),
              AllOf(HasSubstr("testcase 002 has no answer file"), HasSubstr("output2.txt")));
}

TEST_F(CmsTasks, ChangeTheirHashWithManagerAndStub) {
  copy("cms-guess");
  const std::string before = load("cms-guess").content_hash;
  replace("cms-guess/sol/stub.cpp", "-1:", "-1 :");
  const std::string with_stub = load("cms-guess").content_hash;
  EXPECT_NE(with_stub, before);
  replace("cms-guess/check/manager.cpp", "turn < 8", "turn < 9");
  EXPECT_NE(load("cms-guess").content_hash, with_stub);
}

TEST_F(CmsTasks, PassTheirChecks) {
  copy("cms-sum");
  EXPECT_THAT(rules("cms-sum"), IsEmpty());
}

}  // namespace
}  // namespace eval::problems
