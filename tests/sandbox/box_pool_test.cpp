// Who gets places when. No box is built, so nothing here needs any right.
#include "sandbox/box_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace eval::sandbox {
namespace {

using std::chrono::milliseconds;

const ViewKey kAnyView;

std::unique_ptr<BoxPool> make_pool(int workers, const std::vector<int>& cores = {}) {
  auto pool = BoxPool::create(workers, cores, Isolation{});
  EXPECT_TRUE(pool);
  return std::move(*pool);
}

// A caller on a thread of its own, which keeps its places until let go.
class Caller {
 public:
  Caller(BoxPool& pool, BoxPool::Request request)
      : thread_([this, &pool, request](const std::stop_token& stop) {
          auto lease = pool.acquire(request, kAnyView, stop);
          if (!lease || !*lease) return;
          has_ = true;
          has_.notify_all();
          let_go_.wait(false);
        }) {
    // Long enough to be in the queue; a caller that is not there yet can make no test fail.
    std::this_thread::sleep_for(milliseconds(15));
  }
  ~Caller() { let_go(); }

  bool has_places() const { return has_; }
  // Blocks for ever if it never gets them, which the test runner ends.
  void wait_until_it_has() const { has_.wait(false); }
  void let_go() {
    let_go_ = true;
    let_go_.notify_all();
  }
  void stop() {
    thread_.request_stop();
    thread_.join();
  }

 private:
  std::atomic<bool> has_ = false;
  std::atomic<bool> let_go_ = false;
  std::jthread thread_;
};

TEST(BoxPool, GivesAGroupPlacesOfDifferentUsersOnOneCore) {
  const auto pool = make_pool(2, {4, 6});
  const auto run = pool->acquire({}, kAnyView, {});
  const auto group = pool->acquire({.programs = 3}, kAnyView, {});
  ASSERT_TRUE(run && group);
  std::vector<unsigned> users = {run->slot().user};
  for (std::size_t i = 0; i < 3; ++i) {
    users.push_back(group->slot(i).user);
    EXPECT_EQ(group->slot(i).core, group->slot().core);
  }
  EXPECT_NE(group->slot().core, run->slot().core);
  std::sort(users.begin(), users.end());
  EXPECT_EQ(std::unique(users.begin(), users.end()), users.end());
}

TEST(BoxPool, UsesCompanionsAgain) {
  const auto pool = make_pool(1);
  std::vector<int> places;
  for (int i = 0; i < 2; ++i) {
    const auto group = pool->acquire({.programs = 2}, kAnyView, {});
    ASSERT_TRUE(group);
    places.push_back(group->slot(1).index);
  }
  EXPECT_EQ(places[0], places[1]);
}

TEST(BoxPool, ARunWaitsForAWorkerAndCanBeStopped) {
  const auto pool = make_pool(1);
  Caller first(*pool, {});
  first.wait_until_it_has();
  Caller second(*pool, {.programs = 2});
  Caller third(*pool, {});
  EXPECT_FALSE(second.has_places());
  second.stop();
  EXPECT_FALSE(third.has_places());
  first.let_go();
  third.wait_until_it_has();
}

TEST(BoxPool, GroupsOfTheLargestSizeFillEveryWorker) {
  const auto pool = make_pool(2);
  Caller first(*pool, {.programs = BoxPool::kProgramsMax});
  Caller second(*pool, {.programs = BoxPool::kProgramsMax});
  first.wait_until_it_has();
  second.wait_until_it_has();
}

TEST(BoxPool, ARunPassesAGroupThatWaitsForCompanions) {
  // So many workers that there are not 15 companions for each: 584 users in all.
  constexpr int kWorkers = 200;
  const auto pool = make_pool(kWorkers);
  std::vector<BoxPool::Lease> groups;
  for (int i = 0; i < 25; ++i) {  // 375 of 384 companions
    auto group = pool->acquire({.programs = 16}, kAnyView, {});
    ASSERT_TRUE(group);
    groups.push_back(std::move(*group));
  }
  Caller large(*pool, {.programs = 16});
  Caller small(*pool, {.programs = 2});
  Caller run(*pool, {});
  run.wait_until_it_has();
  EXPECT_FALSE(large.has_places());
  EXPECT_FALSE(small.has_places());  // or groups like it would keep the large one waiting for ever
  groups.pop_back();
  large.wait_until_it_has();
  small.wait_until_it_has();
}

TEST(BoxPool, WhoIsAloneWaitsForAllAndHoldsBackAll) {
  const auto pool = make_pool(3);
  Caller run(*pool, {});
  Caller group(*pool, {.programs = 2});
  run.wait_until_it_has();
  group.wait_until_it_has();
  Caller alone(*pool, {.alone = true});
  Caller later(*pool, {});
  EXPECT_FALSE(alone.has_places());
  EXPECT_FALSE(later.has_places());  // though a worker is free
  run.let_go();
  std::this_thread::sleep_for(milliseconds(15));
  EXPECT_FALSE(alone.has_places());
  group.let_go();
  alone.wait_until_it_has();
  EXPECT_FALSE(later.has_places());
  alone.let_go();
  later.wait_until_it_has();
}

TEST(BoxPool, AGroupCanBeAloneToo) {
  const auto pool = make_pool(2);
  Caller alone(*pool, {.programs = 3, .alone = true});
  alone.wait_until_it_has();
  Caller run(*pool, {});
  Caller second(*pool, {.alone = true});
  EXPECT_FALSE(run.has_places());
  alone.let_go();
  run.wait_until_it_has();
  EXPECT_FALSE(second.has_places());
  run.let_go();
  second.wait_until_it_has();
}

TEST(BoxPool, WhoGivesUpBeingAloneHoldsNobodyBack) {
  const auto pool = make_pool(2);
  Caller run(*pool, {});
  run.wait_until_it_has();
  Caller alone(*pool, {.alone = true});
  Caller later(*pool, {});
  EXPECT_FALSE(later.has_places());
  alone.stop();
  later.wait_until_it_has();
}

// Many of every kind at once: all get through, and nobody is ever beside one who is alone.
TEST(BoxPool, NobodyStarvesAndAloneIsAlone) {
  const auto pool = make_pool(3);
  std::atomic<int> inside = 0;
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < 8; ++i) {
      callers.emplace_back([&, i] {
        const BoxPool::Request request{1 + i % 3, i % 4 == 3};
        for (int round = 0; round < 200; ++round) {
          const auto lease = pool->acquire(request, kAnyView, {});
          if (!lease || !*lease) ++wrong;
          const int before = inside.fetch_add(1);
          if (request.alone ? before != 0 : before >= 3) ++wrong;
          std::this_thread::yield();
          if (request.alone && inside != 1) ++wrong;
          --inside;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace eval::sandbox
