#include "sandbox/run_monitor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "sandbox/box_steps.h"
#include "sandbox/run_outcome.h"

namespace eval::sandbox {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// From the kill until every process is gone. Freeing gigabytes of a thousand processes took a quarter of a
// second on a loaded machine, and gigabytes of page tables over ten; beyond this the box is broken.
constexpr milliseconds kKillTimeout{60'000};
constexpr std::size_t kReadPiece = 64 * 1024;
// After the answer every writer is dead, so the pipes end by themselves.
constexpr milliseconds kDrainPause{100};

// A program that waits for a core is looked at again so much later, until its wall time is this many
// times its limit: a machine that starves programs for longer judges nothing.
constexpr milliseconds kStarvedPause{500};
constexpr int kStarvedFactor = 20;
// Threads of a virtual machine hand work to each other and nap in between, so one look is not enough to call a program
// idle.
constexpr int kIdleLooks = 10;
constexpr milliseconds kIdlePause{5};

// What happens to a program because of others is no cause if it ended by itself before that.
bool comes_from_others(RunStatus status) {
  return status == RunStatus::GroupEnded || status == RunStatus::Deadlock;
}

}  // namespace

RunMonitor::RunMonitor(Box& box, RunMeter meter, OutputPipes pipes, const Limits& limits, int cores)
    : box_(box), meter_(meter), pipes_(std::move(pipes)), limits_(limits), cores_(cores) {
  // Not at once: most runs end before there is anything to look for.
  plan_next_reading();
}

bool RunMonitor::done() const {
  return answered_ && !pipes_.standard_output.valid() && !pipes_.standard_error.valid();
}

void RunMonitor::watch(PollSet& set) {
  output_place_ = set.add(pipes_.standard_output.value(), POLLIN);
  error_place_ = set.add(pipes_.standard_error.value(), POLLIN);
  socket_place_ = set.add(answered_ ? -1 : box_.socket(), POLLIN);
}

Result<void> RunMonitor::handle(const PollSet& set, std::span<char> buffer) {
  if (set.happened(output_place_) != 0) {
    if (read_piece(pipes_.standard_output, result_.standard_output, limits_.standard_output,
                   buffer)) {
      EVAL_TRY(end(RunStatus::OutputLimit));
    }
  }
  if (set.happened(error_place_) != 0) {
    const bool over =
        read_piece(pipes_.standard_error, result_.standard_error, limits_.standard_error, buffer);
    result_.standard_error_cut = result_.standard_error_cut || over;
  }
  return set.happened(socket_place_) != 0 ? take_answer() : Result<void>{};
}

Result<void> RunMonitor::take_answer() {
  reply_ = EVAL_TRY(box_.receive(milliseconds(0)));
  answered_ = true;
  if (reply_.step != protocol::Step::None) {
    return fail(step_error(reply_.step, reply_.sys_errno));
  }
  result_.started_warm = reply_.warm != 0;
  oom_kills_ = std::max(oom_kills_, EVAL_TRY(meter_.finish(reply_, result_)));
  cpu_seen_ = result_.cpu_time;
  return {};
}

// True if there was more than `limit`; what is over it is dropped.
bool RunMonitor::read_piece(UniqueFd& pipe, std::string& kept, Bytes limit,
                            std::span<char> buffer) {
  const ssize_t count = read(pipe.value(), buffer.data(), buffer.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  if (count <= 0) {
    pipe.reset();
    return false;
  }
  const auto size = static_cast<std::size_t>(count);
  const std::size_t room = limit.count > kept.size() ? limit.count - kept.size() : 0;
  kept.append(buffer.data(), std::min(size, room));
  return size > room;
}

Result<void> RunMonitor::read_cpu() {
  const RunMeter::Reading reading = EVAL_TRY(meter_.read());
  oom_kills_ = reading.oom_kills;
  cpu_seen_ = reading.cpu;
  if (reading.oom_kills > 0 || reading.over_memory) return end(RunStatus::MemoryLimit);
  if (reading.cpu > limits_.cpu_time) return end(RunStatus::CpuTimeLimit);
  return {};
}

microseconds RunMonitor::extra_wall() const {
  const auto granted =
      std::chrono::duration_cast<microseconds>(wall_end_ - started_ - limits_.wall_time);
  return std::max(granted, limits_.wall_per_cpu * (cpu_seen_ + cpu_of_others_));
}

Result<void> RunMonitor::check_wall_time(Moment now, const Others& others) {
  EVAL_TRY(read_cpu());
  wall_end_ = std::max(wall_end_, started_ + limits_.wall_time + extra_wall());
  // Who gets next to nothing of a core shows by the states of its threads that it is not idle.
  const bool may_be_starved =
      limits_.wall_per_cpu > 0 && now - started_ < kStarvedFactor * limits_.wall_time;
  if (now > wall_end_ && may_be_starved) {
    const bool is_idle = !wants_core() && !(others.want_core && others.want_core());
    idle_looks_ = is_idle ? idle_looks_ + 1 : 0;
    if (idle_looks_ < kIdleLooks) wall_end_ = now + (is_idle ? kIdlePause : kStarvedPause);
  }
  return now > wall_end_ ? end(RunStatus::WallTimeLimit) : Result<void>{};
}

Result<void> RunMonitor::check_limits(Moment now, const Others& others) {
  if (answered_) return {};
  if (ended_by_) {
    if (now - killed_at_ < kKillTimeout) return {};
    return fail(ErrorCode::Infrastructure,
                fmt::format("a box was not empty {} ms after the kill", kKillTimeout.count()));
  }
  cpu_of_others_ = others.cpu;
  if (now > wall_end_) EVAL_TRY(check_wall_time(now, others));
  if (now < next_reading_) return {};
  EVAL_TRY(read_cpu());
  plan_next_reading();
  return {};
}

void RunMonitor::plan_next_reading() {
  // Even on all its cores the program cannot reach its limit earlier than this.
  const auto earliest = (limits_.cpu_time - cpu_seen_) / cores_;
  const auto pause = std::clamp<microseconds>(earliest, milliseconds(1), meter_.interval());
  next_reading_ = steady_clock::now() + pause;
}

Result<void> RunMonitor::end(RunStatus status) {
  if (ended_by_ || (answered_ && comes_from_others(status))) return {};
  ended_by_ = status;
  killed_at_ = steady_clock::now();
  return answered_ ? Result<void>{} : box_.kill();
}

Moment RunMonitor::wake() const {
  if (answered_) return steady_clock::now() + kDrainPause;
  return ended_by_ ? killed_at_ + kKillTimeout : std::min(next_reading_, wall_end_);
}

const ExecutionResult& RunMonitor::result() {
  const RunFacts facts{ended_by_,          oom_kills_,       reply_.forbidden_syscall,
                       reply_.wait_status, result_.cpu_time, result_.wall_time,
                       extra_wall()};
  // A cause found later changes the status, and then these are of no meaning.
  result_.exit_code = 0;
  result_.signal = 0;
  decide_status(facts, limits_, result_);
  return result_;
}

ExecutionResult RunMonitor::take_result() {
  result();
  return std::move(result_);
}

Result<void> watch_run(RunMonitor& monitor, const std::stop_token& stop) {
  const StopEvent stop_event(stop);
  if (!stop_event.valid()) {
    return fail(system_error(ErrorCode::Infrastructure, "cannot make an event", errno));
  }
  PollSet set;
  std::array<char, kReadPiece> buffer;
  bool stopped = false;
  while (!monitor.done()) {
    set.clear();
    monitor.watch(set);
    const std::size_t stop_place = set.add(stopped ? -1 : stop_event.fd(), POLLIN);
    EVAL_TRY(set.wait(monitor.wake()));
    EVAL_TRY(monitor.handle(set, buffer));
    if (set.happened(stop_place) != 0) {
      stopped = true;
      EVAL_TRY(monitor.end(RunStatus::Cancelled));
    }
    EVAL_TRY(monitor.check_limits(steady_clock::now(), {}));
  }
  return {};
}

}  // namespace eval::sandbox
