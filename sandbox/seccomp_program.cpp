#include "sandbox/seccomp_program.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <span>

namespace eval::sandbox {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
constexpr int kTableEnd = 0x40000000;  // from here on x32
#else
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
constexpr int kTableEnd = 0x7fffffff;
#endif

// CLONE_NEWTIME is no flag of clone(): its bit belongs to the exit signal there.
constexpr std::uint32_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                      CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

constexpr std::uint32_t kLockCommands[] = {F_SETLK,      F_SETLKW,   F_OFD_SETLK,
                                           F_OFD_SETLKW, F_SETLEASE, F_NOTIFY};

constexpr std::uint32_t low_word(int argument) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) +
                                    sizeof(std::uint64_t) * static_cast<unsigned>(argument));
}
constexpr std::uint32_t high_word(int argument) {
  return low_word(argument) + 4;
}

// Writes a program from its end to its beginning: everything jumped to is there already, so a jump's
// distance is known when it is written.
class BackwardWriter {
 public:
  // A place in the program, counted from its end.
  using Place = std::size_t;

  Place add(std::uint16_t code, std::uint32_t constant) {
    reversed_.push_back({code, 0, 0, constant});
    return reversed_.size();
  }
  Place give(std::uint32_t action) { return add(BPF_RET | BPF_K, action); }
  // Goes to `yes` or `no`; far ones by way of a jump of their own.
  Place branch(std::uint16_t test, std::uint32_t constant, Place yes, Place no) {
    yes = near(yes);
    no = near(no);
    yes = near(yes);  // the second detour may have moved the first out of reach
    const std::size_t here = reversed_.size();
    reversed_.push_back({static_cast<std::uint16_t>(BPF_JMP | test | BPF_K),
                         static_cast<std::uint8_t>(here - yes),
                         static_cast<std::uint8_t>(here - no), constant});
    return reversed_.size();
  }
  Place load(std::uint32_t offset) { return add(BPF_LD | BPF_W | BPF_ABS, offset); }

  void note_key(Place place) { keys_.push_back(place); }

  Result<SeccompProgram> finish() const {
    if (reversed_.size() > BPF_MAXINSNS) {
      return fail(ErrorCode::Infrastructure, "a system call filter is too long");
    }
    SeccompProgram program;
    for (auto at = reversed_.rbegin(); at != reversed_.rend(); ++at) {
      std::uint64_t bits = 0;
      std::memcpy(&bits, &*at, sizeof bits);
      program.instructions.push_back(bits);
    }
    for (const Place place : keys_) program.key_places.push_back(reversed_.size() - place);
    return program;
  }

 private:
  Place near(Place target) {
    constexpr std::size_t kReach = 250;
    const std::size_t distance = reversed_.size() - target;
    if (distance <= kReach) return target;
    return add(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(distance));
  }

  std::vector<sock_filter> reversed_;
  std::vector<Place> keys_;
};

class Compiler {
 public:
  explicit Compiler(const CallTable& table) : table_(table) {}

  Result<SeccompProgram> compile() {
    struct Range {
      std::uint32_t first = 0;
      CallRule rule = CallRule::Absent;
    };
    std::vector<Range> ranges = {{0, table_.otherwise}};
    const auto begin_range = [&ranges](int first, CallRule rule) {
      if (ranges.back().rule == rule) return;
      const auto number = static_cast<std::uint32_t>(first);
      if (ranges.back().first == number)
        ranges.back().rule = rule;
      else
        ranges.push_back({number, rule});
    };
    int next = 0;
    for (const auto& [number, rule] : table_.rules) {
      if (number < 0 || number >= kTableEnd) continue;
      if (number > next) begin_range(next, table_.otherwise);
      begin_range(number, rule);
      next = number + 1;
    }
    begin_range(next, table_.otherwise);
    begin_range(kTableEnd, CallRule::Kill);
    std::vector<std::pair<std::uint32_t, Place>> places;
    for (const Range& range : ranges) places.emplace_back(range.first, place_of(range.rule));
    const Place kill = place_of(CallRule::Kill);
    search(places);
    const Place number = writer_.load(offsetof(seccomp_data, nr));
    writer_.branch(BPF_JEQ, kArchitecture, number, kill);
    writer_.load(offsetof(seccomp_data, arch));
    return writer_.finish();
  }

 private:
  using Place = BackwardWriter::Place;

  // The block that carries out `rule`, written once.
  Place place_of(CallRule rule) {
    const auto known = places_.find(rule);
    if (known != places_.end()) return known->second;
    const Place place = write(rule);
    places_[rule] = place;
    return place;
  }

