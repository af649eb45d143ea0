// Worked examples: what each instance needs is written down, and what the plan must then say.
#include "judges/swe/environment_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eval::judges::swe {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

PlannedLayer layer(const std::string& id, std::uint64_t gib) {
  return {id, Bytes::gib(gib) /* plain, for easy sums */, Bytes::gib(gib), gib == 0};
}

// An image of its own for each problem: layers of one GiB named by the letters.
PlannedInstance instance(const std::string& problem, const std::string& letters) {
  PlannedInstance made{problem, "image of " + problem};
  for (std::size_t i = 1; i <= letters.size(); ++i) {
    // A layer is what it is on top of those below: the same letters lead to the same layer.
    made.layers.push_back(layer(letters.substr(0, i), 1));
  }
  return made;
}

// Room for everything but what a test is about.
PlanLimits roomy() {
  return {.memory = Bytes::gib(1000),
          .memory_unknown = Bytes::gib(8),
          .cores = 2,
          .disk = Bytes::gib(1000),
          .copy = Bytes{}};
}

TEST(EnvironmentPlan, PutsInstancesThatShareLayersTogether) {
  const std::vector<PlannedInstance> instances = {instance("0", "abc"), instance("1", "xy"),
                                                  instance("2", "ab"), instance("3", "xyz"),
                                                  instance("4", "abd")};
  EXPECT_THAT(plan_environments(instances, roomy()).order, ElementsAre(2, 0, 4, 1, 3));
}

TEST(EnvironmentPlan, BeginsWithWhatIsHere) {
  std::vector<PlannedInstance> instances = {instance("0", "a"), instance("1", "b")};
  instances[1].layers = {layer("b", 0)};
  EXPECT_THAT(plan_environments(instances, roomy()).order, ElementsAre(1, 0));
}

TEST(EnvironmentPlan, KeepsTheGivenOrderWhereNothingIsShared) {
  const std::vector<PlannedInstance> instances = {instance("0", "c"), instance("1", "b"),
                                                  instance("2", "a")};
  EXPECT_THAT(plan_environments(instances, roomy()).order, ElementsAre(0, 1, 2));
}

TEST(EnvironmentPlan, CountsASharedLayerOnce) {
  // a, ab, abc, abd: four layers of 1 GiB; the largest download lies beside them for a while.
  const std::vector<PlannedInstance> instances = {instance("0", "abc"), instance("1", "abd")};
  const EnvironmentPlan plan = plan_environments(instances, roomy());
  EXPECT_EQ(plan.images, 2);
  EXPECT_EQ(plan.download, Bytes::gib(4));
  EXPECT_EQ(plan.disk_all, Bytes::gib(5));
  EXPECT_EQ(plan.disk_peak, plan.disk_all);
  EXPECT_FALSE(plan.prunes);
}

TEST(EnvironmentPlan, RunsAsManyAtOnceAsMemoryAllows) {
  std::vector<PlannedInstance> instances;
  for (int i = 0; i < 8; ++i) instances.push_back({std::to_string(i), ""});
  PlanLimits limits = roomy();
  limits.cores = 8;
  limits.memory = Bytes::gib(20);
  // Nothing is known: each may take its 8 GiB.
  EnvironmentPlan plan = plan_environments(instances, limits);
  EXPECT_EQ(plan.at_once, 2);
  EXPECT_EQ(plan.limited_by, "memory");
  EXPECT_EQ(plan.memory, Bytes::gib(16));
  // One had 8 GiB (10 with a quarter more), the others 2 (2.5): 10 + 4 * 2.5 = 20.
  for (PlannedInstance& one : instances) one.memory = Bytes::gib(2);
  instances[3].memory = Bytes::gib(8);
  plan = plan_environments(instances, limits);
  EXPECT_EQ(plan.at_once, 5);
  EXPECT_EQ(plan.memory, Bytes::gib(20));
}

TEST(EnvironmentPlan, RunsOneEvenWhereMemoryIsShortAndAsManyAsTheUserSays) {
  const std::vector<PlannedInstance> instances(4, PlannedInstance{"p", ""});
  PlanLimits limits = roomy();
  limits.memory = Bytes::gib(1);
  EXPECT_EQ(plan_environments(instances, limits).at_once, 1);
  limits.at_once = 3;
  const EnvironmentPlan plan = plan_environments(instances, limits);
  EXPECT_EQ(plan.at_once, 3);
  EXPECT_EQ(plan.limited_by, "-j");
}

