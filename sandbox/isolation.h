#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "sandbox/cgroup_layout.h"
#include "sandbox/linux_sandbox.h"

namespace eval::sandbox {

// The rung of the ladder that this process stands on.
struct Isolation {
  bool user_namespace = false;        // not root, or root without the rights
  std::optional<CgroupRoot> cgroups;  // absent: resource limits and polling
  std::string name;                   // "root+cgroup-v1+landlock", "userns+rlimits", ...
};

// True if this process may make namespaces, mounts and other users without a user namespace.
bool has_root_rights();

// The version of Landlock in this kernel; 0: none, or not enabled.
int landlock_version();

// The best rung available, or the lower one that `options` ask for. Unsupported, with what to do, if it
// is below their floor.
Result<Isolation> choose_isolation(const LinuxSandboxOptions& options);

}  // namespace eval::sandbox
