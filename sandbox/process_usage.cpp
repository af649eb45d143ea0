#include "sandbox/process_usage.h"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <optional>

#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "sandbox/proc_files.h"

namespace eval::sandbox {
namespace {

using std::chrono::microseconds;

// A bomb is found by the process limit; looking at more would only slow the look.
constexpr std::size_t kProcessesMax = 4096;

std::vector<int> children_of(int pid) {
  std::vector<int> children;
  std::error_code error;
  for (const auto& thread : fs::directory_iterator(fmt::format("/proc/{}/task", pid), error)) {
    const auto text = read_small_file(thread.path() / "children");
    if (!text) continue;
    for (const std::string_view word : split_words(*text)) {
      if (const auto child = parse_integer(word)) children.push_back(static_cast<int>(*child));
    }
  }
  return children;
}

struct StatFields {
  microseconds own{0};
  microseconds children{0};
  int threads = 0;
  std::uint64_t start = 0;  // clock ticks since boot
};

// To the nanosecond, where /proc has ticks of 10 ms; threads that have ended included.
std::optional<microseconds> process_clock(int pid) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) < 0) return std::nullopt;
  return microseconds(time.tv_sec * 1'000'000 + time.tv_nsec / 1000);
}

StatFields read_stat(int pid) {
  StatFields result;
  const auto text = read_small_file(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = text ? text->rfind(')') : std::string::npos;
  if (name_end == std::string::npos) return result;
  const auto fields = split_words(std::string_view(*text).substr(name_end + 1));
  constexpr std::size_t kFirst = 3;  // proc(5) numbers the fields from 1; two are before the ")"
  if (fields.size() <= 22 - kFirst) return result;
  const long ticks_per_second = sysconf(_SC_CLK_TCK);
  const auto ticks = [&](std::size_t number) {
    return microseconds(parse_integer(fields[number - kFirst]).value_or(0) * 1'000'000 /
                        ticks_per_second);
  };
  result.own = process_clock(pid).value_or(ticks(14) + ticks(15));
  result.children = ticks(16) + ticks(17);
  result.threads = static_cast<int>(parse_integer(fields[20 - kFirst]).value_or(0));
  result.start = static_cast<std::uint64_t>(parse_integer(fields[22 - kFirst]).value_or(0));
  return result;
}

// Whether the thread sleeps until a child that it made by vfork ends, for as long as that likes. Also where the kernel
// does not say what it does.
bool waits_for_child(const fs::path& thread) {
  const auto text = read_small_file(thread / "syscall");
  if (!text) return true;
  const auto number = parse_integer(std::string_view(*text).substr(0, text->find(' ')));
#ifdef SYS_vfork
  if (number == SYS_vfork) return true;
#endif
  return number == SYS_clone || number == SYS_clone3;
}

bool has_busy_thread(int pid) {
  std::error_code error;
  for (const auto& thread : fs::directory_iterator(fmt::format("/proc/{}/task", pid), error)) {
    const auto text = read_small_file(thread.path() / "stat");
    const std::size_t name_end = text ? text->rfind(") ") : std::string::npos;
    if (name_end == std::string::npos || name_end + 2 >= text->size()) continue;
    const char state = (*text)[name_end + 2];
    if (state == 'R' || (state == 'D' && !waits_for_child(thread.path()))) return true;
  }
  return false;
}

// proc(5): the state and the kernel's flags, of which PF_EXITING is set before anything is given back.
bool has_begun_to_end(int pid) {
  constexpr long long kExiting = 0x4;
  constexpr std::size_t kFlags = 6;  // behind the ")", the state being 0
  const auto text = read_small_file(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = text ? text->rfind(')') : std::string::npos;
  if (name_end == std::string::npos) return false;
  const auto fields = split_words(std::string_view(*text).substr(name_end + 1));
  if (fields.size() <= kFlags) return false;
  return fields[0] == "Z" || fields[0] == "X" ||
         (parse_integer(fields[kFlags]).value_or(0) & kExiting) != 0;
}

bool any_process(int init_pid, bool (*holds)(int)) {
  std::vector<int> waiting = children_of(init_pid);
  for (std::size_t i = 0; i < waiting.size() && i < kProcessesMax; ++i) {
    if (holds(waiting[i])) return true;
    const std::vector<int> children = children_of(waiting[i]);
    waiting.insert(waiting.end(), children.begin(), children.end());
  }
  return false;
}

Bytes read_memory(int pid) {
  const auto text = read_small_file(fmt::format("/proc/{}/status", pid));
  if (!text) return {};
  const std::uint64_t kib = find_keyed_number(*text, "RssAnon:").value_or(0) +
                            find_keyed_number(*text, "RssShmem:").value_or(0) +
                            find_keyed_number(*text, "VmPTE:").value_or(0) +
                            find_keyed_number(*text, "VmSwap:").value_or(0);
  return Bytes::kib(kib);
}

}  // namespace

ProcessUsage sample_processes(int init_pid) {
  ProcessUsage usage;
  usage.cpu = reaped_cpu(init_pid);
  std::vector<int> waiting = children_of(init_pid);
  for (std::size_t i = 0; i < waiting.size() && i < kProcessesMax; ++i) {
    const StatFields fields = read_stat(waiting[i]);
    usage.cpu += fields.own + fields.children;
    usage.own.push_back({fields.start << 22U | static_cast<std::uint64_t>(waiting[i]), fields.own});
    usage.processes += fields.threads;
    usage.memory = usage.memory + read_memory(waiting[i]);
    const std::vector<int> children = children_of(waiting[i]);
    waiting.insert(waiting.end(), children.begin(), children.end());
  }
  return usage;
}

bool wants_core(int init_pid) {
  return any_process(init_pid, has_busy_thread);
}

bool is_ending(int init_pid) {
  return any_process(init_pid, has_begun_to_end);
}

microseconds reaped_cpu(int init_pid) {
  return read_stat(init_pid).children;
}

void SeenCpu::add(const ProcessUsage& usage) {
  for (const ProcessUsage::Own& own : usage.own) {
    microseconds& last = last_[own.key];
    if (own.cpu <= last) continue;
    total_ += own.cpu - last;
    last = own.cpu;
  }
}

std::uint64_t count_sockets(int init_pid) {
  const auto text = read_small_file(fmt::format("/proc/{}/net/sockstat", init_pid));
  if (!text) return 0;
  // "sockets: used 12"
  const std::size_t at = text->find("used ");
  const std::string_view rest = std::string_view(*text).substr(std::min(at, text->size()));
  const auto words = split_words(rest.substr(0, rest.find('\n')));
  if (words.size() < 2) return 0;
  return static_cast<std::uint64_t>(parse_integer(words[1]).value_or(0));
}

Bytes tmpfs_usage(int folder) {
  struct statvfs status {};
  if (fstatvfs(folder, &status) < 0) return {};
  return Bytes{(status.f_blocks - status.f_bfree) * status.f_frsize};
}

}  // namespace eval::sandbox