  Place write(CallRule rule) {
    switch (rule) {
      case CallRule::Allow:
        return writer_.give(SECCOMP_RET_ALLOW);
      case CallRule::Absent:
        return writer_.give(SECCOMP_RET_ERRNO | ENOSYS);
      case CallRule::Refused:
        return writer_.give(SECCOMP_RET_ERRNO | EPERM);
      case CallRule::Notify:
        return writer_.give(SECCOMP_RET_USER_NOTIF);
      case CallRule::Kill:
        return writer_.give(SECCOMP_RET_KILL_PROCESS);
      case CallRule::NoNamespaces:
        writer_.branch(BPF_JSET, kNamespaces, place_of(table_.forbidden),
                       place_of(CallRule::Allow));
        return writer_.load(low_word(0));
      case CallRule::LocalSockets: {
        const Place other = writer_.give(SECCOMP_RET_ERRNO | EAFNOSUPPORT);
        writer_.branch(BPF_JEQ, AF_UNIX, place_of(CallRule::Allow), other);
        return writer_.load(low_word(0));
      }
      case CallRule::OwnLimits:
        writer_.branch(BPF_JEQ, 0, place_of(CallRule::Allow), place_of(CallRule::Refused));
        return writer_.load(low_word(0));
      case CallRule::NoTerminalInput: {
        const Place second = writer_.branch(BPF_JEQ, TIOCLINUX, place_of(CallRule::Refused),
                                            place_of(CallRule::Allow));
        writer_.branch(BPF_JEQ, TIOCSTI, place_of(CallRule::Refused), second);
        return writer_.load(low_word(1));
      }
      case CallRule::NoLocks: {
        Place next = place_of(CallRule::Allow);
        for (const std::uint32_t command : kLockCommands) {
          next = writer_.branch(BPF_JEQ, command, place_of(CallRule::Refused), next);
        }
        return writer_.load(low_word(1));
      }
      case CallRule::KeepsChildren: {
        // Asking (no new action in the second argument) stays possible.
        const Place taken = writer_.give(SECCOMP_RET_ERRNO | 0);
        writer_.branch(BPF_JEQ, 0, place_of(CallRule::Allow), taken);
        const Place load_high = writer_.load(high_word(1));
        writer_.branch(BPF_JEQ, 0, load_high, taken);
        const Place load_low = writer_.load(low_word(1));
        writer_.branch(BPF_JEQ, SIGCHLD, load_low, place_of(CallRule::Allow));
        return writer_.load(low_word(0));
      }
      case CallRule::FirstExecOnly:
        return with_key(4);
      case CallRule::FirstExecOnlyAt:
        return with_key(5);
    }
    return 0;
  }

  Place with_key(int argument) {
    const Place forbidden = place_of(table_.forbidden);
    const Place high = writer_.branch(BPF_JEQ, 0, place_of(CallRule::Allow), forbidden);
    writer_.note_key(high);
    const Place load_high = writer_.load(high_word(argument));
    writer_.note_key(writer_.branch(BPF_JEQ, 0, load_high, forbidden));
    return writer_.load(low_word(argument));
  }

  // Which of the ranges, given by their first numbers, holds the number in the accumulator.
  Place search(std::span<const std::pair<std::uint32_t, Place>> ranges) {
    if (ranges.size() == 1) return ranges.front().second;
    const std::size_t middle = ranges.size() / 2;
    const Place upper = search(ranges.subspan(middle));
    const Place lower = search(ranges.first(middle));
    return writer_.branch(BPF_JGE, ranges[middle].first, upper, lower);
  }

  const CallTable& table_;
  BackwardWriter writer_;
  std::map<CallRule, Place> places_;
};

}  // namespace

Result<SeccompProgram> compile_calls(const CallTable& table) {
  return Compiler(table).compile();
}

void set_exec_key(SeccompProgram& program, std::uint64_t key) {
  // Written backward, so the high half comes first in the list.
  const std::uint32_t halves[] = {static_cast<std::uint32_t>(key >> 32),
                                  static_cast<std::uint32_t>(key)};
  for (std::size_t i = 0; i < program.key_places.size(); ++i) {
    sock_filter instruction{};
    std::uint64_t& bits = program.instructions[program.key_places[i]];
    std::memcpy(&instruction, &bits, sizeof instruction);
    instruction.k = halves[i % 2];
    std::memcpy(&bits, &instruction, sizeof bits);
  }
}

}  // namespace eval::sandbox
