#include "sandbox/box_launch.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/embedded.h"
#include "sandbox/box_protocol.h"
#include "sandbox/box_steps.h"
#include "sandbox/clone3.h"

EVAL_EMBEDDED(evalctl_box_image)
EVAL_EMBEDDED(evalctl_warm_image)

namespace eval::sandbox {
namespace {

using protocol::Step;

// Above the numbers that the child gives to init.
constexpr int kSafeDescriptor = 16;
constexpr std::size_t kStackBytes = 64 * 1024;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EVAL_NO_SANITIZE __attribute__((no_sanitize("address", "thread", "undefined")))
#else
#define EVAL_NO_SANITIZE
#endif

// Shared with the child, which runs in our memory while this thread waits.
struct Launch {
  int image = -1;
  int socket = -1;
  bool user_namespace = false;
  char user_map[64] = {};
  char group_map[64] = {};
  Step failing = Step::None;  // for tests
  volatile Step failed = Step::None;
  volatile int failed_errno = 0;
};

EVAL_NO_SANITIZE int write_text(const char* path, const char* text) {
  const long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) return -1;
  std::size_t length = 0;
  while (text[length] != '\0') ++length;
  const long written = syscall(SYS_write, fd, text, length);
  const int saved = errno;
  syscall(SYS_close, fd);
  errno = saved;
  return written == static_cast<long>(length) ? 0 : -1;
}

// execve drops the capabilities of a user other than 0 unless they are ambient.
EVAL_NO_SANITIZE int keep_capabilities_over_exec() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (syscall(SYS_capget, &header, data) < 0) return -1;
  for (auto& part : data) part.inheritable = part.permitted;
  if (syscall(SYS_capset, &header, data) < 0) return -1;
  for (unsigned capability = 0; capability < 64; ++capability) {
    if ((data[capability / 32].permitted >> (capability % 32) & 1U) == 0) continue;
    if (syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0) return -1;
  }
  return 0;
}

EVAL_NO_SANITIZE bool fails_here(const Launch& launch, Step step) {
  if (launch.failing != step) return false;
  errno = protocol::kInjectedErrno;
  return true;
}

EVAL_NO_SANITIZE void give_up(Launch& launch, Step step) {
  launch.failed_errno = errno;
  launch.failed = step;
  syscall(SYS_exit_group, 127);
}

// Runs on a stack of its own in the memory of this process: raw system calls only.
EVAL_NO_SANITIZE void child_main(void* argument) {
  Launch& launch = *static_cast<Launch*>(argument);
  if (launch.user_namespace) {
    if (write_text("/proc/self/setgroups", "deny") < 0 && errno != ENOENT) {
      give_up(launch, Step::UserNamespaceMap);
    }
    if (fails_here(launch, Step::UserNamespaceMap) ||
        write_text("/proc/self/uid_map", launch.user_map) < 0 ||
        write_text("/proc/self/gid_map", launch.group_map) < 0) {
      give_up(launch, Step::UserNamespaceMap);
    }
    if (fails_here(launch, Step::Capabilities) || keep_capabilities_over_exec() < 0)
      give_up(launch, Step::Capabilities);
  }
  if (syscall(SYS_dup3, launch.socket, protocol::kInitSocket, 0) < 0 ||
      syscall(SYS_close_range, protocol::kInitSocket + 1, ~0U, 4U /* CLOEXEC */) < 0) {
    give_up(launch, Step::CloseDescriptors);
  }
  const char* const argv[] = {"evalctl-box", nullptr};
  const char* const environment[] = {nullptr};
  if (fails_here(launch, Step::ExecInit)) give_up(launch, Step::ExecInit);
  syscall(SYS_execveat, launch.image, "", argv, environment, AT_EMPTY_PATH);
  give_up(launch, Step::ExecInit);
}