TEST(EnvironmentPlan, NeedsNoMoreAtOnceThanThereAreAttempts) {
  PlannedInstance twice{"p", ""};
  twice.attempts = 2;
  PlanLimits limits = roomy();
  limits.cores = 16;
  const EnvironmentPlan plan = plan_environments({twice}, limits);
  EXPECT_EQ(plan.at_once, 2);
  EXPECT_EQ(plan.limited_by, "instances");
}

TEST(EnvironmentPlan, PrunesBehindUseWhereTheDiskIsShort) {
  // Six images of 1 GiB on one base of 1 GiB: 7, and 1 for a download. In a row of three: 4 and 1.
  std::vector<PlannedInstance> instances;
  for (const char* letters : {"ab", "ac", "ad", "ae", "af", "ag"})
    instances.push_back(instance(letters, letters));
  PlanLimits limits = roomy();
  limits.disk = Bytes::gib(5);
  const EnvironmentPlan plan = plan_environments(instances, limits);
  EXPECT_TRUE(plan.prunes);
  EXPECT_TRUE(plan.fits);
  EXPECT_EQ(plan.at_once, 2);
  EXPECT_EQ(plan.ahead, 1);
  EXPECT_EQ(plan.disk_all, Bytes::gib(8));
  EXPECT_EQ(plan.disk_peak, Bytes::gib(5));
}

TEST(EnvironmentPlan, PullsNoneAheadAndRunsFewerWhereTheDiskIsShorter) {
  std::vector<PlannedInstance> instances;
  for (const char* letters : {"ab", "ac", "ad", "ae"})
    instances.push_back(instance(letters, letters));
  PlanLimits limits = roomy();
  limits.disk = Bytes::gib(4);  // two at once: 3 and 1
  EnvironmentPlan plan = plan_environments(instances, limits);
  EXPECT_EQ(plan.at_once, 2);
  EXPECT_EQ(plan.ahead, 0);
  limits.disk = Bytes::gib(3);  // one: 2 and 1
  plan = plan_environments(instances, limits);
  EXPECT_EQ(plan.at_once, 1);
  EXPECT_EQ(plan.limited_by, "disk");
  EXPECT_TRUE(plan.fits);
  limits.disk = Bytes::gib(2);
  EXPECT_FALSE(plan_environments(instances, limits).fits);
}

TEST(EnvironmentPlan, CountsWhatWorkingCopiesWrite) {
  PlanLimits limits = roomy();
  limits.copy = Bytes::gib(3);
  const EnvironmentPlan plan = plan_environments({instance("0", "a"), instance("1", "b")}, limits);
  EXPECT_EQ(plan.disk_all, Bytes::gib(2 + 1 + 2 * 3));
}

TEST(EnvironmentPlan, PredictsTheTimeOfWorkersInThisOrder) {
  // Two workers: 5, 1 and 1 (unknown: the mean of 5, 1, 3 is 3), so 5 | 1 + 3 + 3 = 7.
  std::vector<PlannedInstance> instances(4, PlannedInstance{"p", ""});
  instances[0].time = milliseconds(5);
  instances[1].time = milliseconds(1);
  instances[2].time = milliseconds(3);
  const EnvironmentPlan plan = plan_environments(instances, roomy());
  EXPECT_EQ(plan.with_history, 3);
  EXPECT_EQ(plan.time, milliseconds(7));
}

TEST(EnvironmentPlan, CountsEveryAttemptsTime) {
  PlannedInstance twice{"p", ""};
  twice.attempts = 3;
  twice.time = milliseconds(10);
  PlanLimits limits = roomy();
  limits.at_once = 2;
  EXPECT_EQ(plan_environments({twice}, limits).time, milliseconds(20));
}

TEST(EnvironmentPlan, PredictsNoTimeWithoutAHistory) {
  EXPECT_EQ(plan_environments({instance("0", "a")}, roomy()).time, std::nullopt);
}

TEST(EnvironmentPlan, OfNothingIsEmpty) {
  const EnvironmentPlan plan = plan_environments({}, roomy());
  EXPECT_TRUE(plan.order.empty());
  EXPECT_EQ(plan.at_once, 1);
  EXPECT_EQ(plan.disk_peak, Bytes{});
}

}  // namespace
}  // namespace eval::judges::swe
