#include "sandbox/cpu_layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <map>

#include "base/text.h"
#include "sandbox/proc_files.h"

namespace eval::sandbox {
namespace {

// More than any machine has; a guard against a list that says "0-4000000000".
constexpr int kCpusMax = 8192;

// The first of the CPUs that share a core with `cpu`, allowed or not: what names the core.
int first_sibling(const fs::path& cpu_folder, int cpu) {
  const auto text = read_small_file(cpu_folder / "topology/thread_siblings_list");
  const std::vector<int> siblings = parse_cpu_list(text ? trim(*text) : std::string_view());
  const bool known = std::find(siblings.begin(), siblings.end(), cpu) != siblings.end();
  return known ? siblings.front() : cpu;
}

// Valid if nobody else holds the core. A socket in the abstract namespace leaves no file behind.
UniqueFd claim(int cpu) {
  UniqueFd holder(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const std::string name = fmt::format("evalctl-core-{}", cpu);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(holder.value(), reinterpret_cast<const sockaddr*>(&address), size) < 0) holder.reset();
  return holder;
}

}  // namespace

std::vector<int> parse_cpu_list(std::string_view text) {
  std::vector<int> cpus;
  for (const std::string& part : split(text, ',')) {
    const std::vector<std::string> ends = split(part, '-');
    const auto first = parse_integer(trim(ends.front()));
    const auto last = parse_integer(trim(ends.back()));
    if (ends.size() > 2 || !first || !last || *first < 0 || *last >= kCpusMax) continue;
    for (auto cpu = *first; cpu <= *last; ++cpu) cpus.push_back(static_cast<int>(cpu));
  }
  std::sort(cpus.begin(), cpus.end());
  cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
  return cpus;
}

std::vector<PhysicalCore> read_cores(const fs::path& folder, const std::vector<int>& allowed) {
  std::map<int, PhysicalCore> by_sibling;
  for (const int cpu : allowed) {
    const fs::path cpu_folder = folder / fmt::format("cpu{}", cpu);
    // CPU 0 often cannot be taken offline and has no such file.
    if (read_number_file(cpu_folder / "online").value_or(1) == 0) continue;
    by_sibling[first_sibling(cpu_folder, cpu)].cpus.push_back(cpu);
  }
  std::vector<PhysicalCore> cores;
  for (auto& [sibling, core] : by_sibling) {
    std::sort(core.cpus.begin(), core.cpus.end());
    cores.push_back(std::move(core));
  }
  std::sort(cores.begin(), cores.end(), [](const PhysicalCore& a, const PhysicalCore& b) {
    return a.cpus.front() < b.cpus.front();
  });
  return cores;
}

std::vector<int> allowed_cpus() {
  // The kernel refuses a set smaller than its own, which may have more CPUs than cpu_set_t.
  cpu_set_t* const set = CPU_ALLOC(kCpusMax);
  const std::size_t size = CPU_ALLOC_SIZE(kCpusMax);
  std::vector<int> cpus;
  if (set != nullptr && sched_getaffinity(0, size, set) == 0) {
    for (int cpu = 0; cpu < kCpusMax; ++cpu) {
      if (CPU_ISSET_S(static_cast<std::size_t>(cpu), size, set)) cpus.push_back(cpu);
    }
  }
  CPU_FREE(set);
  return cpus;
}

std::vector<PhysicalCore> machine_cores() {
  return read_cores("/sys/devices/system/cpu", allowed_cpus());
}

std::string describe_cores(const std::vector<PhysicalCore>& cores) {
  std::string text =
      fmt::format("{} physical core{}, CPUs", cores.size(), cores.size() == 1 ? "" : "s");
  for (const PhysicalCore& core : cores) text += fmt::format(" {}", fmt::join(core.cpus, "+"));
  return text;
}

CorePlan CorePlan::make(const std::vector<PhysicalCore>& cores, int workers) {
  CorePlan plan;
  const auto wanted = static_cast<std::size_t>(std::max(1, workers));
  for (const PhysicalCore& core : cores) {
    if (plan.cpus_.size() == wanted) break;
    UniqueFd claimed = claim(core.cpus.front());
    if (!claimed.valid()) continue;
    plan.cpus_.push_back(core.cpus.front());
    plan.claims_.push_back(std::move(claimed));
  }
  if (plan.cpus_.size() == wanted) return plan;
  const std::size_t found = plan.cpus_.size();
  plan.cpus_.clear();
  plan.claims_.clear();
  plan.warning_ =
      cores.size() < wanted
          ? fmt::format(
                "{} workers share {}: times are less exact; at most {} workers have a core "
                "each",
                wanted, describe_cores(cores), cores.size())
          : fmt::format(
                "other evalctl processes judge on {} of {}: times are less exact until they "
                "have ended",
                cores.size() - found, describe_cores(cores));
  return plan;
}

}  // namespace eval::sandbox
