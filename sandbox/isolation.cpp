#include "sandbox/isolation.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/proc_files.h"

namespace eval::sandbox {

bool has_root_rights() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (geteuid() != 0 || syscall(SYS_capget, &header, data) < 0) return false;
  for (const unsigned needed : {CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID, CAP_CHOWN, CAP_KILL,
                                CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_MKNOD}) {
    if ((data[needed / 32].effective >> (needed % 32) & 1U) == 0) return false;
  }
  return true;
}

int landlock_version() {
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
  constexpr unsigned kAskVersion = 1;
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
  return version > 0 ? static_cast<int>(version) : 0;
}

std::vector<std::string> unpromised(std::string_view rung) {
  const auto has = [rung](std::string_view part) {
    return rung.find(part) != std::string_view::npos;
  };
  std::vector<std::string> list;
  if (has("rlimits")) {
    list.emplace_back("memory may pass its limit for up to 5 ms, and a shorter peak is not seen");
    list.emplace_back(
        "CPU time that runtimes and compilers use in children shorter than 5 ms, for which nobody "
        "waits, is not counted");
  }
  if (has("userns-as-root")) {
    list.emplace_back(
        "programs are root on the host, see init's entry in /proc and can leave a mark in "
        "the times of /proc for the next run");
  } else if (has("userns")) {
    list.emplace_back("programs run as this user on the host, not as users of their own");
  }
  if (!has("landlock")) list.emplace_back("no second wall (Landlock) behind the mounts");
  return list;
}

Result<Isolation> choose_isolation(const LinuxSandboxOptions& options) {
  Isolation isolation;
  isolation.user_namespace = options.in_user_namespace || !has_root_rights();
  std::string why_not = options.without_cgroups ? "not wanted" : "";
  if (!options.without_cgroups) {
    const std::string mounts = read_small_file("/proc/self/mountinfo").value_or("");
    const std::string groups = read_small_file("/proc/self/cgroup").value_or("");
    std::optional<CgroupRoot> cgroups =
        CgroupRoot::create(parse_cgroup_mounts(mounts, groups), why_not);
    if (cgroups) isolation.cgroups.emplace(std::move(*cgroups));
  }
  if (!isolation.cgroups && options.floor == IsolationFloor::Cgroup) {
    return fail(ErrorCode::Unsupported,
                fmt::format("the sandbox has no cgroup to measure with, and one was asked for: {}",
                            why_not),
                {}, kCgroupHelp);
  }
  // Root without its rights, as in some containers: programs are host root outside the namespace.
  const bool as_root = isolation.user_namespace && geteuid() == 0;
  if (as_root && !isolation.cgroups && !options.in_user_namespace) {
    return fail(ErrorCode::Unsupported,
                fmt::format("the sandbox cannot limit processes for root without root's rights: {}",
                            why_not),
                {}, "run as an ordinary user, or give the container CAP_SYS_ADMIN or a cgroup");
  }
  const char* measure = "rlimits";
  if (isolation.cgroups) {
    const bool v2 = isolation.cgroups->layout().version == CgroupVersion::V2;
    measure = v2 ? "cgroup-v2" : "cgroup-v1";
  }
  // What a box's init makes use of (box/landlock.cpp).
  constexpr int kUsefulLandlock = 2;
  isolation.name = fmt::format("{}+{}{}",
                               !isolation.user_namespace ? "root"
                               : as_root                 ? "userns-as-root"
                                                         : "userns",
                               measure, landlock_version() >= kUsefulLandlock ? "+landlock" : "");
  return isolation;
}

}  // namespace eval::sandbox
