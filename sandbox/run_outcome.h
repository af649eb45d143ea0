#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "sandbox/sandbox.h"

namespace eval::sandbox {

// All that decides a run's status.
struct RunFacts {
  std::optional<RunStatus> ended_by = {};  // what we ended it for, if we did
  std::uint64_t oom_kills = 0;
  int forbidden_syscall = -1;
  int wait_status = 0;  // of the first process
  std::chrono::microseconds cpu_time{0};
  std::chrono::microseconds wall_time{0};
  std::chrono::microseconds extra_wall{0};  // beyond the limit, which CPU time has bought
};

// Sets status, exit_code, signal and forbidden_syscall of `result`. Exit codes and signals are what
// the program chose, so they decide last.
void decide_status(const RunFacts& facts, const Limits& limits, ExecutionResult& result);

}  // namespace eval::sandbox
