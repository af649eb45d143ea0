#include "evaluator/recorded_feedback.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/text.h"
#include "evaluator/livecodebench_output.h"

namespace eval::evaluator {
namespace {

using judges::Verdict;

constexpr std::string_view kEntry =
    R"({"question_id": "abc1", "code_list": ["a", "b", "c", "d"], "graded_list": [true, false, false, false],
        "metadata": ["{}", "{\"error_code\": -3, \"error\": \"TimeoutException()\"}", "no JSON",
                     "{\"error_code\": -4, \"error\": \"NameError('x')\"}"]})";

class RecordedFeedbackTest : public ::testing::Test {
 protected:
  Result<RecordedFeedback> read(const std::string& text) const {
    std::ofstream(file_) << text;
    return read_recorded_feedback(file_);
  }

  TempDir folder_ = std::move(*TempDir::create("recorded-"));
  fs::path file_ = folder_.path() / "some.json";
};

Attempt program_of(int index, const std::string& code, Verdict verdict) {
  Attempt attempt{.problem_id = "livecodebench/abc1", .index = index};
  attempt.submission = ExtractedSubmission{
      judges::SourceProgram{"python3", {{"submission.py", code}}, std::nullopt}, "verbatim"};
  judges::Judgement judgement;
  judgement.verdict = verdict;
  attempt.judgements.push_back(judgement);
  return attempt;
}

TEST_F(RecordedFeedbackTest, IsReadFromEveryLayout) {
  std::string line(kEntry);
  std::erase(line, '\n');
  const auto expected = read("[" + line + "]");
  ASSERT_TRUE(expected.has_value());
  ASSERT_EQ(expected->at("abc1").size(), 4u);
  EXPECT_EQ(*read(std::string(kEntry)), *expected);
  EXPECT_EQ(*read(R"({"eval": {"abc1": )" + line + "}}"), *expected);
  EXPECT_EQ(*read("\n" + line + "\n\n"), *expected);
  EXPECT_EQ(*read("\xef\xbb\xbf[" + line + "]"), *expected);
  EXPECT_EQ(read(line + "\n" + replace_all(line, "abc1", "abc2") + "\n")->size(), 2u);
}

TEST_F(RecordedFeedbackTest, RefusesAProblemTwiceAndSaysWhichLineIsBroken) {
  std::string line(kEntry);
  std::erase(line, '\n');
  const auto twice = read(line + "\n" + line + "\n");
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().code, ErrorCode::BadInput);
  EXPECT_EQ(twice.error().what, "question \"abc1\" occurs twice");
  const auto broken = read(line + "\n{bad\n");
  ASSERT_FALSE(broken.has_value());
  EXPECT_TRUE(broken.error().where.ends_with("some.json: line 2, column 2"))
      << broken.error().where;
}

TEST_F(RecordedFeedbackTest, KeepsMetadataOfWhatIsNotRight) {
  const auto recorded = read("[" + std::string(kEntry) + "]");
  ASSERT_TRUE(recorded.has_value());
  const auto& programs = recorded->at("abc1");
  EXPECT_EQ(programs[0], (TurnFeedback{true, "a", Json()}));
  EXPECT_EQ(programs[1]->metadata["error"], "TimeoutException()");
  EXPECT_EQ(programs[2], (TurnFeedback{false, "c", Json()}));
}

TEST_F(RecordedFeedbackTest, NamesProblemsAsRecordingsDo) {
  const std::string lists = R"("pred_list": ["x"], "graded_list": [true])";
  const auto recorded = read(R"([{"question_id": 7, )" + lists + R"(}, {"id": "sample_1", )" +
                             lists + R"(}, {"question_id": "7", "test_id": 2, )" + lists + "}]");
  ASSERT_TRUE(recorded.has_value());
  for (const char* id : {"7", "sample_1", "7_2"}) EXPECT_EQ(recorded->count(id), 1u) << id;
}

TEST_F(RecordedFeedbackTest, SaysNothingOfListsThatDoNotFit) {
  // Code execution leaves answers out of graded_list that repeat the call.
  const auto recorded = read(R"([{"id": "s", "pred_list": ["x", "y"], "graded_list": [true]},
                                 {"id": "t", "pred_list": ["x"]}])");
  ASSERT_TRUE(recorded.has_value());
  EXPECT_FALSE(recorded->at("s")[0].has_value());
  EXPECT_EQ(recorded->count("t"), 0u);
}

TEST_F(RecordedFeedbackTest, BecomesAttemptsWithTheVerdictOfTheErrorCode) {
  const auto recorded = read("[" + std::string(kEntry) + "]");
  ASSERT_TRUE(recorded.has_value());
  std::vector<Attempt> run;
  for (int i = 0; i < 6; ++i) run.push_back(program_of(i, "a", Verdict::AC));
  run.push_back(run.front());
  run.back().problem_id = "livecodebench/abc2";
  const auto attempts = recorded_attempts(*recorded, run);
  ASSERT_EQ(attempts.size(), 4u);
  std::vector<Verdict> verdicts;
  for (const Attempt& attempt : attempts) verdicts.push_back(*attempt.verdict());
  EXPECT_EQ(verdicts, (std::vector{Verdict::AC, Verdict::TLE, Verdict::WA, Verdict::RE}));
}

TEST_F(RecordedFeedbackTest, KnowsNoErrorCodeThatIsNoSmallNumber) {
  for (const char* code : {"-4294967299", "-3e0", "18446744073709551613", "null", "[-3]"}) {
    const auto recorded =
        read(R"([{"question_id": "abc1", "code_list": ["a"], "graded_list": [false],
                                    "metadata": ["{\"error_code\": )" +
             std::string(code) + "}\"]}]");
    ASSERT_TRUE(recorded.has_value());
    const auto attempts = recorded_attempts(*recorded, {program_of(0, "a", Verdict::AC)});
    EXPECT_EQ(attempts.front().verdict(), Verdict::WA) << code;
  }
}

TEST_F(RecordedFeedbackTest, IsComparedWithARunProgramByProgram) {
  const auto recorded = read("[" + std::string(kEntry) + "]");
  ASSERT_TRUE(recorded.has_value());
  // The first agrees, the second and the fourth do not, and the third is another program.
  std::vector<Attempt> run = {program_of(0, "a", Verdict::AC), program_of(1, "b", Verdict::AC),
                              program_of(2, "other", Verdict::AC), program_of(3, "d", Verdict::AC)};
  for (Attempt& attempt : run) {
    judges::TestResult test;
    test.run_status = "lcb-official";
    attempt.judgements.back().tests.push_back(test);
  }
  const auto comparison = compare_semantics(recorded_attempts(*recorded, run), run);
  EXPECT_EQ(comparison.compared, 3);
  EXPECT_EQ(comparison.skipped, 1);
  ASSERT_EQ(comparison.differences.size(), 2u);
  EXPECT_EQ(comparison.differences[0].reason, "time");
  EXPECT_EQ(comparison.differences[0].first, Verdict::TLE);
  EXPECT_EQ(comparison.differences[1].reason, "not-reproduced");
  EXPECT_EQ(comparison.differences[1].detail, "NameError('x')");
  // A real process may fail where the official evaluator does not, and then there is a reason.
  for (Attempt& attempt : run) attempt.judgements.back().tests.back().run_status = "ok";
  EXPECT_EQ(compare_semantics(recorded_attempts(*recorded, run), run).differences[1].reason,
            "function-scope");
}

}  // namespace
}  // namespace eval::evaluator
