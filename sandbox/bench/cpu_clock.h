#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/files.h"
#include "base/result.h"

namespace eval::sandbox::bench {

// CPU time of this process and of everything below it: boxes, programs, orphans. Kernel threads that
// work for them (tearing down network namespaces, say) are nobody's and not in it.
//
// From a cgroup that this process is put into where that can be, else from /proc in clock ticks.
// Boxes belong to the clock's group only if their sandbox is made after the clock.
class CpuClock {
 public:
  static CpuClock create();
  CpuClock(CpuClock&& other) noexcept;
  CpuClock& operator=(CpuClock&&) = delete;
  CpuClock(const CpuClock&) = delete;
  CpuClock& operator=(const CpuClock&) = delete;
  ~CpuClock();

  Result<std::chrono::microseconds> now() const;
  // "cgroup v1 cpuacct", "cgroup v2 cpu.stat", "clock ticks of /proc".
  const std::string& source() const { return source_; }

 private:
  CpuClock() = default;
  std::string source_;
  fs::path file_;    // the counter; empty: /proc
  fs::path made_;    // a group of our own, removed when destroyed
  fs::path parent_;  // where this process was before
};

}  // namespace eval::sandbox::bench
