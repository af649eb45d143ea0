#include "sandbox/group_monitor.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>

namespace eval::sandbox {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kReadPiece = 64 * 1024;
// A runtime's idle threads use some CPU while their program waits; a quarter of a per cent of the
// time is less than any program needs that is about to say something.
constexpr int kIdleShare = 400;
// A program that closes its stream is on its way to its end, which may take a while beside others, or goes on. It goes
// on if it then wants no core for so long, or has used so much CPU time; looked at in such steps.
constexpr milliseconds kGoesOnIdle{20};
constexpr milliseconds kGoesOnCpu{100};
constexpr milliseconds kEndPause{2};

// A write to a program that has just ended raises SIGPIPE in the thread that writes; for this
// thread, and for as long as this lives, it is as good as ignored.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoSigpipe() {
    const timespec now{0, 0};
    while (!was_pending_ && sigtimedwait(&pipe_, nullptr, &now) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

// This thread on one core, and back where it was.
class OnCore {
 public:
  explicit OnCore(int core) {
    if (core < 0 || sched_getaffinity(0, sizeof before_, &before_) < 0) return;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(core), &one);
    moved_ = sched_setaffinity(0, sizeof one, &one) == 0;
  }
  ~OnCore() {
    if (moved_) sched_setaffinity(0, sizeof before_, &before_);
  }
  OnCore(const OnCore&) = delete;
  OnCore& operator=(const OnCore&) = delete;

 private:
  cpu_set_t before_{};
  bool moved_ = false;
};

class GroupMonitor {
 public:
  GroupMonitor(RunningGroup& group, std::span<const GroupMember> members,
               std::span<const Channel> channels, const GroupOptions& options)
      : programs_(group.programs),
        relays_(group.relays),
        members_(members),
        channels_(channels),
        deadlock_after_(options.deadlock_after),
        seen_end_(members.size(), false),
        closings_(channels.size()) {}

  Result<void> run(int stop_fd) {
    PollSet set;
    while (!done()) {
      set.clear();
      for (RunMonitor& program : programs_) program.watch(set);
      for (ChannelRelay& relay : relays_) relay.watch(set);
      const std::size_t stop_place = set.add(stopped_ ? -1 : stop_fd, POLLIN);
      EVAL_TRY(set.wait(wake()));
      for (RunMonitor& program : programs_) EVAL_TRY(program.handle(set, buffer_));
      EVAL_TRY(handle_ends());
      if (set.happened(stop_place) != 0) EVAL_TRY(cancel());
      const Moment now = steady_clock::now();
      EVAL_TRY(relay(set, now));
      const microseconds cpu = cpu_seen();
      for (RunMonitor& program : programs_) {
        EVAL_TRY(program.check_limits(
            now, {cpu - program.cpu_seen(), [this] { return any_wants_core(); }}));
      }
      EVAL_TRY(check_deadlock(now));
    }
    return {};
  }

 private:
  bool done() const {
    return std::all_of(programs_.begin(), programs_.end(),
                       [](const RunMonitor& program) { return program.done(); }) &&
           std::all_of(relays_.begin(), relays_.end(),
                       [](const ChannelRelay& relay) { return relay.drained(); });
  }

  Moment wake() const {
    Moment first = Moment::max();
    for (const RunMonitor& program : programs_) {
      if (!program.done()) first = std::min(first, program.wake());
    }
    for (const ChannelRelay& relay : relays_) {
      if (const auto moment = relay.wake()) first = std::min(first, *moment);
      if (relay.waits_for_end()) first = std::min(first, steady_clock::now() + kEndPause);
    }
    // Beyond any other moment the set waits for a second and looks again.
    return std::min(first, steady_clock::now() + milliseconds(1000));
  }

  // In the order of the ends, not of the answers: several may have come in one round.
  Result<void> handle_ends() {
    std::vector<std::size_t> ended;
    for (std::size_t i = 0; i < programs_.size(); ++i) {
      if (programs_[i].answered() && !seen_end_[i]) ended.push_back(i);
    }
    std::stable_sort(ended.begin(), ended.end(), [this](std::size_t a, std::size_t b) {
      return programs_[a].ended_ns() < programs_[b].ended_ns();
    });
    for (const std::size_t member : ended) {
      seen_end_[member] = true;
      for (std::size_t i = 0; i < channels_.size(); ++i) {
        if (channels_[i].from.member == member) relays_[i].writer_ended();
        if (channels_[i].to.member == member) relays_[i].reader_ended();
      }
      EVAL_TRY(end_group_after(member));
    }
    return {};
  }

  Result<void> end_group_after(std::size_t member) {
    const std::optional<int> good = members_[member].others_go_on_after;
    if (!good) return {};
    const ExecutionResult& result = programs_[member].result();
    if (result.status == RunStatus::Exited && result.exit_code == *good) return {};
    return end_all(RunStatus::GroupEnded);
  }

