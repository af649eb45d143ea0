// LiveCodeBench's predictions with a real interpreter in real boxes. What is expected of every answer is what the
// official metrics said of it: tests/lcb/scenarios/official.json.
#include <gtest/gtest.h>

#include "base/json.h"
#include "judges/lcb/prediction_judge.h"
#include "problems/livecodebench_prediction.h"
#include "problems/suite.h"
#include "sandbox/linux_sandbox.h"

namespace eval::judges {
namespace {

const fs::path kFixtures = fs::path(EVAL_TEST_SOURCE_DIR) / "tests/lcb/scenarios";

const Json& official() {
  static const Json json =
      parse_json(read_file(kFixtures / "official.json").value_or("{}"), "official.json")
          .value_or(Json::object());
  return json;
}

class BoxedPrediction : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto created = sandbox::create_linux_sandbox({.boxes = 1, .cores = {}});
    if (created) {
      sandbox_ = std::move(*created);
      judge_ = make_prediction_judge(*sandbox_, Languages::built_in());
    } else {
      why_not_ = describe(created.error());
    }
  }
  static void TearDownTestSuite() {
    judge_.reset();
    sandbox_.reset();
  }
  void SetUp() override {
    if (sandbox_ == nullptr) GTEST_SKIP() << "no box here: " << why_not_;
    if (!find_system_program("python3")) GTEST_SKIP() << "python3 is not installed";
  }

  static Judgement judge(const problems::Problem& problem, const std::string& answer) {
    const auto judgement = judge_->judge(problem, Answer{answer}, {});
    if (judgement) return *judgement;
    ADD_FAILURE() << describe(judgement.error());
    return {};
  }

  // Every answer of the fixture to the problems of `file`.
  static void expect_official(const char* file, const char* part) {
    const auto suite = problems::load_suite((kFixtures / file).string(), {});
    ASSERT_TRUE(suite) << describe(suite.error());
    int compared = 0;
    for (const Json& entry : official()[part]) {
      const std::string id = suite->name + "/" + entry["id"].get<std::string>();
      const auto problem = std::ranges::find(suite->problems, id, &problems::Problem::id);
      ASSERT_NE(problem, suite->problems.end()) << id;
      for (const Json& graded : entry["graded"]) {
        const auto answer = graded[0].get<std::string>();
        const Judgement judgement = judge(*problem, answer);
        const bool is_left_out = judgement.tests.back().run_status == kPredictionNotRun;
        EXPECT_EQ(is_left_out, graded[1].is_null()) << id << ": " << answer;
        EXPECT_EQ(judgement.verdict == Verdict::AC, graded[1] == Json(true))
            << id << ": " << answer;
        EXPECT_NE(judgement.verdict, Verdict::JE) << id << ": " << judgement.detail;
        ++compared;
      }
    }
    EXPECT_GE(compared, 30);
  }

  static problems::Problem execution(const std::string& code, const std::string& input,
                                     const std::string& output) {
    return *problems::read_livecodebench_prediction(
        to_json_line({{"id", "sample_0"}, {"code", code}, {"input", input}, {"output", output}}),
        "row");
  }

  static inline std::unique_ptr<sandbox::Sandbox> sandbox_;
  static inline std::unique_ptr<Judge> judge_;
  static inline std::string why_not_;
};

TEST_F(BoxedPrediction, OfTestOutputIsGradedAsOfficially) {
  expect_official("test_generation.jsonl", "test_output");
}

TEST_F(BoxedPrediction, OfCodeExecutionIsGradedAsOfficially) {
  expect_official("execution.jsonl", "execution");
}

TEST_F(BoxedPrediction, ThatIsRightWhateverIsExpectedIsWrong) {
  // Officially all of these are right.
  const auto problem = execution("def f(x):\n    return x", "f(x = 6)", "6");
  for (const char* answer :
       {"7 or True", "7 if False else True", "type('A', (), {'__eq__': lambda *a: True})()",
        "__import__('unittest.mock').mock.ANY"}) {
    EXPECT_EQ(judge(problem, answer).verdict, Verdict::WA) << answer;
  }
  EXPECT_EQ(judge(problem, "expected_value").verdict, Verdict::WA);
}

TEST_F(BoxedPrediction, CannotWriteItsOwnVerdict) {
  const auto problem = execution("def f(x):\n    return x", "f(x = 6)", "6");
  for (const char* answer :
       {"__import__('os')._exit(0)", "[__import__('os').write(n, b'AC') for n in range(9)]",
        "__import__('sys')._getframe(4).f_locals", "__import__('atexit').register(print)"}) {
    EXPECT_NE(judge(problem, answer).verdict, Verdict::AC) << answer;
  }
}

TEST_F(BoxedPrediction, ThatNeverEndsIsOverTime) {
  const auto problem = execution("def f(x):\n    return x", "f(x = 6)", "6");
  EXPECT_EQ(judge(problem, "next(filter(None, iter(int, 1)))").verdict, Verdict::TLE);
}

TEST_F(BoxedPrediction, OfARowThatCannotBeRightIsAJudgeError) {
  const auto broken = execution("def f(:", "f(x = 6)", "6");
  EXPECT_EQ(judge(broken, "6").verdict, Verdict::JE);
  const auto incomparable = execution("def f(x):\n    return x", "f(x = 6)", "float('nan')");
  EXPECT_EQ(judge(incomparable, "float('nan')").verdict, Verdict::JE);
}

TEST_F(BoxedPrediction, ThatRepeatsTheCallIsNotRun) {
  const auto problem = execution("def f(x):\n    return x", "f(x = 6)", "6");
  const Judgement judgement = judge(problem, "f(x = 6)");
  EXPECT_EQ(judgement.verdict, Verdict::WA);
  EXPECT_EQ(judgement.tests.back().run_status, kPredictionNotRun);
}

TEST(Prediction, FindsValuesThatAreEqualToNothing) {
  EXPECT_FALSE(has_incomparable("l2[i1;s2:x;]"));
  EXPECT_FALSE(has_incomparable("d1{s1:yn;}"));
  EXPECT_TRUE(has_incomparable("l2[i1;x;]"));
  EXPECT_TRUE(has_incomparable("l1[q"));
}

}  // namespace
}  // namespace eval::judges
