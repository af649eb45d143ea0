#include "judges/steps/verdict_of.h"

#include <gtest/gtest.h>

namespace eval::judges {
namespace {

using sandbox::RunStatus;

constexpr std::chrono::microseconds kLimit{1'000'000};

sandbox::ExecutionResult ended(RunStatus status, int exit_code = 0, int signal = 0) {
  sandbox::ExecutionResult run;
  run.status = status;
  run.exit_code = exit_code;
  run.signal = signal;
  run.cpu_time = std::chrono::milliseconds(10);
  return run;
}

TEST(VerdictOf, LeavesACleanExitToTheChecker) {
  EXPECT_EQ(verdict_of(ended(RunStatus::Exited), kLimit), std::nullopt);
}

TEST(VerdictOf, MapsEachLimitToItsVerdict) {
  EXPECT_EQ(verdict_of(ended(RunStatus::OutputLimit), kLimit), Verdict::OLE);
  EXPECT_EQ(verdict_of(ended(RunStatus::MemoryLimit), kLimit), Verdict::MLE);
  EXPECT_EQ(verdict_of(ended(RunStatus::CpuTimeLimit), kLimit), Verdict::TLE);
  EXPECT_EQ(verdict_of(ended(RunStatus::WallTimeLimit), kLimit), Verdict::TLE);
}

TEST(VerdictOf, CallsSignalsAndForbiddenCallsRunTimeErrors) {
  EXPECT_EQ(verdict_of(ended(RunStatus::Signalled, 0, 9), kLimit), Verdict::RE);
  EXPECT_EQ(verdict_of(ended(RunStatus::ForbiddenSyscall), kLimit), Verdict::RE);
}

TEST(VerdictOf, GivesTheCodesOfCheckersAndShellsNoMeaning) {
  for (const int code : {1, 42, 43, 124, 137, 139}) {
    EXPECT_EQ(verdict_of(ended(RunStatus::Exited, code), kLimit), Verdict::RE) << code;
  }
}

TEST(VerdictOf, CountsTimeOverTheLimitEvenIfTheProgramEndedByItself) {
  sandbox::ExecutionResult run = ended(RunStatus::Exited);
  run.cpu_time = kLimit + std::chrono::microseconds(1);
  EXPECT_EQ(verdict_of(run, kLimit), Verdict::TLE);
  run.cpu_time = kLimit;
  EXPECT_EQ(verdict_of(run, kLimit), std::nullopt);
}

TEST(VerdictOf, PutsTimeBeforeACrashAndOutputBeforeTime) {
  sandbox::ExecutionResult run = ended(RunStatus::Signalled, 0, 11);
  run.cpu_time = 2 * kLimit;
  EXPECT_EQ(verdict_of(run, kLimit), Verdict::TLE);
  run = ended(RunStatus::OutputLimit);
  run.cpu_time = 2 * kLimit;
  EXPECT_EQ(verdict_of(run, kLimit), Verdict::OLE);
}

}  // namespace
}  // namespace eval::judges
