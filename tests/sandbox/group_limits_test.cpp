// Limits of programs that run together: each has its own, and waiting for each other is noticed.
#include "tests/sandbox/group_fixture.h"

namespace eval::sandbox {
namespace {

using std::chrono::milliseconds;

GroupOptions quick_deadlock() {
  GroupOptions options;
  options.deadlock_after = milliseconds(300);
  return options;
}

TEST_F(GroupTest, OneByteTooManyInAChannelIsTheWritersOutputLimit) {
  Channel channel{{0, {}}, {1, {}}};
  channel.bytes_max = Bytes::kib(8);
  const GroupResult fits = run_group({member({"flood", "2"}), member({"count"})}, {channel});
  expect_exit(fits.runs[0], 0);
  EXPECT_EQ(fits.runs[1].standard_error, "8192\n");
  channel.bytes_max = Bytes{8191};
  const GroupResult over = run_group({member({"flood", "2"}), member({"count"})}, {channel});
  EXPECT_EQ(over.runs[0].status, RunStatus::OutputLimit);
  expect_exit(over.runs[1], 0);
  EXPECT_EQ(over.runs[1].standard_error, "8191\n");
  EXPECT_EQ(over.channels[0].transferred, Bytes{8192});
}

TEST_F(GroupTest, AFloodIntoAChannelEndsTheWriterAndWhoNeedsIt) {
  Channel channel{{0, {}}, {1, {}}};
  channel.bytes_max = Bytes::kib(100);
  GroupMember writer = member({"flood"});
  writer.others_go_on_after = 0;
  const GroupResult result = run_group({writer, member({"sleep", "15000"})}, {channel});
  EXPECT_EQ(result.runs[0].status, RunStatus::OutputLimit);
  EXPECT_EQ(result.runs[1].status, RunStatus::GroupEnded);
}

TEST_F(GroupTest, ProgramsThatAllWaitAreADeadlock) {
  const GroupResult result =
      run_group({member({"answer"}), member({"answer"})}, joined(), quick_deadlock());
  EXPECT_EQ(result.runs[0].status, RunStatus::Deadlock);
  EXPECT_EQ(result.runs[1].status, RunStatus::Deadlock);
}

TEST_F(GroupTest, AWaitInTheOpenOfAFifoCanBeADeadlockToo) {
  const std::vector<Channel> channels = {{{0, "to0"}, {1, "in"}}, {{1, {}}, {0, {}}}};
  const GroupResult result =
      run_group({member({"answer"}), member({"answer-fifos", "0"})}, channels, quick_deadlock());
  EXPECT_EQ(result.runs[0].status, RunStatus::Deadlock);
  EXPECT_EQ(result.runs[1].status, RunStatus::Deadlock);
}

// The end of the one that dies first must not reach the other, which would then end by itself.
TEST_F(GroupTest, ADeadlockIsOneForEveryProgramEveryTime) {
  GroupOptions options;
  options.deadlock_after = milliseconds(30);
  for (int i = 0; i < 20; ++i) {
    const GroupResult result =
        run_group({member({"answer"}), member({"answer"})}, joined(), options);
    EXPECT_EQ(result.runs[0].status, RunStatus::Deadlock);
    EXPECT_EQ(result.runs[1].status, RunStatus::Deadlock);
  }
}

TEST_F(GroupTest, AProgramThatComputesIsNoDeadlock) {
  Limits limits;
  limits.wall_time = milliseconds(120'000);
  const GroupResult result = run_group(
      {member({"burn", "900"}, limits), member({"answer"}, limits)}, joined(), quick_deadlock());
  expect_exit(result.runs[0], 0);
  expect_exit(result.runs[1], 0);
}

TEST_F(GroupTest, ALoneSleeperIsNoDeadlock) {
  Limits limits;
  limits.wall_time = milliseconds(900);
  const GroupResult result = run_group({member({"sleep", "20000"}, limits), member({"exit", "0"})},
                                       joined(), quick_deadlock());
  EXPECT_EQ(result.runs[0].status, RunStatus::WallTimeLimit);
  // Nor are two that nothing joins.
  const GroupResult apart =
      run_group({member({"sleep", "800"}), member({"sleep", "800"})}, {}, quick_deadlock());
  expect_exit(apart.runs[0], 0);
}

TEST_F(GroupTest, UnreadBytesAreNoDeadlock) {
  const GroupResult result =
      run_group({member({"ask", "1"}), member({"sleep", "900"})}, joined(), quick_deadlock());
  expect_exit(result.runs[0], 4);
  expect_exit(result.runs[1], 0);
}

TEST_F(GroupTest, CpuTimeIsEachProgramsOwn) {
  Limits limits;
  limits.cpu_time = milliseconds(300);
  const GroupResult result =
      run_group({member({"burn", "30000"}, limits), member({"answer"}, limits)}, joined());
  EXPECT_EQ(result.runs[0].status, RunStatus::CpuTimeLimit);
  EXPECT_GT(result.runs[0].cpu_time, milliseconds(300));
  EXPECT_LT(result.runs[0].cpu_time, milliseconds(1500));
  expect_exit(result.runs[1], 0);
  EXPECT_LT(result.runs[1].cpu_time, milliseconds(250));
}

TEST_F(GroupTest, MemoryIsEachProgramsOwn) {
  Limits limits;
  limits.memory = Bytes::mib(64);
  const GroupResult result =
      run_group({member({"touch", "200"}, limits), member({"touch", "40"}, limits)}, {});
  EXPECT_EQ(result.runs[0].status, RunStatus::MemoryLimit);
  expect_exit(result.runs[1], 0);
  ASSERT_TRUE(result.runs[1].memory_peak);
  EXPECT_GE(*result.runs[1].memory_peak, Bytes::mib(39));
  EXPECT_LE(*result.runs[1].memory_peak, Bytes::mib(43));
}

TEST_F(GroupTest, WhoWaitsForAProgramThatComputesHasMoreWallTime) {
  Limits limits;
  limits.wall_time = milliseconds(500);
  const std::vector<Channel> to_the_second = {{{0, {}}, {1, {}}}};
  GroupMember waiting = member({"cat"}, limits);
  Limits patient;
  patient.wall_time = milliseconds(120'000);
  const GroupMember busy = member({"burn", "800"}, patient);
  EXPECT_EQ(run_group({busy, waiting}, to_the_second).runs[1].status, RunStatus::WallTimeLimit);
  waiting.limits.wall_per_cpu = 10'000;
  expect_exit(run_group({busy, waiting}, to_the_second).runs[1], 0);
}

TEST_F(GroupTest, WallTimeIsEachProgramsOwn) {
  Limits limits;
  limits.wall_time = milliseconds(200);
  const GroupResult result =
      run_group({member({"sleep", "30000"}, limits), member({"answer"})}, joined());
  EXPECT_EQ(result.runs[0].status, RunStatus::WallTimeLimit);
  expect_exit(result.runs[1], 0);
}

}  // namespace
}  // namespace eval::sandbox
