// One run: clone3 in vfork manner, prepare the child, execve, wait, kill what is left, reap.
//
// The child shares init's memory until execve, so a failed step is simply written where init reads
// it afterwards; nothing between clone3 and execve allocates or locks. It also shares the
// descriptor table until the seccomp listener, if any, has landed there for init to read.
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/box/system.h"
#include "sandbox/clone3.h"

namespace eval::sandbox::box {
namespace {

using protocol::Reply;
using protocol::RunRequest;

struct Plan {
  RunRequest request;
  char* strings[protocol::kStringsMax + 2];
  char** argv = nullptr;
  char** environment = nullptr;
  const char* folder = nullptr;  // to start in
  sock_fprog filter{};
  int streams[3] = {-1, -1, -1};
  int attach[protocol::kDescriptorsMax] = {};
  int cgroup_directory = -1;
  int program = -1;  // to execute; -1: argv[0] as a path
  // Written by the child, read by init after the clone returned.
  volatile Step failed = Step::None;
  volatile int failed_errno = 0;
  volatile int listener = -1;
};

Plan plan;
std::uint32_t program_uid = 0;
bool in_user_namespace = false;
int process_numbers = -1;  // ns_last_pid; -1: this kernel or container has none
alignas(16) char child_stack[64 * 1024];

[[noreturn]] void give_up(Step step) {
  plan.failed_errno = errno;
  plan.failed = step;
  _exit(127);
}

// A hard limit cannot be raised without CAP_SYS_RESOURCE, so the wish is cut to what is there.
bool set_limit(int resource, rlim_t wish) {
  rlimit limit{};
  if (syscall(SYS_prlimit64, 0, resource, nullptr, &limit) < 0) return false;
  if (limit.rlim_max == RLIM_INFINITY || wish < limit.rlim_max) limit.rlim_max = wish;
  limit.rlim_cur = limit.rlim_max;
  return syscall(SYS_prlimit64, 0, resource, &limit, nullptr) == 0;
}

void set_limits(const RunRequest& request) {
  const bool set = set_limit(RLIMIT_CPU, request.cpu_seconds) &&
                   set_limit(RLIMIT_FSIZE, request.file_bytes) &&
                   set_limit(RLIMIT_STACK, request.stack_bytes) &&
                   set_limit(RLIMIT_NOFILE, request.open_files) && set_limit(RLIMIT_CORE, 0) &&
                   set_limit(RLIMIT_MEMLOCK, 0) && set_limit(RLIMIT_MSGQUEUE, 0) &&
                   (request.processes == 0 || set_limit(RLIMIT_NPROC, request.processes));
  if (!set || fails_here(Step::ResourceLimits)) give_up(Step::ResourceLimits);
}

void become_program_user() {
  // The raw calls: glibc's wrappers would look for other threads to change with us. In a user
  // namespace with one mapped user there is nobody else to become.
  if (!in_user_namespace) {
    if (syscall(SYS_setgroups, 0, nullptr) < 0 || fails_here(Step::SetUser) ||
        syscall(SYS_setresgid, program_uid, program_uid, program_uid) < 0 ||
        syscall(SYS_setresuid, program_uid, program_uid, program_uid) < 0) {
      give_up(Step::SetUser);
    }
  }
  if (fails_here(Step::SetUser) || drop_all_capabilities() < 0) give_up(Step::SetUser);
}

void load_filter(const RunRequest& request) {
  if (fails_here(Step::NoNewPrivileges) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
    give_up(Step::NoNewPrivileges);
  }
  if (fails_here(Step::Landlock) || enter_landlock() < 0) give_up(Step::Landlock);
  if (plan.filter.len == 0) return;
  const unsigned flags = request.filter_notifies != 0 ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
  const long loaded = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &plan.filter);
  if (loaded < 0) give_up(Step::Seccomp);
  if (fails_here(Step::Seccomp)) give_up(Step::Seccomp);
  if (flags != 0) plan.listener = static_cast<int>(loaded);
}

// From here on the child has descriptors of its own: only 0, 1 and 2 survive the execve.
void take_streams() {
  if (fails_here(Step::CloseDescriptors) ||
      syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) < 0) {
    give_up(Step::CloseDescriptors);
  }
  for (int fd = 0; fd < 3; ++fd) {
    if (fails_here(Step::Redirect) || dup2(plan.streams[fd], fd) < 0) give_up(Step::Redirect);
  }
}

[[noreturn]] void execute() {
  // Another thread of the supervisor may be spawning a process at this moment that still holds the
  // descriptor through which the program file was written: busy for a moment, not for long.
  constexpr int kTries = 50;
  for (int i = 0; i < kTries && !fails_here(Step::Exec); ++i) {
    if (plan.program >= 0) {
      syscall(SYS_execveat, plan.program, "", plan.argv, plan.environment, AT_EMPTY_PATH,
              plan.request.exec_key);
    } else {
      syscall(SYS_execve, plan.argv[0], plan.argv, plan.environment, 0L, plan.request.exec_key);
    }
    if (errno != ETXTBSY) break;
    const timespec pause{0, 2'000'000};
    nanosleep(&pause, nullptr);
  }
  give_up(Step::Exec);
}

