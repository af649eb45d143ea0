#include "evaluator/pipeline/host.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <string_view>
#include <thread>

#include "base/files.h"
#include "base/text.h"

namespace eval::evaluator {
namespace {

// x86 calls it "model name"; other architectures may give none.
std::string cpu_model() {
  const auto text = read_file("/proc/cpuinfo", Bytes::mib(16));
  if (!text) return "unknown CPU";
  for (const std::string_view line : split_lines(*text)) {
    if (!line.starts_with("model name")) continue;
    return std::string(trim(line.substr(std::min(line.find(':'), line.size() - 1) + 1)));
  }
  return "unknown CPU";
}

// "MemTotal:       24689764 kB"
std::optional<Bytes> memory_line(std::string_view text, std::string_view name) {
  for (const std::string_view line : split_lines(text)) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() != 3 || words[0] != name || words[2] != "kB") continue;
    const auto kib = parse_integer(words[1]);
    if (kib && *kib >= 0) return Bytes::kib(static_cast<std::uint64_t>(*kib));
  }
  return std::nullopt;
}

}  // namespace

std::optional<HostMemory> host_memory() {
  const auto text = read_file("/proc/meminfo", Bytes::mib(1));
  if (!text) return std::nullopt;
  const auto total = memory_line(*text, "MemTotal:");
  const auto available = memory_line(*text, "MemAvailable:");
  if (!total || !available) return std::nullopt;
  return HostMemory{*total, *available};
}

std::string describe_host() {
  utsname names{};
  std::string kernel = "unknown kernel";
  if (uname(&names) == 0) {
    kernel = fmt::format("{} {} {}", names.sysname, names.release, names.machine);
  }
  return fmt::format("{}, {} x {}", kernel, std::thread::hardware_concurrency(), cpu_model());
}

}  // namespace eval::evaluator
