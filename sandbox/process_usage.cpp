#include "sandbox/process_usage.h"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

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
};

StatFields read_stat(int pid) {
  StatFields result;
  const auto text = read_small_file(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = text ? text->rfind(')') : std::string::npos;
  if (name_end == std::string::npos) return result;
  const auto fields = split_words(std::string_view(*text).substr(name_end + 1));
  constexpr std::size_t kFirst = 3;  // proc(5) numbers the fields from 1; two are before the ")"
  if (fields.size() <= 20 - kFirst) return result;
  const long ticks_per_second = sysconf(_SC_CLK_TCK);
  const auto ticks = [&](std::size_t number) {
    return microseconds(parse_integer(fields[number - kFirst]).value_or(0) * 1'000'000 /
                        ticks_per_second);
  };
  result.own = ticks(14) + ticks(15);
  result.children = ticks(16) + ticks(17);
  result.threads = static_cast<int>(parse_integer(fields[20 - kFirst]).value_or(0));
  return result;
}

Bytes read_memory(int pid) {
  const auto text = read_small_file(fmt::format("/proc/{}/status", pid));
  if (!text) return {};
  const std::uint64_t kib = find_keyed_number(*text, "RssAnon:").value_or(0) +
                            find_keyed_number(*text, "RssShmem:").value_or(0) +
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
    usage.processes += fields.threads;
    usage.memory = usage.memory + read_memory(waiting[i]);
    const std::vector<int> children = children_of(waiting[i]);
    waiting.insert(waiting.end(), children.begin(), children.end());
  }
  return usage;
}

microseconds reaped_cpu(int init_pid) {
  return read_stat(init_pid).children;
}

Bytes tmpfs_usage(int folder) {
  struct statvfs status {};
  if (fstatvfs(folder, &status) < 0) return {};
  return Bytes{(status.f_blocks - status.f_bfree) * status.f_frsize};
}

}  // namespace eval::sandbox
