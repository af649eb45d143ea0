#include "sandbox/bench/cpu_clock.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "sandbox/cgroup_layout.h"
#include "sandbox/proc_files.h"
#include "sandbox/process_usage.h"

namespace eval::sandbox::bench {
namespace {

using std::chrono::microseconds;

bool move_here(const fs::path& group) {
  std::ofstream file(group / "cgroup.procs");
  file << getpid() << std::flush;
  return file.good();
}

microseconds from_proc() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& time) {
    return microseconds(std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime) + sample_processes(getpid()).cpu;
}

}  // namespace

CpuClock CpuClock::create() {
  CpuClock clock;
  clock.source_ = "clock ticks of /proc";
  const auto mounts = parse_cgroup_mounts(read_small_file("/proc/self/mountinfo").value_or(""),
                                          read_small_file("/proc/self/cgroup").value_or(""));
  for (const CgroupMount& mount : mounts) {
    const auto& names = mount.controllers;
    if (std::find(names.begin(), names.end(), "cpuacct") == names.end()) continue;
    const fs::path group = mount.own_group / fmt::format("evalctl-bench-{}", getpid());
    if (mkdir(group.c_str(), 0755) < 0) continue;
    if (!move_here(group)) {
      rmdir(group.c_str());
      continue;
    }
    clock.source_ = "cgroup v1 cpuacct";
    clock.file_ = group / "cpuacct.usage";
    clock.made_ = group;
    clock.parent_ = mount.own_group;
    return clock;
  }
  for (const CgroupMount& mount : mounts) {
    // The root's counter would be the whole machine's.
    if (!mount.controllers.empty() || mount.own_group == mount.mount_point) continue;
    if (!read_small_file(mount.own_group / "cpu.stat")) continue;
    clock.source_ = "cgroup v2 cpu.stat";
    clock.file_ = mount.own_group / "cpu.stat";
    return clock;
  }
  return clock;
}

CpuClock::CpuClock(CpuClock&& other) noexcept
    : source_(std::move(other.source_)),
      file_(std::move(other.file_)),
      made_(std::exchange(other.made_, {})),
      parent_(std::move(other.parent_)) {}

CpuClock::~CpuClock() {
  if (made_.empty()) return;
  move_here(parent_);
  rmdir(made_.c_str());
}

Result<microseconds> CpuClock::now() const {
  if (file_.empty()) return from_proc();
  const std::string text = read_small_file(file_).value_or("");
  const auto number =
      made_.empty() ? find_keyed_number(text, "usage_usec") : read_number_file(file_);
  if (!number) {
    return fail(ErrorCode::Infrastructure, "cannot read the CPU time of the benchmark",
                file_.string());
  }
  const auto count = static_cast<std::int64_t>(*number);
  return microseconds(made_.empty() ? count : count / 1000);
}

}  // namespace eval::sandbox::bench
