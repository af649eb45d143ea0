#include "judges/steps/test_ahead.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace eval::judges {
namespace {

using problems::Testcase;
using std::chrono::milliseconds;

class TestAheadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 12; ++i) {
      testcases_.emplace_back();
      testcases_.back().name = std::to_string(i);
    }
    for (const Testcase& testcase : testcases_) order_.push_back(&testcase);
  }

  // Records what was run; all but the first wait until they are told to go, or are stopped.
  Result<TestRun> run(const Testcase& testcase, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    begun_.insert(testcase.name);
    changed_.notify_all();
    changed_.wait(lock, stop, [&] { return open_; });
    if (!open_) return fail(ErrorCode::Cancelled, "stopped");
    TestRun result;
    result.result.checker_message = testcase.name;
    return result;
  }
  TestAhead::Run runner() {
    return [this](const Testcase& testcase, std::stop_token stop) { return run(testcase, stop); };
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_for_begun(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return begun_.size() >= count; });
  }

  std::vector<Testcase> testcases_;
  std::vector<const Testcase*> order_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<std::string> begun_;  // guarded by mutex_
  bool open_ = false;            // guarded by mutex_
};

TEST_F(TestAheadTest, AnswersEachTestcaseWithItsOwnRun) {
  open();
  IdleBoxes boxes(3);
  TestAhead tests(order_, 3, boxes, runner(), {});
  for (const Testcase& testcase : testcases_) {
    EXPECT_EQ(tests.take(testcase)->result.checker_message, testcase.name);
  }
}

TEST_F(TestAheadTest, RunsAsManyAtOnceAsBoxesAreIdle) {
  IdleBoxes boxes(2);
  TestAhead tests(order_, 8, boxes, runner(), {});
  std::jthread asker([&] { EXPECT_TRUE(tests.take(testcases_[0])); });
  wait_for_begun(3);  // its own and two ahead: hangs if there is less
  {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(begun_, (std::set<std::string>{"0", "1", "2"}));
  }
  open();
}

TEST_F(TestAheadTest, RunsNothingAheadWithoutAnIdleBox) {
  open();
  IdleBoxes boxes(1);
  boxes.take();
  TestAhead tests(order_, 8, boxes, runner(), {});
  EXPECT_TRUE(tests.take(testcases_[0]));
  EXPECT_EQ(begun_, (std::set<std::string>{"0"}));
}

TEST_F(TestAheadTest, GoesNoFurtherAheadThanItMay) {
  open();
  IdleBoxes boxes(8);
  {
    TestAhead tests(order_, 2, boxes, runner(), {});
    EXPECT_TRUE(tests.take(testcases_[0]));
    wait_for_begun(3);
  }
  EXPECT_EQ(begun_, (std::set<std::string>{"0", "1", "2"}));
}

TEST_F(TestAheadTest, StopsWhatIsNotWantedAnyMoreAndGivesTheBoxesBack) {
  IdleBoxes boxes(2);
  {
    TestAhead tests(order_, 8, boxes, runner(), {});
    std::jthread asker([&] { EXPECT_FALSE(tests.take(testcases_[0])); });
    wait_for_begun(3);
    tests.stop();
  }
  EXPECT_TRUE(boxes.try_take());
  EXPECT_TRUE(boxes.try_take());
  EXPECT_FALSE(boxes.try_take());
}

TEST_F(TestAheadTest, TheCallersStopEndsARun) {
  IdleBoxes boxes(1);
  std::stop_source stop;
  TestAhead tests(order_, 8, boxes, runner(), stop.get_token());
  std::jthread asker(
      [&] { EXPECT_EQ(tests.take(testcases_[0]).error().code, ErrorCode::Cancelled); });
  wait_for_begun(2);
  stop.request_stop();
}

TEST_F(TestAheadTest, ATestcaseThatWasPassedOverIsNotWaitedFor) {
  open();
  IdleBoxes boxes(1);
  TestAhead tests(order_, 4, boxes, runner(), {});
  EXPECT_EQ(tests.take(testcases_[0])->result.checker_message, "0");
  EXPECT_EQ(tests.take(testcases_[7])->result.checker_message, "7");
}

}  // namespace
}  // namespace eval::judges
