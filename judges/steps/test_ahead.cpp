#include "judges/steps/test_ahead.h"

#include <algorithm>
#include <utility>

namespace eval::judges {

bool IdleBoxes::try_take() {
  int free = free_.load();
  while (free > 0) {
    if (free_.compare_exchange_weak(free, free - 1)) return true;
  }
  return false;
}

TestAhead::TestAhead(std::vector<const problems::Testcase*> order, std::size_t ahead_max,
                     IdleBoxes& boxes, Run run, std::stop_token stop)
    : order_(std::move(order)),
      ahead_max_(ahead_max),
      boxes_(boxes),
      run_(std::move(run)),
      when_stopped_(std::move(stop), [this] { ended_.request_stop(); }),
      entries_(order_.size()) {
  for (std::size_t i = 0; i < order_.size(); ++i) index_[order_[i]] = i;
}

TestAhead::~TestAhead() {
  ended_.request_stop();
  threads_.clear();  // joined
}

std::optional<std::size_t> TestAhead::next() {
  const std::size_t end = std::min(order_.size(), asked_ + ahead_max_);
  for (std::size_t i = asked_; i < end && !ended_.stop_requested(); ++i) {
    if (!std::exchange(entries_[i].begun, true)) return i;
  }
  return std::nullopt;
}

void TestAhead::start_threads() {
  while (boxes_.try_take()) {
    const std::optional<std::size_t> first = next();
    if (!first) return boxes_.give_back();
    threads_.emplace_back([this, at = *first] { work(at); });
  }
}

void TestAhead::work(std::size_t first) {
  for (std::optional<std::size_t> at = first; at;) {
    Result<TestRun> run = run_(*order_[*at], ended_.get_token());
    const std::lock_guard lock(mutex_);
    entries_[*at].result = std::move(run);
    changed_.notify_all();
    at = next();
  }
  boxes_.give_back();
}

Result<TestRun> TestAhead::take(const problems::Testcase& testcase) {
  const auto found = index_.find(&testcase);
  if (found == index_.end()) return run_(testcase, ended_.get_token());
  const std::size_t at = found->second;
  std::unique_lock lock(mutex_);
  asked_ = std::max(asked_, at + 1);
  Entry& entry = entries_[at];
  const bool is_ours = !std::exchange(entry.begun, true);
  start_threads();
  if (is_ours) {
    lock.unlock();
    return run_(testcase, ended_.get_token());
  }
  changed_.wait(lock, [&entry] { return entry.result.has_value(); });
  return *entry.result;
}

}  // namespace eval::judges