  Result<void> end_all(RunStatus status) {
    for (ChannelRelay& relay : relays_) relay.hold();
    for (RunMonitor& program : programs_) {
      if (!program.answered()) EVAL_TRY(program.end(status));
    }
    return {};
  }

  Result<void> cancel() {
    stopped_ = true;
    return end_all(RunStatus::Cancelled);
  }

  Result<void> relay(const PollSet& set, Moment now) {
    for (std::size_t i = 0; i < relays_.size(); ++i) {
      if (relays_[i].move(set, now, buffer_)) last_move_ = now;
      const std::size_t writer = channels_[i].from.member;
      if (relays_[i].waits_for_end() && EVAL_TRY(goes_on(closings_[i], programs_[writer], now))) {
        relays_[i].pass_end();
      }
      if (!relays_[i].over_limit()) continue;
      EVAL_TRY(programs_[writer].end(RunStatus::OutputLimit));
      if (seen_end_[writer]) EVAL_TRY(end_group_after(writer));
    }
    return {};
  }

  // What is known of a program since it closed a stream.
  struct Closing {
    std::optional<microseconds> cpu_before;
    Moment idle_since{};
  };

  // True once it is seen to go on, and where its end is noted: whoever ends because of it ends later.
  static Result<bool> goes_on(Closing& closing, RunMonitor& writer, Moment now) {
    if (writer.answered()) return true;
    EVAL_TRY(writer.read_cpu());
    if (!closing.cpu_before) closing = {writer.cpu_seen(), now};
    if (writer.is_ending()) return false;
    if (writer.wants_core()) closing.idle_since = now;
    return writer.cpu_seen() - *closing.cpu_before >= kGoesOnCpu ||
           now - closing.idle_since >= kGoesOnIdle;
  }

  bool any_wants_core() const {
    return std::any_of(programs_.begin(), programs_.end(), [](const RunMonitor& program) {
      return !program.answered() && program.wants_core();
    });
  }

  microseconds cpu_seen() const {
    microseconds sum{0};
    for (const RunMonitor& program : programs_) sum += program.cpu_seen();
    return sum;
  }

  // Every living program is at one end of a channel with a living program at the other.
  bool all_may_wait_for_another() const {
    for (std::size_t member = 0; member < programs_.size(); ++member) {
      if (programs_[member].answered()) continue;
      bool joined = false;
      for (std::size_t i = 0; i < channels_.size() && !joined; ++i) {
        const std::size_t from = channels_[i].from.member;
        const std::size_t to = channels_[i].to.member;
        joined = (from == member || to == member) && relays_[i].open() &&
                 !programs_[from].answered() && !programs_[to].answered();
      }
      if (!joined) return false;
    }
    return true;
  }

  Result<void> check_deadlock(Moment now) {
    const microseconds noise = microseconds(deadlock_after_) / kIdleShare;
    if (last_move_ > idle_since_ || cpu_seen() - cpu_at_idle_ > noise) start_idle(now);
    if (now - idle_since_ < deadlock_after_) return {};
    // What was seen is up to an interval old.
    for (RunMonitor& program : programs_) {
      if (!program.answered()) EVAL_TRY(program.read_cpu());
    }
    const bool holds_bytes = std::any_of(relays_.begin(), relays_.end(),
                                         [](const auto& relay) { return relay.holds_bytes(); });
    // On a loaded machine a program that computes may get no core for as long as this.
    if (cpu_seen() - cpu_at_idle_ > noise || holds_bytes || any_wants_core() ||
        !all_may_wait_for_another()) {
      start_idle(now);
      return {};
    }
    return end_all(RunStatus::Deadlock);
  }

  void start_idle(Moment now) {
    idle_since_ = now;
    cpu_at_idle_ = cpu_seen();
  }

  std::deque<RunMonitor>& programs_;
  std::vector<ChannelRelay>& relays_;
  const std::span<const GroupMember> members_;
  const std::span<const Channel> channels_;
  const milliseconds deadlock_after_;
  std::vector<bool> seen_end_;
  std::vector<Closing> closings_;  // by channel
  bool stopped_ = false;
  Moment last_move_ = steady_clock::now();
  Moment idle_since_ = last_move_;
  microseconds cpu_at_idle_{0};
  std::array<char, kReadPiece> buffer_;
};

}  // namespace

Result<void> watch_group(RunningGroup& group, std::span<const GroupMember> members,
                         std::span<const Channel> channels, const GroupOptions& options, int core,
                         const std::stop_token& stop) {
  const StopEvent stop_event(stop);
  if (!stop_event.valid()) {
    return fail(system_error(ErrorCode::Infrastructure, "cannot make an event", errno));
  }
  const NoSigpipe no_sigpipe;
  const OnCore on_core(core);
  GroupMonitor monitor(group, members, channels, options);
  return monitor.run(stop_event.fd());
}

}  // namespace eval::sandbox
