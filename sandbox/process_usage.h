#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"

namespace eval::sandbox {

// What all processes below a box's init use at this moment, read from /proc: the stand-in where
// there is no cgroup. A snapshot that misses what comes and goes between two looks.
struct ProcessUsage {
  // One process alive: `key` is its number and its start, so a number used again is another one.
  struct Own {
    std::uint64_t key = 0;
    std::chrono::microseconds cpu{0};
  };
  std::chrono::microseconds cpu{0};  // of those alive, and of children that any of them waited for
  std::vector<Own> own = {};         // without children
  Bytes memory;  // resident anonymous and shared memory and page tables; files of /usr do not count
  int processes = 0;  // threads too
};

ProcessUsage sample_processes(int init_pid);

// True if a thread of the processes below a box's init runs, would run if there were a core for it, or
// waits for a disk: it waits for no other program.
bool wants_core(int init_pid);

// True if one of these processes has begun to end and nobody has reaped it: its streams may be closed already, while
// the box's init has yet to note its end.
bool is_ending(int init_pid);

// CPU time of the processes that `init_pid` has reaped so far: taken off later samples.
std::chrono::microseconds reaped_cpu(int init_pid);

// What every process that was ever seen had used when it was last seen, added up. Needs nobody to wait
// for anybody, so it also counts children whose parent ignores SIGCHLD and whose times the kernel adds to
// no one; what a process uses after the last look at it is missing.
class SeenCpu {
 public:
  void add(const ProcessUsage& usage);
  std::chrono::microseconds total() const { return total_; }

 private:
  std::unordered_map<std::uint64_t, std::chrono::microseconds> last_;
  std::chrono::microseconds total_{0};
};

// Sockets of the box's network namespace, also closed ones whose data nobody has read yet; 0 where the
// kernel does not tell.
std::uint64_t count_sockets(int init_pid);

// Bytes that files take in the tmpfs of `folder`.
Bytes tmpfs_usage(int folder);

}  // namespace eval::sandbox
