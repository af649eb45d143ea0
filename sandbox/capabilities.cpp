#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "base/unique_fd.h"
#include "sandbox/box.h"
#include "sandbox/box_launch.h"
#include "sandbox/cgroup_layout.h"
#include "sandbox/cpu_layout.h"
#include "sandbox/isolation.h"
#include "sandbox/linux_sandbox.h"
#include "sandbox/proc_files.h"

namespace eval::sandbox {
namespace {

Capability probe_kernel() {
  // mount_setattr (5.12) makes a bind read-only with everything below it in one step.
  constexpr long long kMajorNeeded = 5;
  constexpr long long kMinorNeeded = 12;
  utsname name{};
  uname(&name);
  const std::vector<std::string> parts = split(name.release, '.');
  const long long first = parts.empty() ? 0 : parse_integer(parts[0]).value_or(0);
  const long long second = parts.size() < 2 ? 0 : parse_integer(parts[1]).value_or(0);
  const bool enough = first > kMajorNeeded || (first == kMajorNeeded && second >= kMinorNeeded);
  return {"Linux kernel", enough, fmt::format("{} {}", name.release, name.machine),
          enough ? "" : "the sandbox needs Linux 5.12 or later"};
}

Capability probe_call(const char* name, long result, const char* help) {
  // Called with arguments that cannot succeed: any error but ENOSYS (and a filter's EPERM) means
  // that the call is there.
  const bool there = result >= 0 || (errno != ENOSYS && errno != EPERM);
  return {name, there, there ? "available" : std::strerror(errno), there ? "" : help};
}

Capability probe_openat2() {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  const UniqueFd file(static_cast<int>(syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof how)));
  return {"openat2", file.valid(), file.valid() ? "available" : std::strerror(errno),
          file.valid() ? "" : "Linux 5.6 or later is needed, and a container must not filter it"};
}

Capability probe_landlock() {
  const int version = landlock_version();
  return {"Landlock", version > 0,
          version > 0 ? fmt::format("ABI {}", version) : "not in this kernel", ""};
}

Capability probe_seccomp() {
  const auto actions = read_small_file("/proc/sys/kernel/seccomp/actions_avail");
  const bool notifies = actions && actions->find("user_notif") != std::string::npos;
  return {"seccomp filters", notifies, actions ? std::string(trim(*actions)) : "not in this kernel",
          notifies ? "" : "a kernel with CONFIG_SECCOMP_FILTER, 5.0 or later, is needed"};
}

// Ubuntu 23.10 and later, for programs without an AppArmor profile.
bool apparmor_restricts() {
  const auto value = read_number_file("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
  return value.value_or(0) != 0;
}

std::string user_namespace_help() {
  if (apparmor_restricts()) {
    return "AppArmor restricts user namespaces: sysctl "
           "kernel.apparmor_restrict_unprivileged_userns=0, "
           "or give evalctl a profile with \"userns,\"";
  }
  if (read_number_file("/proc/sys/kernel/unprivileged_userns_clone").value_or(1) == 0) {
    return "sysctl kernel.unprivileged_userns_clone=1";
  }
  if (read_number_file("/proc/sys/user/max_user_namespaces").value_or(1) == 0) {
    return "sysctl user.max_user_namespaces=10000";
  }
  return "run as root, or allow the container to make user namespaces";
}

// Builds a box as runs would, and destroys it.
Capability probe_box(const char* name, bool user_namespace) {
  Capability capability{name, false, {}, {}};
  const auto image = make_box_image();
  if (!image) {
    capability.detail = describe(image.error());
    return capability;
  }
  BoxOptions options;
  options.user = 60'600;
  options.user_namespace = user_namespace;
  const auto box = Box::create(image->value(), options);
  capability.available = box.has_value();
  capability.detail = box ? "a box can be built" : box.error().what;
  if (!box) capability.help = user_namespace ? user_namespace_help() : "run as root";
  return capability;
}

Capability probe_cgroups() {
  const auto mounts = parse_cgroup_mounts(read_small_file("/proc/self/mountinfo").value_or(""),
                                          read_small_file("/proc/self/cgroup").value_or(""));
  std::string why_not;
  const auto root = CgroupRoot::create(mounts, why_not);
  Capability capability{"cgroups", root.has_value(), why_not, {}};
  if (!root) {
    capability.help = kCgroupHelp;
    return capability;
  }
  const CgroupLayout& layout = root->layout();
  capability.detail =
      layout.version == CgroupVersion::V2
          ? fmt::format("v2, memory and pids, in {}", layout.memory.parent_path().string())
          : fmt::format("v1, memory, cpuacct{}, in {}", layout.processes.empty() ? "" : ", pids",
                        layout.memory.parent_path().string());
  return capability;
}

Capability probe_cores() {
  const std::vector<PhysicalCore> cores = machine_cores();
  return {"cores", !cores.empty(), describe_cores(cores),
          cores.empty() ? "the affinity of this process cannot be read; nothing is pinned" : ""};
}

}  // namespace

std::vector<Capability> probe_capabilities() {
  std::vector<Capability> found;
  found.push_back(probe_kernel());
  found.push_back(probe_call("clone3", syscall(SYS_clone3, nullptr, 0),
                             "Linux 5.5 or later is needed, and a container must not filter it"));
  found.push_back(probe_openat2());
  found.push_back(probe_seccomp());
  found.push_back(probe_landlock());
  const bool root = has_root_rights();
  found.push_back({"root rights", root,
                   root ? "namespaces, mounts and users without a user namespace"
                        : "not available; user namespaces are used instead",
                   ""});
  if (root) found.push_back(probe_box("box as root", false));
  found.push_back(probe_box("box in a user namespace", true));
  found.push_back(probe_cgroups());
  found.push_back(probe_cores());
  return found;
}

}  // namespace eval::sandbox
