#include "sandbox/cpu_layout.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace eval::sandbox {
namespace {

using Cpus = std::vector<int>;

// A folder in the form of /sys/devices/system/cpu.
class CpuFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("cpu_layout_test." + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void add(int cpu, const std::string& siblings) {
    const fs::path own = folder_ / ("cpu" + std::to_string(cpu));
    fs::create_directories(own / "topology");
    std::ofstream(own / "topology/thread_siblings_list") << siblings << "\n";
    if (cpu > 0) std::ofstream(own / "online") << "1\n";
  }
  // The kernel removes the topology of a CPU that it takes offline.
  void take_offline(int cpu) {
    const fs::path own = folder_ / ("cpu" + std::to_string(cpu));
    fs::remove_all(own / "topology");
    std::ofstream(own / "online") << "0\n";
  }

  fs::path folder_;
};

TEST(CpuList, IsWhatTheKernelWrites) {
  EXPECT_EQ(parse_cpu_list("0"), (Cpus{0}));
  EXPECT_EQ(parse_cpu_list("0-3,8"), (Cpus{0, 1, 2, 3, 8}));
  EXPECT_EQ(parse_cpu_list("5,0-1\n"), (Cpus{0, 1, 5}));
  EXPECT_EQ(parse_cpu_list(""), Cpus{});
  EXPECT_EQ(parse_cpu_list("x,2,1-y,0-4000000000"), (Cpus{2}));
}

TEST_F(CpuFolder, WithoutSiblingsEveryCpuIsACore) {
  add(0, "0");
  add(1, "1");
  EXPECT_EQ(read_cores(folder_, {0, 1}), (std::vector<PhysicalCore>{{{0}}, {{1}}}));
}

TEST_F(CpuFolder, SiblingsAreOneCoreInBothNumberings) {
  for (int cpu = 0; cpu < 4; ++cpu) {  // as on most servers: the second half repeats the first
    add(cpu, std::to_string(cpu % 2) + "," + std::to_string(cpu % 2 + 2));
  }
  EXPECT_EQ(read_cores(folder_, {0, 1, 2, 3}), (std::vector<PhysicalCore>{{{0, 2}}, {{1, 3}}}));
  for (int cpu = 0; cpu < 4; ++cpu) {  // as on laptops: siblings beside each other
    add(cpu, std::to_string(cpu / 2 * 2) + "-" + std::to_string(cpu / 2 * 2 + 1));
  }
  EXPECT_EQ(read_cores(folder_, {0, 1, 2, 3}), (std::vector<PhysicalCore>{{{0, 1}}, {{2, 3}}}));
}

TEST_F(CpuFolder, ACpusetMayHoldOnlyOneOfTwoSiblings) {
  for (int cpu = 0; cpu < 4; ++cpu) {
    add(cpu, std::to_string(cpu % 2) + "," + std::to_string(cpu % 2 + 2));
  }
  EXPECT_EQ(read_cores(folder_, {1, 2, 3}), (std::vector<PhysicalCore>{{{1, 3}}, {{2}}}));
  EXPECT_EQ(read_cores(folder_, {3}), (std::vector<PhysicalCore>{{{3}}}));
}

TEST_F(CpuFolder, OfflineCpusAreNotThere) {
  add(0, "0");  // its sibling 2 is offline, so the list has only itself
  add(1, "1,3");
  add(2, "0,2");
  add(3, "1,3");
  take_offline(2);
  EXPECT_EQ(read_cores(folder_, {0, 1, 2, 3}), (std::vector<PhysicalCore>{{{0}}, {{1, 3}}}));
}

TEST_F(CpuFolder, WithoutAnyInformationEveryAllowedCpuIsACore) {
  EXPECT_EQ(read_cores(folder_ / "missing", {4, 5}), (std::vector<PhysicalCore>{{{4}}, {{5}}}));
}

TEST(Cores, OfThisMachineAreNotEmptyAndDisjoint) {
  const std::vector<PhysicalCore> cores = machine_cores();
  ASSERT_FALSE(cores.empty());
  std::size_t cpus = 0;
  for (const PhysicalCore& core : cores) cpus += core.cpus.size();
  EXPECT_LE(cpus, allowed_cpus().size());
}

TEST(Cores, AreDescribed) {
  EXPECT_EQ(describe_cores({{{0, 2}}, {{1, 3}}}), "2 physical cores, CPUs 0+2 1+3");
  EXPECT_EQ(describe_cores({{{7}}}), "1 physical core, CPUs 7");
}

// Numbers of no machine, so that nobody else claims them; different in every process.
std::vector<PhysicalCore> made_up_cores() {
  const int base = 1'000'000 + getpid() * 10;
  return {{{base, base + 1}}, {{base + 2, base + 3}}};
}

TEST(CorePlan, GivesEachWorkerAPhysicalCore) {
  const auto cores = made_up_cores();
  const CorePlan plan = CorePlan::make(cores, 2);
  EXPECT_EQ(plan.cpus(), (Cpus{cores[0].cpus[0], cores[1].cpus[0]}));
  EXPECT_EQ(plan.warning(), "");
}

TEST(CorePlan, PinsNobodyIfThereAreMoreWorkersThanCores) {
  const CorePlan plan = CorePlan::make(made_up_cores(), 3);
  EXPECT_EQ(plan.cpus(), Cpus{});
  EXPECT_NE(plan.warning().find("3 workers share 2 physical cores"), std::string::npos);
  EXPECT_EQ(CorePlan::make(made_up_cores(), 2).cpus().size(), 2U);  // nothing stayed claimed
}

TEST(CorePlan, TwoAtOnceHaveDifferentCores) {
  const auto cores = made_up_cores();
  {
    const CorePlan first = CorePlan::make(cores, 1);
    const CorePlan second = CorePlan::make(cores, 1);
    EXPECT_EQ(first.cpus(), (Cpus{cores[0].cpus[0]}));
    EXPECT_EQ(second.cpus(), (Cpus{cores[1].cpus[0]}));
    const CorePlan third = CorePlan::make(cores, 1);
    EXPECT_EQ(third.cpus(), Cpus{});
    EXPECT_NE(third.warning().find("2 of 2 physical cores"), std::string::npos);
  }
  EXPECT_EQ(CorePlan::make(cores, 2).cpus().size(), 2U);
}

}  // namespace
}  // namespace eval::sandbox
