#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"

// Finds where this process may make cgroups, and owns the group that all its boxes live in.
namespace eval::sandbox {

enum class CgroupVersion { V1, V2 };

// The folders below which groups can be made. V2: all three are the same folder.
struct CgroupLayout {
  CgroupVersion version = CgroupVersion::V1;
  fs::path memory = {};
  fs::path cpu = {};        // V1: the cpuacct controller
  fs::path processes = {};  // empty: no pids controller

  friend bool operator==(const CgroupLayout&, const CgroupLayout&) = default;
};

// One mounted hierarchy, and this process's own group in it as a path on this machine.
struct CgroupMount {
  std::vector<std::string> controllers;  // empty: v2
  fs::path mount_point;
  fs::path own_group;

  friend bool operator==(const CgroupMount&, const CgroupMount&) = default;
};

// From the texts of /proc/self/mountinfo and /proc/self/cgroup.
std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo,
                                             std::string_view own_groups);

// What to do where no cgroup can be made.
inline constexpr const char* kCgroupHelp =
    "give it a group of its own: systemd-run --scope -p Delegate=yes COMMAND, with --user as an "
    "ordinary "
    "user; for containers see docs/sandbox.md";

// The group of this process for its boxes, one folder in each hierarchy, removed when destroyed.
// Its name says which process made it, so that a later start can clear what a dead one left.
class CgroupRoot {
 public:
  // Tries v2, then v1. nullopt, with the reason in `why_not`, if neither can be written.
  static std::optional<CgroupRoot> create(const std::vector<CgroupMount>& mounts,
                                          std::string& why_not);
  // In the given folders (which tests make up), without looking at this machine.
  static Result<CgroupRoot> create_in(const CgroupLayout& parents);
  CgroupRoot(CgroupRoot&& other) noexcept;
  CgroupRoot& operator=(CgroupRoot&&) = delete;
  CgroupRoot(const CgroupRoot&) = delete;
  CgroupRoot& operator=(const CgroupRoot&) = delete;
  ~CgroupRoot();

  const CgroupLayout& layout() const { return layout_; }

 private:
  explicit CgroupRoot(CgroupLayout layout) : layout_(std::move(layout)) {}
  CgroupLayout layout_;
  bool owned_ = true;
};

// Removes the groups in `folder`, and in the groups beside it, whose process is gone: a session or a
// container often has a group of its own, and the next one lies beside it. Best effort.
void clear_stale_groups(const fs::path& folder);

}  // namespace eval::sandbox
