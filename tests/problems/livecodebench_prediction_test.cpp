#include "problems/livecodebench_prediction.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "problems/suite.h"

namespace eval::problems {
namespace {

const fs::path kFixtures = fs::path(EVAL_TEST_SOURCE_DIR) / "tests/lcb/scenarios";

Json test_output_row() {
  return {
      {"question_title", "pair-sum"},
      {"question_content", "Find a pair."},
      {"question_id", "9001"},
      {"contest_id", "weekly-contest-345"},
      {"test_id", 2},
      {"contest_date", "2023-05-13T20:30:00"},
      {"starter_code", "class Solution:\n    # def old(self):\n    def pairSum(self, k: int):\n"},
      {"function_name", "something else"},
      {"difficulty", "easy"},
      {"test", R"([{"input": "[1]\n5", "output": "[2]", "testtype": "functional"},)"
               R"( {"input": "x", "output": "y"}])"}};
}

Result<Problem> read(const Json& row) {
  return read_livecodebench_prediction(to_json_line(row), "rows.jsonl: line 1");
}

TEST(LiveCodeBenchPredictions, RowOfTestOutputIsItsFirstTest) {
  const auto problem = read(test_output_row());
  ASSERT_TRUE(problem) << describe(problem.error());
  EXPECT_EQ(problem->id, "livecodebench-test-output/9001_2");
  EXPECT_EQ(problem->statement, "Find a pair.");
  const auto task = prediction_task(*problem);
  ASSERT_TRUE(task);
  EXPECT_EQ(task->kind, PredictionTask::Kind::TestOutput);
  EXPECT_EQ(task->input, "[1]\n5");
  EXPECT_EQ(task->expected, "[2]");
}

TEST(LiveCodeBenchPredictions, FunctionIsTheOneTheStarterCodeDefines) {
  EXPECT_EQ(prediction_task(*read(test_output_row()))->function_name, "pairSum");
  Json row = test_output_row();
  row["starter_code"] = "def a(): pass\ndef b(): pass\n";
  const auto two = read(row);
  ASSERT_FALSE(two);
  EXPECT_NE(two.error().what.find("does not define one function"), std::string::npos);
}

TEST(LiveCodeBenchPredictions, SourceSaysWhatReportsNeed) {
  const auto problem = read(test_output_row());
  const auto facts = livecodebench_facts(problem->source);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->question_id, "9001");
  EXPECT_EQ(facts->difficulty, "easy");
  EXPECT_EQ(facts->date, "2023-05-13");
  EXPECT_EQ(prediction_kind(problem->source), PredictionTask::Kind::TestOutput);
  EXPECT_FALSE(prediction_kind(to_source(*facts)));
}

TEST(LiveCodeBenchPredictions, RowsOfTheFirstExecutionSetHaveNoDates) {
  const auto problem = read({{"id", "sample_7"},
                             {"function_name", "f"},
                             {"code", "def f(x):\n    return x"},
                             {"input", "f(x = 1)"},
                             {"output", "1"},
                             {"numsteps", 3},
                             {"problem_id", Json::array({1})}});
  ASSERT_TRUE(problem) << describe(problem.error());
  EXPECT_EQ(problem->id, "livecodebench-execution/sample_7");
  EXPECT_EQ(prediction_task(*problem)->kind, PredictionTask::Kind::CodeExecution);
  EXPECT_EQ(livecodebench_facts(problem->source)->date, "");
}

TEST(LiveCodeBenchPredictions, NamesEveryFaultOfARow) {
  Json row = test_output_row();
  row.erase("question_title");
  row["test"] = "no JSON";
  row["contest_date"] = "yesterday";
  const auto problem = read(row);
  ASSERT_FALSE(problem);
  const std::string said = describe(problem.error());
  for (const char* part : {"question_title", "\"test\"", "not a date"}) {
    EXPECT_NE(said.find(part), std::string::npos) << said;
  }
}

TEST(LiveCodeBenchPredictions, ADayThatNoMonthHasIsAFault) {
  Json row = test_output_row();
  row["contest_date"] = "2024-13-01T00:00:00";
  const auto problem = read(row);
  ASSERT_FALSE(problem);
  EXPECT_NE(describe(problem.error()).find("\"2024-13-01\", not a date"), std::string::npos)
      << describe(problem.error());
}

TEST(LiveCodeBenchPredictions, SuiteIsInOfficialOrderAndNamesItsScenario) {
  const auto suite = load_suite((kFixtures / "test_generation.jsonl").string(), {});
  ASSERT_TRUE(suite) << describe(suite.error());
  EXPECT_EQ(suite->name, "livecodebench-test-output");
  EXPECT_EQ(suite->title,
            "LiveCodeBench test output prediction, test_generation.jsonl, 4 problems");
  ASSERT_EQ(suite->problems.size(), 4u);
  EXPECT_EQ(suite->problems[1].slug, "9001_1");
  const auto execution = load_suite((kFixtures / "execution.jsonl").string(), {});
  ASSERT_TRUE(execution);
  EXPECT_EQ(execution->title, "LiveCodeBench code execution, execution.jsonl, 4 problems");
}

TEST(LiveCodeBenchPredictions, ExecutionIsOrderedByNumberAndNotByText) {
  auto folder = TempDir::create("predictions-");
  ASSERT_TRUE(folder);
  std::string rows;
  for (const int number : {10, 9, 2}) {
    rows += to_json_line({{"id", "sample_" + std::to_string(number)},
                          {"code", "def f():\n    pass"},
                          {"input", "f()"},
                          {"output", "None"}}) +
            "\n";
  }
  ASSERT_TRUE(write_file(folder->path() / "rows.jsonl", rows));
  // The only file of its folder.
  const auto suite = load_suite(folder->path().string(), {});
  ASSERT_TRUE(suite) << describe(suite.error());
  ASSERT_EQ(suite->problems.size(), 3u);
  EXPECT_EQ(suite->problems[0].slug, "sample_2");
  EXPECT_EQ(suite->problems[2].slug, "sample_10");
}

TEST(LiveCodeBenchPredictions, DaysChooseRowsAndStandInTheTitle) {
  LiveCodeBenchSelection selection;
  selection.start_date = "2023-06-03";
  selection.end_date = "2023-06-30";
  const auto suite = load_livecodebench_predictions(kFixtures / "execution.jsonl", selection);
  ASSERT_TRUE(suite);
  EXPECT_EQ(suite->problems.size(), 1u);
  EXPECT_NE(suite->title.find("2023-06-03..2023-06-30"), std::string::npos);
}

TEST(LiveCodeBenchPredictions, ReleasesAndWindowsAreOfCodeGeneration) {
  LiveCodeBenchSelection selection;
  selection.window = "nvidia-v6";
  const auto suite = load_livecodebench_predictions(kFixtures / "execution.jsonl", selection);
  ASSERT_FALSE(suite);
  EXPECT_EQ(suite.error().code, ErrorCode::Usage);
}

TEST(LiveCodeBenchPredictions, OtherRowsAreNotMistakenForThese) {
  auto folder = TempDir::create("predictions-");
  ASSERT_TRUE(folder);
  const fs::path file = folder->path() / "test.jsonl";
  ASSERT_TRUE(write_file(file, R"({"public_test_cases": "[]", "id": 1, "code": 1})"));
  EXPECT_FALSE(find_livecodebench_predictions(file));
  ASSERT_TRUE(write_file(file, "not JSON\n"));
  EXPECT_FALSE(find_livecodebench_predictions(file));
  EXPECT_FALSE(find_livecodebench_predictions(folder->path() / "missing"));
}

}  // namespace
}  // namespace eval::problems
