#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "sandbox/cgroup_file.h"
#include "sandbox/cgroup_layout.h"

namespace eval::sandbox {

// What a run used, counted from prepare().
struct CgroupUsage {
  std::chrono::microseconds cpu{0};
  std::chrono::microseconds user{0};
  std::chrono::microseconds system{0};
  std::uint64_t oom_kills = 0;
};

// The group that the programs of one worker run in, one after the other. Box init stays outside, so
// that neither the OOM killer nor the process limit touches it. Not thread-safe.
class CgroupLeaf {
 public:
  // Makes `name` below the folders of `parents`.
  static Result<CgroupLeaf> create(const CgroupLayout& parents, const std::string& name);
  CgroupLeaf(CgroupLeaf&& other) noexcept;
  CgroupLeaf& operator=(CgroupLeaf&&) = delete;
  CgroupLeaf(const CgroupLeaf&) = delete;
  CgroupLeaf& operator=(const CgroupLeaf&) = delete;
  ~CgroupLeaf();

  // Sets the limits and starts counting anew. The group must be empty of processes.
  Result<void> prepare(Bytes memory, int processes);

  Result<CgroupUsage> usage() const;

  // Peak of what the run itself used. Pages of files it was the first to read are taken off: they
  // are cache that the kernel gives back on demand, not the program's need.
  Result<Bytes> memory_peak() const;

  // 0: the kernel does not count it (before 6.6).
  int processes_peak() const;

  // V1: files a process writes "0" to in order to join, in this order.
  std::vector<int> attach_files() const;
  // V2: the folder for CLONE_INTO_CGROUP; -1 on V1.
  int directory() const;
  // V2: such a file, for a process that was cloned elsewhere.
  Result<UniqueFd> open_for_joining() const;
  bool limits_processes() const { return !folders_.processes.empty(); }

 private:
  struct Counters {
    std::chrono::microseconds cpu{0};
    std::chrono::microseconds user{0};
    std::chrono::microseconds system{0};
    std::uint64_t oom_kills = 0;
  };

  // V2 has cpu.stat for all three times; files that a version has not are never opened.
  struct Files {
    CgroupFile memory_limit;
    CgroupFile swap_limit;  // v1: of memory and swap together
    CgroupFile memory_peak;
    CgroupFile swap_peak;  // v1 only, likewise
    CgroupFile memory_now;
    CgroupFile memory_events;
    CgroupFile memory_stat;
    CgroupFile oom_group;  // v2 only
    CgroupFile cpu;
    CgroupFile cpu_user;    // v1 only
    CgroupFile cpu_system;  // v1 only
    CgroupFile processes_limit;
    CgroupFile processes_peak;
  };

  Result<void> settle();
  explicit CgroupLeaf(CgroupLayout folders) : folders_(std::move(folders)) {}
  bool is_v2() const { return folders_.version == CgroupVersion::V2; }
  void name_files();
  Result<void> open_files();
  Result<void> remake(const fs::path& folder);
  Result<void> prepare_v1(Bytes memory);
  Result<void> prepare_v2(Bytes memory);
  Result<Counters> counters() const;
  std::uint64_t file_cache() const;

  CgroupLayout folders_;
  bool owned_ = true;
  Files files_;
  std::vector<UniqueFd> attach_files_;
  UniqueFd directory_;
  bool peak_resets_ = false;  // V2, 6.12: a reset holds for the descriptor it was written to
  std::optional<Bytes> memory_limit_;  // as last written
  std::optional<int> processes_limit_;
  std::optional<fs::path> missing_;  // removed, and could not be made again
  Counters start_;
  std::uint64_t residue_ = 0;  // bytes charged before the run that are not file cache
  std::uint64_t lasting_ = 0;  // bytes that stayed charged however long one waited
};

}  // namespace eval::sandbox
