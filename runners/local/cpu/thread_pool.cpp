#include "runners/local/cpu/thread_pool.h"

#include <sched.h>

#include <algorithm>

namespace eval::runners::local::cpu {
namespace {

// A forward pass starts a loop every 20 to 100 us; waking a sleeping thread takes about as long. So a
// thread looks again for some 30 us before it sleeps.
constexpr int kSpins = 1500;

template <class T>
void wait_while(const std::atomic<T>& value, T old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    __builtin_ia32_pause();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  for (int i = 1; i < threads; ++i)
    workers_.emplace_back([this, i](const std::stop_token& stop) { serve(stop, i); });
}

ThreadPool::~ThreadPool() {
  for (std::jthread& worker : workers_) worker.request_stop();
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
}

void ThreadPool::take_chunks(int worker) {
  std::int64_t begin = next_.load(std::memory_order_relaxed);
  while (begin < tasks_) {
    const std::int64_t share = (tasks_ - begin) / (2 * threads());
    const std::int64_t end = std::min(begin + std::max(grain_, share), tasks_);
    if (!next_.compare_exchange_weak(begin, end, std::memory_order_relaxed)) continue;
    (*body_)(begin, end, worker);
    begin = next_.load(std::memory_order_relaxed);
  }
}

void ThreadPool::serve(const std::stop_token& stop, int worker) {
  std::uint32_t seen = 0;
  for (;;) {
    wait_while(epoch_, seen);
    seen = epoch_.load(std::memory_order_acquire);
    if (stop.stop_requested()) return;
    take_chunks(worker);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

void ThreadPool::run(std::int64_t tasks, std::int64_t grain, const Body& body) {
  if (tasks <= grain || workers_.empty()) {
    if (tasks > 0) body(0, tasks, 0);
    return;
  }
  body_ = &body;
  tasks_ = tasks;
  grain_ = grain;
  next_.store(0, std::memory_order_relaxed);
  busy_.store(static_cast<std::int32_t>(workers_.size()), std::memory_order_relaxed);
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
  take_chunks(0);
  for (std::int32_t busy = busy_.load(std::memory_order_acquire); busy != 0;
       busy = busy_.load(std::memory_order_acquire))
    wait_while(busy_, busy);
}

int usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace eval::runners::local::cpu
