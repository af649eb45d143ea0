// The kernel refuses this process a cgroup or a memory file. The refusal is real: a system call filter on
// one thread, so that what works again afterwards is seen on another.
#include <seccomp.h>

#include <cerrno>
#include <optional>
#include <thread>

#include "tests/sandbox/group_fixture.h"
#include "tests/sandbox/leftovers.h"

namespace eval::sandbox {
namespace {

class ShortageTest : public GroupTest {
 protected:
  void SetUp() override {
    GroupTest::SetUp();
    if (sandbox_ == nullptr || IsSkipped()) return;
    // Whatever a first run makes is there.
    run(probe({"exit", "0"}));
  }

  // Does `work` on a thread where these calls fail with `error`.
  template <class Work>
  static void without(std::vector<int> calls, int error, Work work) {
    std::thread([&] {
      const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
      for (const int call : calls) {
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)), call, 0);
      }
      const bool loaded = seccomp_load(filter) == 0;
      seccomp_release(filter);
      ASSERT_TRUE(loaded);
      work();
    }).join();
  }
  template <class Work>
  static void without_cgroups(Work work) {
    without({SCMP_SYS(mkdir), SCMP_SYS(mkdirat)}, ENOSPC, work);
  }
  template <class Work>
  static void without_memory_files(Work work) {
    without({SCMP_SYS(memfd_create)}, ENOMEM, work);
  }

  template <class Outcome>
  static void expect_ours(const Outcome& outcome, int error) {
    ASSERT_FALSE(outcome) << "nothing was refused";
    EXPECT_EQ(outcome.error().code, ErrorCode::Infrastructure) << describe(outcome.error());
    EXPECT_EQ(outcome.error().sys_errno, error) << describe(outcome.error());
  }
};

TEST_F(ShortageTest, WithoutACgroupASandboxStandsLowerAndSaysSoOrIsRefused) {
  if (!has_cgroup()) GTEST_SKIP() << "no cgroups here";
  const Leftovers before = count_leftovers();
  without_cgroups([] {
    const auto lower = create_linux_sandbox({});
    ASSERT_TRUE(lower) << describe(lower.error());
    EXPECT_NE((*lower)->isolation().find("rlimits"), std::string::npos) << (*lower)->isolation();
    const auto refused = create_linux_sandbox({.floor = IsolationFloor::Cgroup});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Unsupported);
    EXPECT_NE(refused.error().what.find("cannot make a cgroup"), std::string::npos)
        << refused.error().what;
  });
  EXPECT_TRUE(count_when_settled(before).same_counts(before)) << to_string(count_leftovers());
}

TEST_F(ShortageTest, WithoutACgroupForASecondProgramAGroupIsAnErrorAndTheNextRuns) {
  if (!has_cgroup()) GTEST_SKIP() << "no cgroups here";
  const Leftovers before = count_leftovers();
  const std::vector<GroupMember> two = {member({"exit", "3"}), member({"exit", "4"})};
  without_cgroups([&] { expect_ours(sandbox_->run_group(two, joined(), {}, {}), ENOSPC); });
  EXPECT_TRUE(count_when_settled(before).same_counts(before)) << to_string(count_leftovers());
  const GroupResult next = run_group(two, joined());
  expect_exit(next.runs[0], 3);
  expect_exit(next.runs[1], 4);
  expect_exit(run(probe({"exit", "5"})), 5);
}

// The group that counts processes is made anew after a run that had more than one.
TEST_F(ShortageTest, ACgroupThatCannotBeMadeAgainIsAnErrorOnceAndNotForEver) {
  if (!has_cgroup()) GTEST_SKIP() << "no cgroups here";
  run(probe({"forks"}));
  bool refused = false;
  without_cgroups([&] {
    const auto failed = sandbox_->run(probe({"exit", "5"}), {}, {});
    refused = !failed;
    if (refused) expect_ours(failed, ENOSPC);
  });
  if (!refused) GTEST_SKIP() << "this kernel counts processes in a group that stays";
  expect_exit(run(probe({"exit", "5"})), 5);
  EXPECT_EQ(run(probe({"exit", "5"})).processes_peak, 1);
}

TEST_F(ShortageTest, WithoutMemoryFilesNoSandboxIsMade) {
  const Leftovers before = count_leftovers();
  without_memory_files([] { expect_ours(create_linux_sandbox({}), ENOMEM); });
  EXPECT_TRUE(count_when_settled(before).same_counts(before)) << to_string(count_leftovers());
}

TEST_F(ShortageTest, WithoutAMemoryFileForItsInputARunIsAnErrorAndTheNextWorks) {
  const Leftovers before = count_leftovers();
  without_memory_files([&] { expect_ours(sandbox_->run(probe({"exit", "5"}), {}, {}), ENOMEM); });
  expect_exit(run(probe({"exit", "5"})), 5);
  EXPECT_TRUE(count_when_settled(before).same_counts(before)) << to_string(count_leftovers());
}

TEST_F(ShortageTest, WithoutAMemoryFileForItsProgramARunIsAnErrorAndTheNextWorks) {
  // A program that this sandbox has not seen.
  const auto folder = TempDir::create("shortage-test");
  ASSERT_TRUE(folder);
  const fs::path program = folder->path() / "probe";
  fs::copy_file(EVAL_PROBE_PROGRAM, program);
  Command command = probe({"exit", "5"});
  command.files = {{"probe", {.host_path = program}, true}};
  without_memory_files([&] { expect_ours(sandbox_->run(command, {}, {}), ENOMEM); });
  expect_exit(run(command), 5);
}

}  // namespace
}  // namespace eval::sandbox
