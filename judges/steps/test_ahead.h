#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/result.h"
#include "judges/steps/test_walk.h"

namespace eval::judges {

// Boxes that no judging works in. A judging takes one for itself whatever the count says, so that it never
// waits for those who only run ahead, but for the end of one of their testcases. Thread-safe.
class IdleBoxes {
 public:
  explicit IdleBoxes(int boxes) : free_(boxes) {}
  bool try_take();
  void take() { free_.fetch_sub(1); }
  void give_back() { free_.fetch_add(1); }

 private:
  std::atomic<int> free_;  // below 0: more judgings than boxes
};

// Runs the testcases of one judging before they are asked for, in boxes that are idle. What it answers is
// what running them in turn would have: a testcase is run once, in a box of its own, and one that is never
// asked for is forgotten. It runs at most `ahead_max` testcases ahead of the last one asked for, since most
// submissions that fail do so early. Used by one thread; its own threads end with it.
class TestAhead {
 public:
  using Run = std::function<Result<TestRun>(const problems::Testcase&, std::stop_token)>;

  // `order`: as they will be asked for; some may be left out by the asker. `stop` ends the runs.
  TestAhead(std::vector<const problems::Testcase*> order, std::size_t ahead_max, IdleBoxes& boxes,
            Run run, std::stop_token stop);
  ~TestAhead();
  TestAhead(const TestAhead&) = delete;
  TestAhead& operator=(const TestAhead&) = delete;

  // Runs `testcase`, or waits for the thread that does.
  Result<TestRun> take(const problems::Testcase& testcase);
  // Ends all runs, and take() with Cancelled; also from another thread.
  void stop() { ended_.request_stop(); }

 private:
  struct Entry {
    bool begun = false;
    std::optional<Result<TestRun>> result = std::nullopt;
  };

  void start_threads();               // with mutex_ held
  std::optional<std::size_t> next();  // with mutex_ held: begins an entry and names it
  void work(std::size_t first);

  const std::vector<const problems::Testcase*> order_;
  const std::size_t ahead_max_;
  IdleBoxes& boxes_;
  const Run run_;
  std::stop_source ended_;
  std::stop_callback<std::function<void()>> when_stopped_;
  std::map<const problems::Testcase*, std::size_t> index_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Entry> entries_;  // guarded by mutex_
  std::size_t asked_ = 0;       // entries before it were asked for or passed; guarded by mutex_
  std::list<std::jthread> threads_;  // of the asking thread alone
};

}  // namespace eval::judges