Result<UniqueFd> raise_descriptor(UniqueFd fd) {
  UniqueFd raised(fcntl(fd.value(), F_DUPFD_CLOEXEC, kSafeDescriptor));
  if (!raised.valid()) {
    return fail(
        system_error(ErrorCode::Infrastructure, "no free file descriptor for a box", errno));
  }
  return raised;
}

Result<UniqueFd> sealed_image(const char* name, std::string_view image) {
  UniqueFd file = EVAL_TRY(make_executable_memory(name));
  for (std::size_t done = 0; done < image.size();) {
    const ssize_t count = write(file.value(), image.data() + done, image.size() - done);
    if (count <= 0) {
      return fail(
          system_error(ErrorCode::Infrastructure, "cannot write a program of boxes", errno, name));
    }
    done += static_cast<std::size_t>(count);
  }
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (fcntl(file.value(), F_ADD_SEALS, kSeals) < 0) {
    return fail(
        system_error(ErrorCode::Infrastructure, "cannot seal a program of boxes", errno, name));
  }
  return raise_descriptor(std::move(file));
}

void fill_maps(Launch& launch, unsigned inner_id) {
  std::snprintf(launch.user_map, sizeof launch.user_map, "%u %u 1", inner_id, geteuid());
  std::snprintf(launch.group_map, sizeof launch.group_map, "%u %u 1", inner_id, getegid());
}

}  // namespace

Result<UniqueFd> make_executable_memory(const char* name) {
  // MFD_EXEC is asked for where the kernel knows it (6.3): vm.memfd_noexec may default to without.
  constexpr unsigned kExec = 0x10U;
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  UniqueFd file(memfd_create(name, kFlags | kExec));
  if (!file.valid() && errno == EINVAL) file.reset(memfd_create(name, kFlags));
  if (file.valid()) return file;
  return fail(system_error(ErrorCode::Infrastructure, "cannot make a program in memory", errno));
}

Result<UniqueFd> make_box_image() {
  return sealed_image("evalctl-box", evalctl_box_image());
}

Result<UniqueFd> make_warm_image() {
  return sealed_image("evalctl-warm", evalctl_warm_image());
}

Result<LaunchedInit> launch_init(int image, bool user_namespace, unsigned inner_id, Step failing) {
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
    return fail(system_error(ErrorCode::Infrastructure, "cannot make a box's socket", errno));
  }
  LaunchedInit launched;
  launched.socket.reset(ends[0]);
  const UniqueFd theirs = EVAL_TRY(raise_descriptor(UniqueFd(ends[1])));
  Launch launch;
  launch.image = image;
  launch.socket = theirs.value();
  launch.user_namespace = user_namespace;
  launch.failing = failing;
  fill_maps(launch, inner_id);

  const auto stack = std::make_unique<std::byte[]>(kStackBytes);
  int process = -1;
  clone_args arguments{};
  arguments.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_NEWNS | CLONE_NEWPID |
                    CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP;
  if (user_namespace) arguments.flags |= CLONE_NEWUSER;
  arguments.pidfd = reinterpret_cast<std::uint64_t>(&process);
  // No exit signal: a waitpid(-1) elsewhere in this process must not reap a box's init.
  arguments.exit_signal = 0;
  arguments.stack = reinterpret_cast<std::uint64_t>(stack.get());
  arguments.stack_size = kStackBytes;
  // A handler of ours must not run in the child on our memory.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const long pid = clone3_start(&arguments, child_main, &launch);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) {
    return fail(step_error(user_namespace ? Step::UserNamespaceMap : Step::Clone,
                           static_cast<int>(-pid), "namespaces of a new box"));
  }
  launched.pid = static_cast<int>(pid);
  launched.process.reset(process);
  if (launch.failed == Step::None) return launched;
  siginfo_t info{};
  waitid(P_PIDFD, static_cast<id_t>(process), &info, WEXITED | __WALL);
  return fail(step_error(launch.failed, launch.failed_errno));
}

}  // namespace eval::sandbox
