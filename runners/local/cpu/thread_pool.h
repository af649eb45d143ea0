#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace eval::runners::local::cpu {

// A few threads that share loops. Tasks are handed out in chunks as threads become free, large ones first
// (guided self-scheduling, Polychronopoulos & Kuck 1987), so that neighbours mostly stay together and
// a thread behind a busy core does not hold up the rest; every task writes its own outputs, so results do not
// depend on who ran it, nor on the number of threads. For the same reason the threads are not pinned:
// judges run beside us. One caller at a time.
class ThreadPool {
 public:
  // body(begin, end, worker) does the tasks [begin, end); worker in [0, threads()) is the thread.
  using Body = std::function<void(std::int64_t begin, std::int64_t end, int worker)>;

  explicit ThreadPool(int threads);  // the caller is one of them; at least 1
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }
  // Returns when all `tasks` are done. Chunks hold at least `grain` tasks; if that is all, it runs here.
  void run(std::int64_t tasks, std::int64_t grain, const Body& body);

 private:
  void serve(const std::stop_token& stop, int worker);
  void take_chunks(int worker);

  // Set by run() before epoch_ moves on, read by workers after they saw it move.
  const Body* body_ = nullptr;
  std::int64_t tasks_ = 0;
  std::int64_t grain_ = 1;
  std::atomic<std::int64_t> next_ = 0;
  std::atomic<std::uint32_t> epoch_ = 0;  // one more for each run
  std::atomic<std::int32_t> busy_ = 0;    // workers that have not finished this run
  std::vector<std::jthread> workers_;
};

// Processors this process may use (sched_getaffinity), at least 1.
int usable_processors();

}  // namespace eval::runners::local::cpu