[[noreturn]] void prepare_and_execute(void*) {
  const RunRequest& request = plan.request;
  for (std::uint32_t i = 0; i < request.attach_files; ++i) {
    if (write(plan.attach[i], "0", 1) < 0) give_up(Step::JoinCgroup);
  }
  if (fails_here(Step::JoinCgroup)) give_up(Step::JoinCgroup);
  syscall(SYS_setsid);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  set_limits(request);
  if (request.core >= 0) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<unsigned>(request.core), &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) < 0) give_up(Step::Affinity);
  }
  if (fails_here(Step::Affinity)) give_up(Step::Affinity);
  become_program_user();
  if (fails_here(Step::ChangeDirectory) || chdir(plan.folder) < 0) give_up(Step::ChangeDirectory);
  umask(022);
  load_filter(request);
  take_streams();
  execute();
}

std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

bool read_plan(const char* message, std::size_t size, const int* descriptors, int count) {
  if (size < sizeof(RunRequest)) return false;
  std::memcpy(&plan.request, message, sizeof plan.request);
  const RunRequest& request = plan.request;
  const char* at = message + sizeof request;
  const char* const end = message + size;
  const std::size_t filter_bytes = request.filter_instructions * sizeof(sock_filter);
  const std::uint32_t strings = request.argument_count + request.environment_count;
  const int wanted =
      3 + static_cast<int>(request.attach_files + request.cgroup_directory + request.program_file);
  if (filter_bytes > size || request.argument_count == 0 || strings > protocol::kStringsMax ||
      count != wanted) {
    return false;
  }
  plan.filter.len = static_cast<unsigned short>(request.filter_instructions);
  plan.filter.filter = reinterpret_cast<sock_filter*>(const_cast<char*>(at));
  at += filter_bytes;
  std::size_t slot = 0;
  for (std::uint32_t i = 0; i < strings && at < end; ++i) {
    if (i == request.argument_count) plan.strings[slot++] = nullptr;
    plan.strings[slot++] = const_cast<char*>(at);
    at += std::strlen(at) + 1;
  }
  if (request.environment_count == 0) plan.strings[slot++] = nullptr;
  plan.strings[slot] = nullptr;
  if (at >= end) return false;
  plan.folder = *at != '\0' ? at : "/box";
  plan.argv = plan.strings;
  plan.environment = plan.strings + request.argument_count + 1;
  std::memcpy(plan.streams, descriptors, sizeof plan.streams);
  for (std::uint32_t i = 0; i < request.attach_files; ++i) plan.attach[i] = descriptors[3 + i];
  int next = 3 + static_cast<int>(request.attach_files);
  plan.cgroup_directory = request.cgroup_directory != 0 ? descriptors[next++] : -1;
  plan.program = request.program_file != 0 ? descriptors[next++] : -1;
  plan.failed = Step::None;
  plan.listener = -1;
  return true;
}

long start() {
  clone_args arguments{};
  arguments.flags = CLONE_VM | CLONE_VFORK | CLONE_FILES;
  arguments.exit_signal = SIGCHLD;
  arguments.stack = reinterpret_cast<std::uint64_t>(child_stack);
  arguments.stack_size = sizeof child_stack;
  if (plan.cgroup_directory >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<std::uint64_t>(plan.cgroup_directory);
  }
  if (fails_here(Step::Clone)) return -1;
  // The program is the first choice of a system-wide OOM killer, before anything of the host; what is
  // cloned now inherits that.
  prefer_for_oom(true);
  const long pid = clone3_start(&arguments, prepare_and_execute, nullptr);
  prefer_for_oom(false);
  if (pid < 0) errno = static_cast<int>(-pid);
  return pid;
}

// Sums what wait4 says, so that CPU time is known where there is no cgroup. A process's numbers
// include the children it waited for, and orphans come to init, so nothing counts twice.
struct Reaper {
  pid_t main = -1;
  bool main_ended = false;
  std::uint64_t ended_ns = 0;

  void take(pid_t pid, int status, const rusage& usage, Reply& reply) {
    const auto us = [](const timeval& time) {
      return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000U +
             static_cast<std::uint64_t>(time.tv_usec);
    };
    reply.user_us += us(usage.ru_utime);
    reply.system_us += us(usage.ru_stime);
    const auto rss = static_cast<std::uint64_t>(usage.ru_maxrss);
    if (rss > reply.max_rss_kib) reply.max_rss_kib = rss;
    if (pid != main) return;
    main_ended = true;
    ended_ns = monotonic_ns();
    reply.wait_status = status;
  }

  void reap_ended(Reply& reply) {
    int status = 0;
    rusage usage{};
    for (pid_t pid; (pid = wait4(-1, &status, WNOHANG | __WALL, &usage)) > 0;) {
      take(pid, status, usage, reply);
    }
  }

