#include "sandbox/box/prepare.h"

#include <cerrno>
#include <csignal>
#include <ctime>

#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace eval::sandbox::box {
namespace {

using protocol::RunRequest;

bool set_limits(const RunRequest& request) {
  const bool set = set_limit(RLIMIT_CPU, request.cpu_seconds) &&
                   set_limit(RLIMIT_FSIZE, request.file_bytes) &&
                   set_limit(RLIMIT_STACK, request.stack_bytes) &&
                   set_limit(RLIMIT_NOFILE, request.open_files) && set_limit(RLIMIT_CORE, 0) &&
                   set_limit(RLIMIT_MEMLOCK, 0) && set_limit(RLIMIT_MSGQUEUE, 0) &&
                   (request.processes == 0 || set_limit(RLIMIT_NPROC, request.processes));
  return set && !fails_here(Step::ResourceLimits);
}

bool become_program_user(const Preparation& preparation) {
  // The raw calls: glibc's wrappers would look for other threads to change with us. In a user
  // namespace with one mapped user there is nobody else to become.
  if (!preparation.in_user_namespace) {
    const std::uint32_t uid = preparation.uid;
    if (syscall(SYS_setgroups, 0, nullptr) < 0 || fails_here(Step::SetUser) ||
        syscall(SYS_setresgid, uid, uid, uid) < 0 || syscall(SYS_setresuid, uid, uid, uid) < 0) {
      return false;
    }
  }
  return !fails_here(Step::SetUser) && drop_all_capabilities() == 0;
}

}  // namespace

bool set_limit(int resource, std::uint64_t wish) {
  rlimit limit{};
  if (syscall(SYS_prlimit64, 0, resource, nullptr, &limit) < 0) return false;
  if (limit.rlim_max == RLIM_INFINITY || wish < limit.rlim_max) limit.rlim_max = wish;
  limit.rlim_cur = limit.rlim_max;
  return syscall(SYS_prlimit64, 0, resource, &limit, nullptr) == 0;
}

std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

Fault prepare_program(const Preparation& preparation) {
  const RunRequest& request = *preparation.request;
  for (std::uint32_t i = 0; i < request.attach_files; ++i) {
    if (write(preparation.attach[i], "0", 1) < 0) return fault_here(Step::JoinCgroup);
  }
  if (fails_here(Step::JoinCgroup)) return fault_here(Step::JoinCgroup);
  syscall(SYS_setsid);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!set_limits(request)) return fault_here(Step::ResourceLimits);
  if (request.core >= 0) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<unsigned>(request.core), &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) < 0) return fault_here(Step::Affinity);
  }
  if (fails_here(Step::Affinity)) return fault_here(Step::Affinity);
  if (!become_program_user(preparation)) return fault_here(Step::SetUser);
  if (fails_here(Step::ChangeDirectory) || chdir(preparation.folder) < 0) {
    return fault_here(Step::ChangeDirectory);
  }
  umask(022);
  return {};
}

Fault load_filter(const Preparation& preparation, volatile int& listener) {
  if (fails_here(Step::NoNewPrivileges) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
    return fault_here(Step::NoNewPrivileges);
  }
  if (fails_here(Step::Landlock) || enter_landlock() < 0) return fault_here(Step::Landlock);
  if (preparation.filter.len == 0) return {};
  const bool notifies = preparation.request->filter_notifies != 0;
  const unsigned flags = notifies ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
  const long loaded = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &preparation.filter);
  if (loaded < 0 || fails_here(Step::Seccomp)) return fault_here(Step::Seccomp);
  if (notifies) listener = static_cast<int>(loaded);
  return {};
}

}  // namespace eval::sandbox::box
