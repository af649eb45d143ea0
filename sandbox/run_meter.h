#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "sandbox/box.h"
#include "sandbox/cgroup_leaf.h"
#include "sandbox/process_usage.h"
#include "sandbox/sandbox.h"

namespace eval::sandbox {

// What one run has used so far, from the cgroup where there is one, else by polling /proc.
class RunMeter {
 public:
  struct Reading {
    std::chrono::microseconds cpu{0};
    std::uint64_t oom_kills = 0;
    bool over_memory = false;  // only polling finds this; a cgroup kills by itself
  };

  // `leaf` may be null; both must outlive the meter. Limits are set and counting starts.
  static Result<RunMeter> start(Box& box, CgroupLeaf* leaf, const Limits& limits);

  Result<Reading> read();

  // Fills the measured part of `result` after the run has ended with `reply`; returns the OOM kills.
  Result<std::uint64_t> finish(const protocol::Reply& reply, ExecutionResult& result);

  // How long a program may go unobserved.
  std::chrono::milliseconds interval() const;

 private:
  RunMeter(Box& box, CgroupLeaf* leaf, Bytes limit) : box_(box), leaf_(leaf), limit_(limit) {}

  Box& box_;
  CgroupLeaf* leaf_;
  Bytes limit_;
  // Polling only.
  std::chrono::microseconds reaped_before_{0};
  SeenCpu seen_;
  std::uint64_t sockets_before_ = 0;
  Bytes scratch_before_;
  Bytes memory_peak_;
  int processes_peak_ = 0;
};

}  // namespace eval::sandbox
