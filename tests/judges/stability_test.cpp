#include "judges/steps/stability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sandbox/sandbox.h"

namespace eval::judges {
namespace {

using sandbox::RunStatus;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr milliseconds kLimit{1000};

TestLimits limits(bool is_timed_once = true) {
  return {kLimit, milliseconds(12'000), Bytes::mib(100), is_timed_once};
}

TestRun ran(Verdict verdict, int cpu_ms, RunStatus status = RunStatus::Exited) {
  TestRun run;
  run.result.testcase = "secret/1";
  run.result.verdict = verdict;
  run.result.cpu_time = milliseconds(cpu_ms);
  run.result.wall_time = milliseconds(cpu_ms);
  run.result.run_status = sandbox::run_status_name(status);
  run.result.memory_peak = Bytes::mib(1);
  return run;
}

TestRun killed(int cpu_ms) {
  return ran(Verdict::TLE, cpu_ms, RunStatus::CpuTimeLimit);
}

// Answers one run after the other, and keeps how each was asked for.
class RunStably : public ::testing::Test {
 protected:
  TestRun stably(std::vector<TestRun> runs, const StabilityRules& rules = {},
                 const TestLimits& under = limits()) {
    terms_.clear();
    auto result = run_stably(rules, under, [&](const RunTerms& terms) -> Result<TestRun> {
      EXPECT_LT(terms_.size(), runs.size()) << "a run too many";
      terms_.push_back(terms);
      return runs[std::min(terms_.size(), runs.size()) - 1];
    });
    EXPECT_EQ(terms_.size(), runs.size());
    return result ? *result : TestRun{};
  }
  std::vector<RunTerms> terms_;
};

TEST_F(RunStably, IsClearFarFromTheLimit) {
  const TestRun run = stably({ran(Verdict::AC, 500)});
  EXPECT_EQ(run.result.verdict, Verdict::AC);
  EXPECT_EQ(run.result.stability, Stability::Clear);
  EXPECT_THAT(run.result.cpu_times, IsEmpty());
  EXPECT_FALSE(terms_[0].alone);
  EXPECT_EQ(terms_[0].cpu_time, milliseconds(1500));
}

TEST_F(RunStably, MarksWhatEndedWithinTheLimitButNearIt) {
  EXPECT_EQ(stably({ran(Verdict::AC, 799)}).result.stability, Stability::Clear);
  EXPECT_EQ(stably({ran(Verdict::AC, 800)}).result.stability, Stability::NearLimit);
  EXPECT_EQ(stably({ran(Verdict::WA, 1000)}).result.stability, Stability::NearLimit);
  EXPECT_EQ(stably({ran(Verdict::WA, 1000)}).result.verdict, Verdict::WA);
}

TEST_F(RunStably, MarksMemoryNearItsLimit) {
  TestRun run = ran(Verdict::AC, 10);
  run.result.memory_peak = Bytes::mib(80);
  EXPECT_EQ(stably({run}).result.stability, Stability::NearLimit);
  run.result.verdict = Verdict::MLE;
  run.result.memory_peak = Bytes::mib(100);
  EXPECT_EQ(stably({run}).result.stability, Stability::Clear);
}

TEST_F(RunStably, CallsWhatWasKilledBeyondTheBandClear) {
  const TestRun run = stably({killed(1502)});
  EXPECT_EQ(run.result.verdict, Verdict::TLE);
  EXPECT_EQ(run.result.stability, Stability::Clear);
  EXPECT_EQ(run.result.untimed_verdict, std::nullopt);
}

TEST_F(RunStably, RunsANearMissAgainAloneUntilOneIsInTime) {
  const TestRun run =
      stably({ran(Verdict::AC, 1100), ran(Verdict::AC, 1050), ran(Verdict::AC, 900)});
  EXPECT_EQ(run.result.verdict, Verdict::AC);
  EXPECT_EQ(run.result.stability, Stability::ReRun);
  EXPECT_EQ(run.result.cpu_time, milliseconds(900));
  EXPECT_THAT(run.result.cpu_times,
              ElementsAre(milliseconds(1100), milliseconds(1050), milliseconds(900)));
  EXPECT_EQ(run.result.untimed_verdict, std::nullopt);
  EXPECT_FALSE(terms_[0].alone);
  EXPECT_TRUE(terms_[1].alone);
  EXPECT_TRUE(terms_[2].alone);
  EXPECT_EQ(stability_text(run.result, kLimit), "re-run 1/2");
}

TEST_F(RunStably, IsTleOnlyIfEveryRunWasOverTheLimit) {
  const TestRun run = stably({ran(Verdict::AC, 1200), ran(Verdict::AC, 1100),
                              ran(Verdict::WA, 1001), ran(Verdict::AC, 1300)});
  EXPECT_EQ(run.result.verdict, Verdict::TLE);
  EXPECT_EQ(run.result.cpu_time, milliseconds(1001));
  EXPECT_EQ(run.result.untimed_verdict, Verdict::WA);
  EXPECT_EQ(run.result.cpu_times.size(), 4U);
  EXPECT_EQ(stability_text(run.result, kLimit), "re-run 0/3");
}

TEST_F(RunStably, TakesTheVerdictOfTheRunThatWasInTime) {
  EXPECT_EQ(stably({ran(Verdict::AC, 1100), ran(Verdict::WA, 700)}).result.verdict, Verdict::WA);
}

TEST_F(RunStably, CallsAProgramOverItsLimitTleWhateverCameLater) {
  for (const Verdict verdict :
       {Verdict::AC, Verdict::PC, Verdict::WA, Verdict::RE, Verdict::MLE, Verdict::OLE}) {
    const TestRun run = stably({ran(verdict, 1100)}, {.reruns_max = 0});
    EXPECT_EQ(run.result.verdict, Verdict::TLE);
    EXPECT_EQ(run.result.untimed_verdict, verdict);
    EXPECT_EQ(run.result.stability, Stability::NearLimit);
    EXPECT_EQ(run.result.points, std::nullopt);
  }
  EXPECT_EQ(stably({ran(Verdict::JE, 1100)}, {.reruns_max = 0}).result.untimed_verdict,
            std::nullopt);
}

TEST_F(RunStably, KillsAtTheLimitWhereNothingIsRunAgain) {
  stably({ran(Verdict::AC, 10)}, {.reruns_max = 0});
  EXPECT_EQ(terms_[0].cpu_time, kLimit);
}

TEST_F(RunStably, DoesNotRunAProgramAgainThatIdled) {
  TestRun idle = ran(Verdict::TLE, 5, RunStatus::WallTimeLimit);
  idle.result.wall_time = milliseconds(12'000);
  EXPECT_EQ(stably({idle}).result.stability, Stability::Clear);
  EXPECT_EQ(stably({ran(Verdict::TLE, 5, RunStatus::Deadlock)}).result.verdict, Verdict::TLE);
}

TEST_F(RunStably, KillsSeveralPassesAtTheLimitAndRunsThemAgainWhateverTheirSum) {
  TestRun sum = ran(Verdict::AC, 1800);  // two passes
  EXPECT_EQ(stably({sum}, {}, limits(false)).result.verdict, Verdict::AC);
  EXPECT_EQ(stably({sum}, {}, limits(false)).result.stability, Stability::Clear);
  EXPECT_EQ(terms_[0].cpu_time, kLimit);
  sum.slowest_cpu = milliseconds(950);
  EXPECT_EQ(stably({sum}, {}, limits(false)).result.stability, Stability::NearLimit);
  EXPECT_EQ(stably({killed(1001), sum}, {}, limits(false)).result.verdict, Verdict::AC);
}

TEST_F(RunStably, PassesAFailureOfTheBoxOn) {
  const auto failed = run_stably({}, limits(), [](const RunTerms& terms) -> Result<TestRun> {
    if (terms.alone) return fail(ErrorCode::Infrastructure, "no box");
    return ran(Verdict::AC, 1100);
  });
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, ErrorCode::Infrastructure);
}

std::optional<TestRun> under(const TestResult& earlier, int limit_ms, bool plain = true) {
  TestLimits now = limits();
  now.cpu_time = milliseconds(limit_ms);
  return recall(earlier, {}, now, plain);
}

TestResult near_miss(Verdict untimed) {
  TestResult result = ran(Verdict::TLE, 1200).result;
  result.untimed_verdict = untimed;
  result.cpu_times.assign(4, milliseconds(1200));
  result.stability = Stability::ReRun;
  return result;
}

TEST(Recall, AnswersAHigherLimitFromTheTimeOfAProgramThatEnded) {
  const auto run = under(near_miss(Verdict::AC), 1500);
  ASSERT_TRUE(run.has_value());
  EXPECT_EQ(run->result.verdict, Verdict::AC);
  EXPECT_EQ(run->result.untimed_verdict, std::nullopt);
  EXPECT_EQ(run->result.cpu_times.size(), 4U);
  EXPECT_EQ(under(near_miss(Verdict::WA), 1500)->result.verdict, Verdict::WA);
}

TEST(Recall, AnswersTheSameLimitWithTheSameVerdict) {
  EXPECT_EQ(under(near_miss(Verdict::AC), 1000)->result, near_miss(Verdict::AC));
  const TestResult fast = ran(Verdict::RE, 10).result;
  EXPECT_EQ(under(fast, 1000)->result, fast);
}

TEST(Recall, CannotSayWhatAKilledProgramHadDone) {
  EXPECT_FALSE(under(killed(1502).result, 2000).has_value());
  EXPECT_FALSE(under(killed(1502).result, 1100).has_value());
  EXPECT_EQ(under(killed(1502).result, 1001)->result.verdict, Verdict::TLE);
}

TEST(Recall, AnswersALowerLimitOnlyWhereItIsMissedByFar) {
  EXPECT_EQ(under(ran(Verdict::AC, 900).result, 500)->result.verdict, Verdict::TLE);
  EXPECT_EQ(under(ran(Verdict::AC, 900).result, 500)->result.untimed_verdict, Verdict::AC);
  EXPECT_FALSE(under(ran(Verdict::AC, 900).result, 800).has_value());
  EXPECT_EQ(under(ran(Verdict::AC, 900).result, 1000)->result.stability, Stability::NearLimit);
  EXPECT_EQ(under(ran(Verdict::AC, 900).result, 2000)->result.stability, Stability::Clear);
}

TEST(Recall, DoesNotTakeRunsAgainThatEndedEarlyForEnoughUnderALowerLimit) {
  TestResult result = ran(Verdict::AC, 950).result;
  result.cpu_times = {milliseconds(1100), milliseconds(950)};
  result.stability = Stability::ReRun;
  EXPECT_FALSE(under(result, 900).has_value());
  EXPECT_TRUE(under(result, 1000).has_value());
}

TEST(Recall, LeavesToARunWhatTimesDoNotDecide) {
  EXPECT_FALSE(under(ran(Verdict::TLE, 5, RunStatus::WallTimeLimit).result, 2000).has_value());
  EXPECT_FALSE(under(ran(Verdict::JE, 5).result, 1000).has_value());
  EXPECT_FALSE(under(ran(Verdict::AC, 5).result, 1000, false).has_value());
  TestResult idle = ran(Verdict::AC, 5).result;
  idle.wall_time = milliseconds(12'001);
  EXPECT_FALSE(under(idle, 1000).has_value());
  EXPECT_FALSE(recall(ran(Verdict::AC, 5).result, {}, limits(false), true).has_value());
}

}  // namespace
}  // namespace eval::judges
