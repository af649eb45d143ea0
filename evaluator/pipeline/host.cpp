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

}  // namespace

std::string describe_host() {
  utsname names{};
  std::string kernel = "unknown kernel";
  if (uname(&names) == 0) {
    kernel = fmt::format("{} {} {}", names.sysname, names.release, names.machine);
  }
  return fmt::format("{}, {} x {}", kernel, std::thread::hardware_concurrency(), cpu_model());
}

}  // namespace eval::evaluator
