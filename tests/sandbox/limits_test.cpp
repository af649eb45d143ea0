#include "tests/sandbox/sandbox_fixture.h"

namespace eval::sandbox {
namespace {

using std::chrono::milliseconds;

Limits with_cpu(int ms) {
  Limits limits;
  limits.cpu_time = milliseconds(ms);
  return limits;
}

Limits with_memory(Bytes memory) {
  Limits limits;
  limits.memory = memory;
  return limits;
}

TEST_F(SandboxTest, ABusyLoopEndsAtTheCpuLimit) {
  const ExecutionResult result = run(probe({"burn", "30000"}), with_cpu(300));
  EXPECT_EQ(result.status, RunStatus::CpuTimeLimit);
  EXPECT_GT(result.cpu_time, milliseconds(300));
  EXPECT_LT(result.cpu_time, milliseconds(1500));  // how exact it is, the benchmark says
}

TEST_F(SandboxTest, CpuTimeOfChildrenCounts) {
  const ExecutionResult result = run(probe({"burn-children", "100"}), with_cpu(5000));
  EXPECT_EQ(result.status, RunStatus::Exited);
  EXPECT_GE(result.cpu_time, milliseconds(390));
  EXPECT_EQ(run(probe({"burn-children", "200"}), with_cpu(300)).status, RunStatus::CpuTimeLimit);
}

TEST_F(SandboxTest, ASleeperEndsAtTheWallLimit) {
  Limits limits;
  limits.wall_time = milliseconds(200);
  const ExecutionResult result = run(probe({"sleep", "30000"}), limits);
  EXPECT_EQ(result.status, RunStatus::WallTimeLimit);
  EXPECT_GE(result.wall_time, milliseconds(195));
  EXPECT_LT(result.cpu_time, milliseconds(150));
}

TEST_F(SandboxTest, CpuTimeBuysWallTime) {
  Limits limits;
  limits.wall_time = milliseconds(500);
  EXPECT_EQ(run(probe({"burn", "800"}), limits).status, RunStatus::WallTimeLimit);
  limits.wall_per_cpu = 10'000;
  EXPECT_EQ(run(probe({"burn", "800"}), limits).status, RunStatus::Exited);
  limits.wall_per_cpu = 1;
  EXPECT_EQ(run(probe({"sleep", "30000"}), limits).status, RunStatus::WallTimeLimit);
}

TEST_F(SandboxTest, WhoNapsNowAndThenIsNotIdle) {
  Limits limits;
  limits.wall_time = milliseconds(300);
  limits.wall_per_cpu = 1;
  EXPECT_EQ(run(probe({"work-and-nap", "4000"}), limits).status, RunStatus::Exited);
}

TEST_F(SandboxTest, WaitingForAVforkIsIdling) {
  Limits limits;
  limits.wall_time = milliseconds(200);
  limits.wall_per_cpu = 1;
  const ExecutionResult result = run(probe({"vfork-sleep", "30000"}), limits);
  EXPECT_EQ(result.status, RunStatus::WallTimeLimit);
  // A program that waits for a core has 20 times the limit.
  EXPECT_LT(result.wall_time, 10 * limits.wall_time);
}

TEST_F(SandboxTest, AStoppedProgramEndsAtTheWallLimit) {
  Limits limits;
  limits.wall_time = milliseconds(200);
  EXPECT_EQ(run(probe({"stop"}), limits).status, RunStatus::WallTimeLimit);
}

TEST_F(SandboxTest, TheStackIsAsLargeAsTheMemory) {
  Command shell;
  shell.argv = {"/bin/sh", "-c", "ulimit -s"};
  shell.profile = Profile::Managed;
  EXPECT_EQ(run(shell, with_memory(Bytes::mib(96))).standard_output, "98304\n");
}

TEST_F(SandboxTest, TouchingMoreThanTheMemoryLimitIsAMemoryLimit) {
  EXPECT_EQ(run(probe({"touch", "200"}), with_memory(Bytes::mib(64))).status,
            RunStatus::MemoryLimit);
}

TEST_F(SandboxTest, MemoryOfAChildIsAMemoryLimitEvenIfTheParentExitsWell) {
  if (!has_cgroup()) GTEST_SKIP() << "polling may miss a short-lived child";
  EXPECT_EQ(run(probe({"touch-child", "200"}), with_memory(Bytes::mib(64))).status,
            RunStatus::MemoryLimit);
}

TEST_F(SandboxTest, FilesInTheWorkFolderCountAsMemory) {
  Limits limits = with_memory(Bytes::mib(64));
  EXPECT_EQ(run(probe({"write", "/tmp/big", "200"}), limits).status, RunStatus::MemoryLimit);
}

TEST_F(SandboxTest, ThePeakIsWhatWasTouched) {
  const ExecutionResult result = run(probe({"touch", "100"}), with_memory(Bytes::mib(256)));
  ASSERT_TRUE(result.memory_peak);
  EXPECT_GE(*result.memory_peak, Bytes::mib(99));
  EXPECT_LE(*result.memory_peak, Bytes::mib(103));
}

TEST_F(SandboxTest, ThePeakDoesNotRememberTheRunBefore) {
  run(probe({"touch", "150"}));
  const ExecutionResult result = run(probe({"exit", "0"}));
  ASSERT_TRUE(result.memory_peak);
  EXPECT_LE(*result.memory_peak, Bytes::mib(4));
}

TEST_F(SandboxTest, AFloodOfOutputIsCutAndEnded) {
  Limits limits;
  limits.standard_output = Bytes::kib(100);
  const ExecutionResult result = run(probe({"flood"}), limits);
  EXPECT_EQ(result.status, RunStatus::OutputLimit);
  EXPECT_EQ(result.standard_output.size(), Bytes::kib(100).count);
}

TEST_F(SandboxTest, OutputOfExactlyTheLimitIsFine) {
  Limits limits;
  limits.standard_output = Bytes::kib(8);
  const ExecutionResult result = run(probe({"flood", "2"}), limits);
  EXPECT_EQ(result.status, RunStatus::Exited);
  EXPECT_EQ(result.standard_output.size(), Bytes::kib(8).count);
}

TEST_F(SandboxTest, TooMuchOnStandardErrorIsCutButNotEnded) {
  Limits limits;
  limits.standard_error = Bytes::kib(8);
  const ExecutionResult result = run(probe({"flood-error", "1000"}), limits);
  EXPECT_EQ(result.status, RunStatus::Exited);
  EXPECT_TRUE(result.standard_error_cut);
  EXPECT_EQ(result.standard_error.size(), Bytes::kib(8).count);
}

TEST_F(SandboxTest, AFileOverTheFileSizeLimitIsAnOutputLimit) {
  Limits limits;
  limits.file_size = Bytes::mib(2);
  EXPECT_EQ(run(probe({"write", "big", "8"}), limits).status, RunStatus::OutputLimit);
}

TEST_F(SandboxTest, TheWorkFolderHasAQuota) {
  Limits limits;
  limits.work_folder = Bytes::mib(4);
  const ExecutionResult result = run(probe({"write", "big", "8"}), limits);
  EXPECT_EQ(result.standard_output, "No space left on device\n");
}

TEST_F(SandboxTest, InputsDoNotUseUpTheQuota) {
  Limits limits;
  limits.work_folder = Bytes::mib(4);
  Command command = probe({"write", "big", "3"});
  command.files.push_back({"input", {.content = std::string(20 << 20, 'i')}, false});
  EXPECT_EQ(run(command, limits).exit_code, 0);
}

TEST_F(SandboxTest, ProcessesAreLimited) {
  Limits limits;
  limits.processes = 10;
  limits.wall_time = milliseconds(5000);
  EXPECT_EQ(run(probe({"forks"}), limits).standard_output, "9\n");
  EXPECT_EQ(run(probe({"threads"}), limits).standard_output, "9\n");
}

TEST_F(SandboxTest, AForkBombEndsAndLeavesAUsableBox) {
  Limits limits;
  limits.cpu_time = milliseconds(500);
  limits.wall_time = milliseconds(2000);
  const ExecutionResult result = run(probe({"bomb"}), limits);
  EXPECT_TRUE(result.status == RunStatus::CpuTimeLimit ||
              result.status == RunStatus::WallTimeLimit);
  EXPECT_EQ(run(probe({"forks"})).standard_output, "63\n");
}

}  // namespace
}  // namespace eval::sandbox
