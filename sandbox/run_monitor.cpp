#include "sandbox/run_monitor.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "sandbox/box_steps.h"

namespace eval::sandbox {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// From the kill until every process is gone. Freeing gigabytes of a thousand processes took a
// quarter of a second on a loaded machine; beyond this the box is broken.
constexpr milliseconds kKillTimeout{10'000};
constexpr std::size_t kReadPiece = 64 * 1024;

class Watch {
 public:
  Watch(Box& box, RunMeter& meter, const OutputPipes& pipes, const Limits& limits, int cores)
      : box_(box), meter_(meter), pipes_(pipes), limits_(limits), cores_(cores) {}

  Result<WatchedRun> run(int stop_event) {
    watched_ = {{{pipes_.standard_output.value(), POLLIN, 0},
                 {pipes_.standard_error.value(), POLLIN, 0},
                 {box_.socket(), POLLIN, 0},
                 {stop_event, POLLIN, 0}}};
    while (!answered_ || watched_[kOutput].fd >= 0 || watched_[kError].fd >= 0) {
      const int ready = poll(watched_.data(), watched_.size(), wait_ms());
      if (ready < 0 && errno != EINTR) {
        return fail(system_error(ErrorCode::Infrastructure, "cannot wait for a program", errno));
      }
      if (ready > 0) EVAL_TRY(handle_events());
      EVAL_TRY(check_limits());
    }
    return std::move(run_);
  }

 private:
  enum Index { kOutput, kError, kSocket, kStop };

  Result<void> handle_events() {
    if (watched_[kOutput].revents != 0) {
      if (read_piece(watched_[kOutput], run_.standard_output, limits_.standard_output)) {
        EVAL_TRY(end(RunStatus::OutputLimit));
      }
    }
    if (watched_[kError].revents != 0) {
      const bool over = read_piece(watched_[kError], run_.standard_error, limits_.standard_error);
      run_.standard_error_cut = run_.standard_error_cut || over;
    }
    if (watched_[kStop].revents != 0) {
      watched_[kStop].fd = -1;
      EVAL_TRY(end(RunStatus::Cancelled));
    }
    if (watched_[kSocket].revents != 0) {
      run_.reply = EVAL_TRY(box_.receive(milliseconds(0)));
      answered_ = true;
      watched_[kSocket].fd = -1;
      if (run_.reply.step != protocol::Step::None) {
        return fail(step_error(run_.reply.step, run_.reply.sys_errno));
      }
    }
    return {};
  }

  // True if there was more than `limit`; what is over it is dropped.
  bool read_piece(pollfd& pipe, std::string& kept, Bytes limit) {
    const ssize_t count = read(pipe.fd, buffer_.data(), buffer_.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return false;
    if (count <= 0) {
      pipe.fd = -1;
      return false;
    }
    const auto size = static_cast<std::size_t>(count);
    const std::size_t room = limit.count > kept.size() ? limit.count - kept.size() : 0;
    kept.append(buffer_.data(), std::min(size, room));
    return size > room;
  }

  Result<void> check_limits() {
    if (answered_) return {};
    const auto now = steady_clock::now();
    if (run_.ended_by) {
      if (now - killed_at_ < kKillTimeout) return {};
      return fail(ErrorCode::Infrastructure,
                  fmt::format("a box was not empty {} ms after the kill", kKillTimeout.count()));
    }
    if (now - started_ > limits_.wall_time) return end(RunStatus::WallTimeLimit);
    if (now < next_reading_) return {};
    const RunMeter::Reading reading = EVAL_TRY(meter_.read());
    run_.oom_kills = reading.oom_kills;
    if (reading.oom_kills > 0 || reading.over_memory) return end(RunStatus::MemoryLimit);
    if (reading.cpu > limits_.cpu_time) return end(RunStatus::CpuTimeLimit);
    // Even on all its cores the program cannot reach its limit earlier than this.
    const auto earliest = (limits_.cpu_time - reading.cpu) / cores_;
    const auto pause = std::clamp<microseconds>(earliest, milliseconds(1), meter_.interval());
    next_reading_ = steady_clock::now() + pause;
    return {};
  }

  Result<void> end(RunStatus status) {
    if (run_.ended_by) return {};
    run_.ended_by = status;
    killed_at_ = steady_clock::now();
    return answered_ ? Result<void>{} : box_.kill();
  }

  int wait_ms() const {
    // After the answer every writer is dead, so the pipes end by themselves.
    if (answered_) return 100;
    const auto until = run_.ended_by ? killed_at_ + kKillTimeout
                                     : std::min(next_reading_, started_ + limits_.wall_time);
    const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
    return std::clamp(static_cast<int>(left.count()), 0, 1000);
  }

  Box& box_;
  RunMeter& meter_;
  const OutputPipes& pipes_;
  const Limits& limits_;
  const int cores_;
  WatchedRun run_;
  bool answered_ = false;
  std::array<pollfd, 4> watched_{};
  std::array<char, kReadPiece> buffer_;
  const steady_clock::time_point started_ = steady_clock::now();
  steady_clock::time_point next_reading_ = started_;
  steady_clock::time_point killed_at_{};
};

}  // namespace

Result<WatchedRun> watch_run(Box& box, RunMeter& meter, const OutputPipes& pipes,
                             const Limits& limits, int cores, std::stop_token stop) {
  const UniqueFd stop_event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop_event.valid()) {
    return fail(system_error(ErrorCode::Infrastructure, "cannot make an event", errno));
  }
  const std::stop_callback on_stop(stop, [fd = stop_event.value()] { eventfd_write(fd, 1); });
  Watch watch(box, meter, pipes, limits, cores);
  return watch.run(stop_event.value());
}

}  // namespace eval::sandbox
