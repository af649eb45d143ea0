#pragma once

#include <chrono>
#include <cstdint>

#include "base/bytes.h"

namespace eval::sandbox {

// What all processes below a box's init use at this moment, read from /proc: the stand-in where
// there is no cgroup. A snapshot that misses what comes and goes between two looks.
struct ProcessUsage {
  std::chrono::microseconds cpu{0};  // of those alive, and of children that any of them waited for
  Bytes memory;       // resident anonymous and shared memory; files of /usr do not count
  int processes = 0;  // threads too
};

ProcessUsage sample_processes(int init_pid);

// CPU time of the processes that `init_pid` has reaped so far: taken off later samples.
std::chrono::microseconds reaped_cpu(int init_pid);

// Bytes that files take in the tmpfs of `folder`.
Bytes tmpfs_usage(int folder);

}  // namespace eval::sandbox
