#include <gtest/gtest.h>

#include <csignal>

#include "sandbox/run_outcome.h"

namespace eval::sandbox {
namespace {

constexpr int exited(int code) {
  return code << 8;
}
constexpr int killed(int signal_number) {
  return signal_number;
}

ExecutionResult decide(const RunFacts& facts) {
  ExecutionResult result;
  Limits limits;
  limits.cpu_time = std::chrono::milliseconds(1000);
  limits.wall_time = std::chrono::milliseconds(2000);
  decide_status(facts, limits, result);
  return result;
}

TEST(RunOutcome, AnExitIsItsCode) {
  const ExecutionResult result = decide({.wait_status = exited(43)});
  EXPECT_EQ(result.status, RunStatus::Exited);
  EXPECT_EQ(result.exit_code, 43);
}

TEST(RunOutcome, AKillWithoutOomIsASignal) {
  const ExecutionResult result = decide({.wait_status = killed(SIGKILL)});
  EXPECT_EQ(result.status, RunStatus::Signalled);
  EXPECT_EQ(result.signal, SIGKILL);
}

TEST(RunOutcome, AKillBecauseOfOthersCountsOnlyIfItCameFirst) {
  for (const RunStatus status : {RunStatus::GroupEnded, RunStatus::Deadlock}) {
    EXPECT_EQ(decide({.ended_by = status, .wait_status = killed(SIGKILL)}).status, status);
    EXPECT_EQ(decide({.ended_by = status, .wait_status = exited(1)}).status, RunStatus::Exited);
    EXPECT_EQ(decide({.ended_by = status, .wait_status = killed(SIGSEGV)}).status,
              RunStatus::Signalled);
    EXPECT_EQ(decide({.ended_by = status,
                      .wait_status = killed(SIGKILL),
                      .cpu_time = std::chrono::microseconds(1'000'001)})
                  .status,
              RunStatus::CpuTimeLimit);
  }
}

TEST(RunOutcome, AnOomKillIsAMemoryLimitWhateverTheExitCode) {
  EXPECT_EQ(decide({.oom_kills = 1, .wait_status = exited(0)}).status, RunStatus::MemoryLimit);
  EXPECT_EQ(decide({.oom_kills = 1, .wait_status = killed(SIGKILL)}).status,
            RunStatus::MemoryLimit);
}

TEST(RunOutcome, TooMuchCpuIsALimitEvenIfTheProgramEndedFirst) {
  const RunFacts facts{.wait_status = exited(0), .cpu_time = std::chrono::microseconds(1'000'001)};
  EXPECT_EQ(decide(facts).status, RunStatus::CpuTimeLimit);
}

TEST(RunOutcome, ARaisedSigxcpuIsASignalLikeAnyOther) {
  const ExecutionResult result =
      decide({.wait_status = killed(SIGXCPU), .cpu_time = std::chrono::microseconds(2'000)});
  EXPECT_EQ(result.status, RunStatus::Signalled);
  EXPECT_EQ(result.signal, SIGXCPU);
}

TEST(RunOutcome, ExactlyTheCpuLimitIsFine) {
  const RunFacts facts{.wait_status = exited(0), .cpu_time = std::chrono::microseconds(1'000'000)};
  EXPECT_EQ(decide(facts).status, RunStatus::Exited);
}

TEST(RunOutcome, MemoryExplainsTimeAndOutputExplainsMemory) {
  const RunFacts slow{.ended_by = RunStatus::CpuTimeLimit, .oom_kills = 1};
  EXPECT_EQ(decide(slow).status, RunStatus::MemoryLimit);
  const RunFacts flood{.ended_by = RunStatus::OutputLimit, .oom_kills = 1};
  EXPECT_EQ(decide(flood).status, RunStatus::OutputLimit);
}

TEST(RunOutcome, AFileOverItsLimitIsAnOutputLimit) {
  EXPECT_EQ(decide({.wait_status = killed(SIGXFSZ)}).status, RunStatus::OutputLimit);
}

TEST(RunOutcome, ABackstopCpuSignalIsACpuLimit) {
  EXPECT_EQ(
      decide({.wait_status = killed(SIGXCPU), .cpu_time = std::chrono::microseconds(1'000'001)})
          .status,
      RunStatus::CpuTimeLimit);
}

TEST(RunOutcome, ACancelledRunIsCancelledWhateverElseHappened) {
  const RunFacts facts{.ended_by = RunStatus::Cancelled, .oom_kills = 1};
  EXPECT_EQ(decide(facts).status, RunStatus::Cancelled);
}

TEST(RunOutcome, AForbiddenCallIsNamed) {
  const ExecutionResult known = decide({.forbidden_syscall = 101, .wait_status = killed(SIGKILL)});
  EXPECT_EQ(known.status, RunStatus::ForbiddenSyscall);
#if defined(__x86_64__)
  EXPECT_EQ(known.forbidden_syscall, "ptrace");
#endif
  EXPECT_EQ(decide({.wait_status = killed(SIGSYS)}).forbidden_syscall, "foreign architecture");
}

}  // namespace
}  // namespace eval::sandbox
