#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "evaluator/cli/context.h"
#include "evaluator/pipeline/run.h"

namespace eval::cli {

// Draws a run from its events: one line redrawn on a terminal, a plain line every 30 s otherwise.
// Thread-safe. With `json_events` it prints each event as a JSON line on stdout instead.
class Progress {
 public:
  Progress(const Context& context, bool json_events);
  // Ends the line and stops the ticking thread.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void on_event(const evaluator::RunEvent& event);

 private:
  struct Sample {
    std::chrono::nanoseconds at{0};
    std::int64_t tokens = 0;
    int tests = 0;
    int attempts = 0;
  };

  void tick(std::stop_token stop);
  std::string line();         // mutex_ held
  void draw(bool final_one);  // mutex_ held

  const Context& context_;
  const bool json_events_;
  const SystemClock clock_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  evaluator::RunEvent last_;                 // guarded by mutex_: totals
  std::map<judges::Verdict, int> verdicts_;  // guarded by mutex_: of this session
  std::deque<Sample> window_;                // guarded by mutex_: the last minute, for rates
  std::chrono::nanoseconds started_{0};      // guarded by mutex_
  std::chrono::nanoseconds printed_{0};      // guarded by mutex_
  int done_at_start_ = 0;                    // guarded by mutex_
  bool drew_ = false;                        // guarded by mutex_
  std::jthread ticker_;                      // last: stops before the rest goes
};

}  // namespace eval::cli