  // One kill(-1) reaches every process, also those being forked: fork fails while a kill is
  // pending. Repeated only because that costs nothing.
  void end_all(Reply& reply) {
    int status = 0;
    rusage usage{};
    for (;;) {
      kill(-1, SIGKILL);
      const pid_t pid = wait4(-1, &status, __WALL, &usage);
      if (pid > 0) take(pid, status, usage, reply);
      if (pid < 0 && errno == ECHILD) return;
    }
  }
};

// One for the life of the box, made when first needed.
int child_signals() {
  static int signals = -1;
  if (signals >= 0) return signals;
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  signals = signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK);
  return signals;
}

void drain(int signals) {
  signalfd_siginfo info;
  while (read(signals, &info, sizeof info) == sizeof info) {
  }
}

// set_mempolicy_home_node. From 424 on all architectures have the same numbers, and whatever is newer than
// this is absent, not forbidden: a C library may try it and fall back.
constexpr int kNewestCall = 450;

// The kernel tells which forbidden call was made; the caller stays blocked in it until killed.
void read_notification(Reply& reply) {
  seccomp_notif notification{};
  if (ioctl(plan.listener, SECCOMP_IOCTL_NOTIF_RECV, &notification) < 0) return;
  if (notification.data.nr > kNewestCall) {
    seccomp_notif_resp response{notification.id, 0, -ENOSYS, 0};
    ioctl(plan.listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
    return;
  }
  if (reply.forbidden_syscall < 0) reply.forbidden_syscall = notification.data.nr;
  kill(-1, SIGKILL);
}

// True: the supervisor is still there.
bool read_kill() {
  protocol::Kind kind{};
  const ssize_t size = recv(protocol::kInitSocket, &kind, sizeof kind, 0);
  if (size <= 0) return false;
  kill(-1, SIGKILL);
  return true;
}

// Until the first process has ended and everything else was killed. False: the supervisor is gone.
bool wait_for_end(Reaper& reaper, int signals, Reply& reply) {
  pollfd watched[3] = {
      {protocol::kInitSocket, POLLIN, 0}, {signals, POLLIN, 0}, {plan.listener, POLLIN, 0}};
  while (!reaper.main_ended) {
    if (poll(watched, 3, -1) < 0 && errno != EINTR) return false;
    if ((watched[0].revents & (POLLIN | POLLHUP)) != 0 && !read_kill()) return false;
    if ((watched[2].revents & POLLIN) != 0) read_notification(reply);
    if ((watched[2].revents & POLLHUP) != 0) watched[2].fd = -1;  // all users of the filter ended
    drain(signals);
    reaper.reap_ended(reply);
  }
  reaper.end_all(reply);
  drain(signals);
  // Numbers start anew, lest the next program reads in its own how many this one had.
  if (process_numbers >= 0) {
    [[maybe_unused]] const ssize_t written = pwrite(process_numbers, "1", 1, 0);
  }
  return true;
}

void close_received(const int* descriptors, int count) {
  for (int i = 0; i < count; ++i) close(descriptors[i]);
}

Fault start_program(const int* descriptors, int count, Reaper& reaper) {
  const long pid = start();
  const int clone_errno = errno;
  close_received(descriptors, count);
  if (pid < 0) return {Step::Clone, clone_errno, 0};
  reaper.main = static_cast<pid_t>(pid);
  if (plan.failed == Step::None) return {};
  waitpid(reaper.main, nullptr, __WALL);
  return {plan.failed, plan.failed_errno, 0};
}

}  // namespace

void open_process_numbers() {
  process_numbers = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
}

void set_program_user(std::uint32_t uid, bool user_namespace) {
  program_uid = uid;
  in_user_namespace = user_namespace;
}

bool run_program(const char* message, std::size_t size, const int* descriptors,
                 int descriptor_count, Reply& reply) {
  const auto failed = [&reply](const Fault& fault) {
    reply.step = fault.step;
    reply.sys_errno = fault.sys_errno;
    return true;
  };
  if (!read_plan(message, size, descriptors, descriptor_count)) {
    close_received(descriptors, descriptor_count);
    return failed({Step::Request, EBADMSG, 0});
  }
  set_failing_step(plan.request.fail_step);
  const int signals = child_signals();
  if (signals < 0 || fails_here(Step::Wait)) {
    const Fault fault = fault_here(Step::Wait);
    close_received(descriptors, descriptor_count);
    return failed(fault);
  }
  const std::uint64_t started_ns = monotonic_ns();
  Reaper reaper;
  const Fault fault = start_program(descriptors, descriptor_count, reaper);
  bool alive = true;
  if (fault.ok()) alive = wait_for_end(reaper, signals, reply);
  if (plan.listener >= 0) close(plan.listener);
  if (!fault.ok()) return failed(fault);
  reply.wall_ns = reaper.ended_ns - started_ns;
  reply.ended_ns = reaper.ended_ns;
  return alive;
}

}  // namespace eval::sandbox::box
