// The cgroup code against texts and folder trees of other machines, and on this one where possible.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/files.h"
#include "sandbox/cgroup_layout.h"
#include "sandbox/cgroup_leaf.h"
#include "sandbox/proc_files.h"

namespace eval::sandbox {
namespace {

void put(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

std::string get(const fs::path& path) {
  return read_small_file(path).value_or("(missing)");
}

TEST(CgroupMounts, FindsTheOwnGroupOfASystemdSession) {
  const auto mounts = parse_cgroup_mounts(
      "25 30 0:23 / /proc rw - proc proc rw\n"
      "35 24 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n",
      "0::/user.slice/user-1000.slice/run-1.scope\n");
  ASSERT_EQ(mounts.size(), 1u);
  EXPECT_TRUE(mounts[0].controllers.empty());
  EXPECT_EQ(mounts[0].own_group, "/sys/fs/cgroup/user.slice/user-1000.slice/run-1.scope");
}

TEST(CgroupMounts, FindsJointAndSingleControllersOfV1) {
  const auto mounts = parse_cgroup_mounts(
      "36 35 0:31 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
      "37 35 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
      "38 35 0:33 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n",
      "4:memory:/jobs/a:b\n3:cpu,cpuacct:/\n1:name=systemd:/\n");
  ASSERT_EQ(mounts.size(), 2u);
  EXPECT_EQ(mounts[0].controllers, (std::vector<std::string>{"cpu", "cpuacct"}));
  EXPECT_EQ(mounts[0].own_group, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(mounts[1].own_group, "/sys/fs/cgroup/memory/jobs/a:b");
}

TEST(CgroupMounts, AContainerThatMountsItsOwnGroupOnly) {
  const auto mounts = parse_cgroup_mounts(
      "36 35 0:31 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
      "4:memory:/docker/abc/inner\n");
  ASSERT_EQ(mounts.size(), 1u);
  EXPECT_EQ(mounts[0].own_group, "/sys/fs/cgroup/memory/inner");
}

class SimulatedV2 : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("cgroup-test");
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
    leaf_ = folder_->path() / "box0";
    put(leaf_ / "memory.max", "max\n");
    put(leaf_ / "memory.swap.max", "max\n");
    put(leaf_ / "memory.oom.group", "0\n");
    put(leaf_ / "memory.peak", "1048576\n");
    put(leaf_ / "memory.current", "1048576\n");
    put(leaf_ / "memory.stat", "anon 0\nfile 1048576\nshmem 0\n");
    put(leaf_ / "memory.events", "low 0\noom 3\noom_kill 2\noom_group_kill 0\n");
    put(leaf_ / "pids.max", "max\n");
    put(leaf_ / "cpu.stat", "usage_usec 1000\nuser_usec 600\nsystem_usec 400\n");
  }

  CgroupLayout parents() const {
    return {CgroupVersion::V2, folder_->path(), folder_->path(), folder_->path()};
  }

  std::optional<TempDir> folder_;
  fs::path leaf_;
};

TEST_F(SimulatedV2, PrepareWritesEveryLimit) {
  auto leaf = CgroupLeaf::create(parents(), "box0");
  ASSERT_TRUE(leaf) << describe(leaf.error());
  ASSERT_TRUE(leaf->prepare(Bytes::mib(64), 7));
  EXPECT_EQ(get(leaf_ / "memory.max").substr(0, 8), "67108864");
  EXPECT_EQ(get(leaf_ / "memory.swap.max")[0], '0');
  EXPECT_EQ(get(leaf_ / "memory.oom.group")[0], '1');
  EXPECT_EQ(get(leaf_ / "pids.max")[0], '7');
  EXPECT_GE(leaf->directory(), 0);
  EXPECT_TRUE(leaf->attach_files().empty());
}

TEST_F(SimulatedV2, UsageCountsFromPrepare) {
  auto leaf = CgroupLeaf::create(parents(), "box0");
  ASSERT_TRUE(leaf);
  ASSERT_TRUE(leaf->prepare(Bytes::mib(64), 7));
  put(leaf_ / "cpu.stat", "usage_usec 5000\nuser_usec 3600\nsystem_usec 1400\n");
  put(leaf_ / "memory.events", "oom_kill 3\n");
  const auto usage = leaf->usage();
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->cpu.count(), 4000);
  EXPECT_EQ(usage->user.count(), 3000);
  EXPECT_EQ(usage->system.count(), 1000);
  EXPECT_EQ(usage->oom_kills, 1u);
}

TEST_F(SimulatedV2, ThePeakIsWithoutFileCache) {
  auto leaf = CgroupLeaf::create(parents(), "box0");
  ASSERT_TRUE(leaf);
  ASSERT_TRUE(leaf->prepare(Bytes::mib(64), 7));
  put(leaf_ / "memory.peak", "11534336\n");
  put(leaf_ / "memory.stat", "anon 0\nfile 2097152\nshmem 1048576\n");
  const auto peak = leaf->memory_peak();
  ASSERT_TRUE(peak);
  EXPECT_EQ(*peak, Bytes::mib(10));
}

TEST_F(SimulatedV2, AMissingCounterIsAnErrorThatNamesTheFile) {
  auto leaf = CgroupLeaf::create(parents(), "box0");
  ASSERT_TRUE(leaf);
  fs::remove(leaf_ / "memory.events");
  const auto prepared = leaf->prepare(Bytes::mib(64), 7);
  ASSERT_FALSE(prepared);
  EXPECT_NE(prepared.error().where.find("memory.events"), std::string::npos);
}

TEST(CgroupRoots, TwoOfOneProcessHaveNamesOfTheirOwn) {
  const auto folder = TempDir::create("cgroup-test");
  ASSERT_TRUE(folder);
  const CgroupLayout parents{CgroupVersion::V2, folder->path(), folder->path(), folder->path()};
  const auto first = CgroupRoot::create_in(parents);
  const auto second = CgroupRoot::create_in(parents);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->layout().memory, second->layout().memory);
}

