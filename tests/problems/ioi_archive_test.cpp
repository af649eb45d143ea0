#include "tests/problems/import_fixture.h"

namespace eval::problems {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class IoiArchives : public ImportFixture {};

TEST_F(IoiArchives, HaveSubtasksThatShareTestcases) {
  copy("ioi-pairs");
  const Problem problem = load("ioi-pairs");
  EXPECT_EQ(problem.format_name, "ioi-archive");
  EXPECT_EQ(problem.title, "Pairs");
  EXPECT_DOUBLE_EQ(problem.points_max, 100);
  EXPECT_THAT(problem.warnings, IsEmpty());
  EXPECT_THAT(groups(problem), ElementsAre("00-samples 0 1: 0-01", "01-small 35 1: 0-01 1-01",
                                           "02-full 55 1: 0-01 1-01 2-01", "03-output 10 1: 3-01"));
  const ProgramTask& read = task(problem);
  EXPECT_EQ(read.points_decimals, 2);
  EXPECT_EQ(read.limits.memory, Bytes::mib(64));
  EXPECT_EQ(read.limits.cpu_time, std::chrono::milliseconds(1500));
  EXPECT_EQ(read.submission_name, "pairs");
  EXPECT_THAT(file_names(read.included.at("cpp").files), ElementsAre("grader.cpp", "pairs.h"));
  EXPECT_THAT(file_names(read.checker.support_files), ElementsAre("helper.h"));
}

TEST_F(IoiArchives, TakeOutputsWhereASubtaskSaysSo) {
  copy("ioi-pairs");
  const Problem problem = load("ioi-pairs");
  EXPECT_EQ(task(problem).type, TaskType::BatchAndOutput);
  EXPECT_FALSE(task(problem).testcases[2].takes_output);
  EXPECT_TRUE(task(problem).testcases[3].takes_output);
  EXPECT_TRUE(task(problem).testcases[3].is_output_only);
}

TEST_F(IoiArchives, PromiseWhatTheFolderOfASolutionSays) {
  copy("ioi-pairs");
  const Problem problem = load("ioi-pairs");
  // 10 points are for an output that no program can hand in.
  EXPECT_THAT(submission(problem, "model_solution/pairs.cpp")->expected, ElementsAre("PC"));
  EXPECT_NEAR(submission(problem, "model_solution/pairs.cpp")->score_range->first, 90, 0.001);
  EXPECT_THAT(submission(problem, "incorrect/int.cpp")->expected, ElementsAre("WA", "PC"));
  EXPECT_THAT(submission(problem, "unknown_verdict/maybe.cpp")->expected, IsEmpty());
}

TEST_F(IoiArchives, OfCommunicationTypeNameTheirProcesses) {
  copy("ioi-relay");
  const Problem problem = load("ioi-relay");
  const ProgramTask& read = task(problem);
  EXPECT_EQ(read.type, TaskType::Communication);
  ASSERT_TRUE(read.interactor);
  EXPECT_EQ(read.interactor->processes, 2);
  EXPECT_FALSE(read.interactor->uses_fifos);
  EXPECT_EQ(read.interactor->protocol, CheckerProtocol::Cms);
  EXPECT_EQ(read.included.at("cpp").entry_point, "stub.cpp");
  // The export does not say of which subtasks.
  EXPECT_THAT(submission(problem, "correct/shift.cpp")->expected, ElementsAre("AC", "PC"));
  EXPECT_FALSE(submission(problem, "correct/shift.cpp")->score_range);
  EXPECT_THAT(submission(problem, "runtime_error/trap.cpp")->expected,
              ElementsAre("RE", "MLE", "OLE", "PC"));
}

TEST_F(IoiArchives, WithoutSubtasksShareOutAHundredPoints) {
  copy("ioi-pairs");
  fs::remove_all(folder() / "ioi-pairs/subtasks");
  const Problem problem = load("ioi-pairs");
  EXPECT_DOUBLE_EQ(task(problem).root.accept_score, 25);
  EXPECT_DOUBLE_EQ(problem.points_max, 100);
}

TEST_F(IoiArchives, WhoseSubtaskListsAMissingTestcaseNameFileAndTestcase) {
  copy("ioi-pairs");
  replace("ioi-pairs/subtasks/01-small.json", "1-01", "1-02");
  EXPECT_THAT(
      load_words("ioi-pairs"),
      AllOf(HasSubstr("subtask \"01-small\" lists testcase \"1-02\""), HasSubstr("01-small.json")));
}

TEST_F(IoiArchives, WithoutManagerAreBroken) {
  copy("ioi-relay");
  fs::remove(folder() / "ioi-relay/graders/manager.cpp");
  EXPECT_THAT(load_words("ioi-relay"), HasSubstr("needs a manager"));
}

TEST_F(IoiArchives, OfAnotherTaskTypeAreRefusedByItsName) {
  copy("ioi-relay");
  replace("ioi-relay/problem.json", "\"Communication\"", "\"Notice\"");
  const Error error = load_error("ioi-relay");
  EXPECT_EQ(error.code, ErrorCode::Unsupported);
  EXPECT_THAT(error.what, HasSubstr("\"Notice\""));
}

TEST_F(IoiArchives, FindTestlibInThePackageOrWhereTheyAreTold) {
  copy("ioi-pairs");
  replace("ioi-pairs/checker/checker.cpp", "#include \"helper.h\"",
          "#include \"helper.h\"\n#include \"testlib.h\"");
  EXPECT_THAT(load_words("ioi-pairs"),
              AllOf(HasSubstr("checker.cpp includes testlib.h"), HasSubstr("EVALCTL_TESTLIB")));
  write("lib/testlib.h", "// mine\n");
  const LoadOptions options{.suite_folders = {}, .testlib = folder() / "lib"};
  const auto told = load_package(folder() / "ioi-pairs", "s", "p", options);
  ASSERT_TRUE(told) << describe(told.error());
  EXPECT_THAT(file_names(task(*told).checker.support_files), ElementsAre("helper.h", "testlib.h"));
  write("ioi-pairs/checker/testlib.h", "// its own\n");
  EXPECT_THAT(task(load("ioi-pairs")).checker.support_files,
              ::testing::Contains(fs::canonical(folder() / "ioi-pairs/checker/testlib.h")));
}

TEST_F(IoiArchives, ChangeTheirHashWithHeadersAndOutputs) {
  copy("ioi-pairs");
  const std::string before = load("ioi-pairs").content_hash;
  replace("ioi-pairs/checker/helper.h", "1.0", "0.9");
  const std::string with_header = load("ioi-pairs").content_hash;
  EXPECT_NE(with_header, before);
  replace("ioi-pairs/subtasks/03-output.json", "output_only", "output_optional");
  EXPECT_NE(load("ioi-pairs").content_hash, with_header);
}

class TpsTasks : public ImportFixture {};

TEST_F(TpsTasks, TakeSubtasksFromTheMapping) {
  copy("tps-double");
  const Problem problem = load("tps-double");
  EXPECT_EQ(problem.format_name, "tps");
  EXPECT_EQ(problem.title, "Double");
  EXPECT_THAT(groups(problem), ElementsAre("samples 0 1: 0-01", "small 40 1: 0-01 1-01",
                                           "full 60 1: 0-01 1-01 2-01"));
  EXPECT_EQ(task(problem).limits.memory, Bytes::mib(256));
  EXPECT_EQ(task(problem).included.size(), 2U);
  EXPECT_EQ(task(problem).included.at("python3").entry_point, "grader.py");
  EXPECT_EQ(task(problem).checker.comparison, Comparison::WhiteDiff);
  EXPECT_TRUE(task(problem).testcases[0].input.path.string().ends_with("0-01.in"));
}

TEST_F(TpsTasks, PromiseExceptionsOfSolutionsJson) {
  copy("tps-double");
  const Problem problem = load("tps-double");
  EXPECT_EQ(task(problem).reference_submissions.size(), 2U);
  const auto* limited = submission(problem, "short.cpp");
  ASSERT_TRUE(limited);
  EXPECT_THAT(limited->expected, ElementsAre("WA", "PC"));
  EXPECT_NEAR(limited->score_range->first, 40, 0.001);
  ASSERT_EQ(limited->patterns.size(), 2U);
  EXPECT_EQ(limited->patterns[1].glob, "{0-01,1-01}");
  EXPECT_THAT(limited->patterns[1].permitted, ElementsAre("AC"));
  EXPECT_THAT(problem.warnings, ElementsAre(HasSubstr("solution/gone.cpp")));
}

TEST_F(TpsTasks, TakeExceptionsFromWhatIsCorrect) {
  copy("tps-double");
  replace("tps-double/solutions.json", "\"incorrect\", \"except\": {\"samples\": \"correct\", ",
          "\"correct\", \"except\": {\"full\": \"incorrect\", ");
  const Problem problem = load("tps-double");
  const auto* limited = submission(problem, "short.cpp");
  EXPECT_THAT(limited->expected, ElementsAre("AC", "PC"));
  EXPECT_NEAR(limited->score_range->first, 40, 0.001);
  EXPECT_EQ(limited->patterns.size(), 2U);
  EXPECT_NEAR(submission(problem, "double.cpp")->score_range->first, 100, 0.001);
}

TEST_F(TpsTasks, WhoseTestsAreNotGeneratedAreRefusedWithTheCommand) {
  copy("tps-double");
  fs::remove_all(folder() / "tps-double/tests");
  const Error error = load_error("tps-double");
  EXPECT_EQ(error.code, ErrorCode::Unsupported);
  EXPECT_THAT(describe(error), AllOf(HasSubstr("not generated"), HasSubstr("tps gen")));
}

TEST_F(TpsTasks, WithABrokenMappingNameTheLine) {
  copy("tps-double");
  replace("tps-double/tests/mapping", "small 1-01", "small");
  EXPECT_THAT(load_words("tps-double"), HasSubstr("mapping: line 3"));
}

class OpenR1Problems : public ImportFixture {};

TEST_F(OpenR1Problems, AreReadFromTheirRows) {
  copy("open-r1-third");
  const Problem problem = load("open-r1-third");
  EXPECT_EQ(problem.format_name, "open-r1-ioi");
  EXPECT_EQ(problem.title, "Third");
  EXPECT_EQ(problem.source, "IOI 2024 day1");
  EXPECT_THAT(problem.statement, HasSubstr("`third`"));
  EXPECT_THAT(groups(problem), ElementsAre("00-samples 0 1: 0-01", "01-small 30 1: 0-01 1-01",
                                           "02-full 70 1: 0-01 1-01 2-01"));
  EXPECT_EQ(task(problem).limits.memory, Bytes::mib(64));
  EXPECT_EQ(task(problem).submission_name, "third");
  EXPECT_THAT(file_names(task(problem).included.at("cpp").files),
              ElementsAre("grader.cpp", "third.h"));
}

TEST_F(OpenR1Problems, ReadProcessesAndStreamsFromTheConfiguration) {
  copy("open-r1-third");
  fs::remove(folder() / "open-r1-third/graders/grader.cpp");
  replace("open-r1-third/rows.jsonl", "[\"graders/grader.cpp\", \"...\"], ", "");
  replace("open-r1-third/rows.jsonl", "\"task_type\": \"Batch\"",
          "\"task_type\": \"Communication\"");
  write("open-r1-third/graders/manager.cpp", "int main() {}\n");
  write("open-r1-third/graders/stub.cpp", "int main() {}\n");
  write("open-r1-third/graders/grader_config.json",
        "{\"code\": \"third\", \"task_type_parameters_Communication_num_processes\": 2,\n"
        " \"task_type_parameters_Communication_user_io\": \"fifo_io\"}\n");
  const Problem problem = load("open-r1-third");
  ASSERT_TRUE(task(problem).interactor);
  EXPECT_EQ(task(problem).interactor->processes, 2);
  EXPECT_TRUE(task(problem).interactor->uses_fifos);
}

TEST_F(OpenR1Problems, WithFilesThatAreNotLaidOutNameThem) {
  copy("open-r1-third");
  fs::remove(folder() / "open-r1-third/graders/grader.cpp");
  EXPECT_THAT(load_words("open-r1-third"), AllOf(HasSubstr("graders/grader.cpp is not laid out"),
                                                 HasSubstr("rows.jsonl: line 1")));
}

TEST_F(OpenR1Problems, OfTwoProblemsInOneFolderAreBroken) {
  copy("open-r1-third");
  replace("open-r1-third/rows.jsonl", "\"id\": \"third\", \"day\": \"day1\", \"subtask\": \"02",
          "\"id\": \"fourth\", \"day\": \"day1\", \"subtask\": \"02");
  EXPECT_THAT(load_words("open-r1-third"), HasSubstr("belongs to \"fourth\""));
}

}  // namespace
}  // namespace eval::problems
