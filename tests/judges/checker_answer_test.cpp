#include "judges/steps/checker_answer.h"

#include <gtest/gtest.h>

#include "tests/support/fake_sandbox.h"

namespace eval::judges {
namespace {

using sandbox::ExecutionResult;
using sandbox::RunStatus;
using tests::exited;

AnswerRules with_score(bool required = false) {
  AnswerRules rules;
  rules.gives_score = true;
  rules.score_is_required = required;
  return rules;
}

ExecutionResult ended(int exit_code, std::string output, std::string error) {
  ExecutionResult run = exited(exit_code, std::move(output));
  run.standard_error = std::move(error);
  return run;
}

ExecutionResult ended(RunStatus status) {
  ExecutionResult run = ended(0, "half a line", "last words");
  run.status = status;
  run.signal = status == RunStatus::Signalled ? 11 : 0;
  return run;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(KattisAnswer, MapsItsTwoExitCodes) {
  EXPECT_EQ(kattis_answer(exited(42), {}, {}).verdict, Verdict::AC);
  EXPECT_EQ(kattis_answer(exited(43), {}, {}).verdict, Verdict::WA);
}

TEST(KattisAnswer, TakesTheMessageForTheJudgeFirst) {
  const Feedback both = {{"judgemessage.txt", "for the judge\n"}, {"teammessage.txt", "team"}};
  EXPECT_EQ(kattis_answer(exited(43), both, {}).message, "for the judge");
  EXPECT_EQ(kattis_answer(exited(43), {{"teammessage.txt", "team"}}, {}).message, "team");
  EXPECT_EQ(kattis_answer(ended(43, "", "standard error\n"), {}, {}).message, "standard error");
}

TEST(KattisAnswer, ReadsScoresWhereTheProblemHasThem) {
  const Feedback score = {{"score.txt", "12.5\n"}};
  EXPECT_EQ(kattis_answer(exited(42), score, with_score()).points, 12.5);
  EXPECT_EQ(kattis_answer(exited(42), score, {}).points, std::nullopt);
  EXPECT_EQ(kattis_answer(exited(42), {{"score_multiplier.txt", "0.5"}}, with_score()).fraction,
            0.5);
  EXPECT_EQ(kattis_answer(exited(43), score, with_score()).points, std::nullopt);
}

TEST(KattisAnswer, CallsAnUnreadableOrMissingScoreAJudgeError) {
  EXPECT_EQ(kattis_answer(exited(42), {{"score.txt", "many"}}, with_score()).verdict, Verdict::JE);
  EXPECT_EQ(kattis_answer(exited(42), {{"score.txt", "nan"}}, with_score()).verdict, Verdict::JE);
  EXPECT_EQ(kattis_answer(exited(42), {{"score_multiplier.txt", "2"}}, with_score()).verdict,
            Verdict::JE);
  EXPECT_EQ(kattis_answer(exited(42), {}, with_score(true)).verdict, Verdict::JE);
  EXPECT_EQ(kattis_answer(exited(42), {}, with_score(false)).verdict, Verdict::AC);
}

TEST(KattisAnswer, NeedsNoScoreBeforeTheLastPass) {
  const CheckOutcome outcome =
      kattis_answer(exited(42), {{"nextpass.in", "1"}, {"state", "x"}}, with_score(true));
  EXPECT_EQ(outcome.verdict, Verdict::AC);
  EXPECT_EQ(outcome.feedback.at("state"), "x");
}

TEST(KattisAnswer, CallsARejectionThatAsksForAnotherPassAJudgeError) {
  EXPECT_EQ(kattis_answer(exited(43), {{"nextpass.in", "1"}}, {}).verdict, Verdict::JE);
}

TEST(KattisAnswer, CallsEveryOtherEndAJudgeErrorAndKeepsWhatWasSaid) {
  for (const int code : {0, 1, 41, 44, 255}) {
    const CheckOutcome outcome = kattis_answer(ended(code, "printed", "said"), {}, {});
    EXPECT_EQ(outcome.verdict, Verdict::JE) << code;
    EXPECT_TRUE(holds(outcome.message, "printed")) << outcome.message;
    EXPECT_TRUE(holds(outcome.message, "said")) << outcome.message;
  }
  for (const RunStatus status :
       {RunStatus::Signalled, RunStatus::CpuTimeLimit, RunStatus::WallTimeLimit,
        RunStatus::MemoryLimit, RunStatus::OutputLimit, RunStatus::ForbiddenSyscall}) {
    const CheckOutcome outcome = kattis_answer(ended(status), {}, {});
    EXPECT_EQ(outcome.verdict, Verdict::JE) << sandbox::run_status_name(status);
    EXPECT_TRUE(holds(outcome.message, "last words")) << outcome.message;
  }
}

TEST(CmsAnswer, ReadsTheFractionAndTheMessage) {
  const CheckOutcome full = cms_answer(ended(0, "1.0\n", "translate:success\n"), {});
  EXPECT_EQ(full.verdict, Verdict::AC);
  EXPECT_EQ(full.fraction, 1.0);
  EXPECT_EQ(full.message, "Output is correct");
  const CheckOutcome half =
      cms_answer(ended(0, "0.5\nmore\n", "nearly\nADMIN_MESSAGE: x"), with_score());
  EXPECT_EQ(half.verdict, Verdict::PC);
  EXPECT_EQ(half.fraction, 0.5);
  EXPECT_EQ(half.message, "nearly");
  EXPECT_EQ(cms_answer(ended(0, "0\n", "translate:wrong"), {}).verdict, Verdict::WA);
}

TEST(CmsAnswer, CallsAPartWrongWhereTheProblemHasNoPoints) {
  EXPECT_EQ(cms_answer(ended(0, "0.5\n", ""), {}).verdict, Verdict::WA);
}

TEST(CmsAnswer, TakesAnyNumberWhereItCountsSomething) {
  AnswerRules rules = with_score();
  rules.counts_something = true;
  EXPECT_EQ(cms_answer(ended(0, "250\n", ""), rules).fraction, 250);
  EXPECT_EQ(cms_answer(ended(0, "inf\n", ""), rules).verdict, Verdict::JE);
}

TEST(CmsAnswer, CallsAnythingButAFractionAJudgeError) {
  for (const char* printed : {"", "\n1\n", "half", "nan", "inf", "-0.1", "1.5", "1 2"}) {
    EXPECT_EQ(cms_answer(ended(0, printed, "said"), {}).verdict, Verdict::JE) << printed;
  }
  EXPECT_EQ(cms_answer(ended(1, "1.0", ""), {}).verdict, Verdict::JE);
  EXPECT_EQ(cms_answer(ended(RunStatus::Signalled), {}).verdict, Verdict::JE);
}

TEST(TestlibAnswer, MapsItsExitCodes) {
  EXPECT_EQ(testlib_answer(ended(0, "", "ok 3 numbers"), {}).verdict, Verdict::AC);
  for (const int code : {1, 2, 4, 8}) {
    const CheckOutcome outcome = testlib_answer(ended(code, "", "wrong answer 1st"), {});
    EXPECT_EQ(outcome.verdict, Verdict::WA) << code;
    EXPECT_EQ(outcome.message, "wrong answer 1st");
  }
  for (const int code : {3, 5, 6, 9, 15, 117}) {
    EXPECT_EQ(testlib_answer(ended(code, "", "FAIL"), with_score()).verdict, Verdict::JE) << code;
  }
  EXPECT_EQ(testlib_answer(ended(RunStatus::CpuTimeLimit), {}).verdict, Verdict::JE);
}

TEST(TestlibAnswer, ReadsPoints) {
  const CheckOutcome some = testlib_answer(ended(7, "", "points 2.5 not the best"), with_score());
  EXPECT_EQ(some.verdict, Verdict::AC);
  EXPECT_EQ(some.points, 2.5);
  EXPECT_EQ(testlib_answer(ended(7, "", "points 0"), with_score()).verdict, Verdict::WA);
  EXPECT_EQ(testlib_answer(ended(7, "", "points"), with_score()).verdict, Verdict::JE);
  EXPECT_EQ(testlib_answer(ended(7, "", "points_info=x"), with_score()).verdict, Verdict::JE);
  EXPECT_EQ(testlib_answer(ended(7, "", "points 1"), {}).verdict, Verdict::JE);
}

TEST(TestlibAnswer, ReadsPartialCredit) {
  EXPECT_EQ(testlib_answer(ended(16 + 40, "", "partially correct (40)"), with_score()).fraction,
            0.4);
  EXPECT_EQ(testlib_answer(ended(16, "", ""), with_score()).verdict, Verdict::WA);
  EXPECT_EQ(testlib_answer(ended(56, "", ""), {}).verdict, Verdict::JE);
}

TEST(Answers, NameTheirSpeaker) {
  AnswerRules rules;
  rules.speaker = "manager";
  EXPECT_TRUE(holds(cms_answer(ended(1, "", ""), rules).message, "the manager ended"));
}

}  // namespace
}  // namespace eval::judges
