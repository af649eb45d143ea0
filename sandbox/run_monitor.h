#pragma once

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sandbox/box.h"
#include "sandbox/poll_set.h"
#include "sandbox/run_meter.h"
#include "sandbox/sandbox.h"

namespace eval::sandbox {

// The supervisor's ends of a program's output pipes.
struct OutputPipes {
  UniqueFd standard_output;  // not open where a channel has it
  UniqueFd standard_error;
};

// Watches the program just started in a box until it has ended: collects its output, enforces its
// limits, measures it. Never waits by itself, so that one thread can watch many: in each round
// watch(), one wait of the set, handle(), check_limits(). Not thread-safe.
class RunMonitor {
 public:
  // `box` must outlive the monitor. `cores`: how many the program can keep busy at once.
  RunMonitor(Box& box, RunMeter meter, OutputPipes pipes, const Limits& limits, int cores);

  // Adds what the program may do next to `set`.
  void watch(PollSet& set);
  // Takes what came; `buffer` is room to read into.
  Result<void> handle(const PollSet& set, std::span<char> buffer);
  // The rest of a program's group.
  struct Others {
    std::chrono::microseconds cpu{0};  // its CPU time so far, which buys wall time too
    std::function<bool()> want_core =
        {};  // whether one of its programs wants a core now; may be empty
  };
  // Ends the program if it is over a limit. An Error if it could not be ended in time.
  Result<void> check_limits(Moment now, const Others& others);
  // When check_limits() must be called at the latest.
  Moment wake() const;

  // Kills the program, with `status` as the cause unless there is one already. After the end only a
  // cause found in what it left behind (its output) still counts.
  Result<void> end(RunStatus status);

  // Every process has ended, and result() says how.
  bool answered() const { return answered_; }
  // Also all output is read.
  bool done() const;
  // When the first process ended, as init saw it: CLOCK_MONOTONIC, the same for all boxes.
  std::uint64_t ended_ns() const { return reply_.ended_ns; }

  // CPU time when last looked at.
  std::chrono::microseconds cpu_seen() const { return cpu_seen_; }
  // Looks now.
  Result<void> read_cpu();
  // Before the end: it computes, or would if it had a core.
  bool wants_core() const { return sandbox::wants_core(box_.init_pid()); }

  // A process of it has begun to end, and init has not seen that end yet.
  bool is_ending() const { return !answered_ && sandbox::is_ending(box_.init_pid()); }

  // After the end: status and measurements, without the output.
  const ExecutionResult& result();
  // All of it.
  ExecutionResult take_result();

 private:
  Result<void> take_answer();
  Result<void> check_wall_time(Moment now, const Others& others);
  // What CPU time has bought so far.
  std::chrono::microseconds extra_wall() const;
  void plan_next_reading();
  bool read_piece(UniqueFd& pipe, std::string& kept, Bytes limit, std::span<char> buffer);

  Box& box_;
  RunMeter meter_;
  OutputPipes pipes_;
  Limits limits_;
  int cores_;
  protocol::Reply reply_;
  bool answered_ = false;
  std::optional<RunStatus> ended_by_;  // the first cause that we enforced
  std::uint64_t oom_kills_ = 0;
  std::chrono::microseconds cpu_seen_{0};
  std::chrono::microseconds cpu_of_others_{0};
  ExecutionResult result_;
  Moment started_ = std::chrono::steady_clock::now();
  Moment wall_end_ = started_ + limits_.wall_time;
  int idle_looks_ = 0;  // on end, after the wall time
  Moment next_reading_ = started_;
  Moment killed_at_{};
  std::size_t output_place_ = PollSet::kNowhere;
  std::size_t error_place_ = PollSet::kNowhere;
  std::size_t socket_place_ = PollSet::kNowhere;
};

// Watches one program until it is done, honouring `stop`.
Result<void> watch_run(RunMonitor& monitor, const std::stop_token& stop);

}  // namespace eval::sandbox