TEST(CgroupRoots, AreMadeInEveryHierarchyOrNotAtAll) {
  const auto folder = TempDir::create("cgroup-test");
  ASSERT_TRUE(folder);
  for (const char* name : {"memory", "cpu"}) fs::create_directory(folder->path() / name);
  const auto root =
      CgroupRoot::create_in({CgroupVersion::V1, folder->path() / "memory", folder->path() / "cpu",
                             folder->path() / "no such hierarchy"});
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code, ErrorCode::Infrastructure);
  EXPECT_EQ(root.error().sys_errno, ENOENT);
  EXPECT_TRUE(fs::is_empty(folder->path() / "memory"));
  EXPECT_TRUE(fs::is_empty(folder->path() / "cpu"));
}

TEST(CgroupLeaves, AreMadeInEveryHierarchyOrNotAtAll) {
  const auto folder = TempDir::create("cgroup-test");
  ASSERT_TRUE(folder);
  for (const char* name : {"memory", "cpu"}) fs::create_directory(folder->path() / name);
  const auto leaf =
      CgroupLeaf::create({CgroupVersion::V1, folder->path() / "memory", folder->path() / "cpu",
                          folder->path() / "no such hierarchy"},
                         "box0");
  ASSERT_FALSE(leaf);
  EXPECT_EQ(leaf.error().sys_errno, ENOENT);
  EXPECT_TRUE(fs::is_empty(folder->path() / "memory"));
  EXPECT_TRUE(fs::is_empty(folder->path() / "cpu"));
}

TEST(CgroupRoots, AreRemovedWithTheirOwner) {
  const auto folder = TempDir::create("cgroup-test");
  ASSERT_TRUE(folder);
  const CgroupLayout parents{CgroupVersion::V1, folder->path(), folder->path(), folder->path()};
  ASSERT_TRUE(CgroupRoot::create_in(parents));
  EXPECT_TRUE(fs::is_empty(folder->path()));
}

TEST(CgroupRoots, WhatADeadProcessOfAnotherSessionLeftIsClearedToo) {
  const auto folder = TempDir::create("cgroup-test");
  ASSERT_TRUE(folder);
  const fs::path dead =
      folder->path() / "session-1" / ("evalctl-" + std::to_string(pid_namespace_id()) + "-1-1-0");
  fs::create_directories(dead / "box0");
  fs::create_directories(folder->path() / "session-2");
  clear_stale_groups(folder->path() / "session-2");
  EXPECT_FALSE(fs::exists(dead));
}

TEST(CgroupRoots, WhatADeadProcessLeftIsClearedAndWhatLivesStays) {
  const auto folder = TempDir::create("cgroup-test");
  ASSERT_TRUE(folder);
  const std::string space = std::to_string(pid_namespace_id());
  const std::string alive = std::to_string(getpid());
  const std::string started = std::to_string(process_start_time(getpid()));
  const fs::path dead = folder->path() / ("evalctl-" + space + "-" + alive + "-1-0");
  const fs::path living =
      folder->path() / ("evalctl-" + space + "-" + alive + "-" + started + "-0");
  const fs::path foreign = folder->path() / ("evalctl-1-" + alive + "-1-0");
  const fs::path other = folder->path() / "session.scope";
  for (const fs::path& path : {dead, living, foreign, other}) fs::create_directories(path / "box0");
  clear_stale_groups(folder->path());
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(living));
  EXPECT_TRUE(fs::exists(foreign));
  EXPECT_TRUE(fs::exists(other));
}

}  // namespace
}  // namespace eval::sandbox
