// One run: clone3 in vfork manner, prepare the child, execve, wait, kill what is left, reap.
//
// The child shares init's memory until execve, so a failed step is simply written where init reads
// it afterwards; nothing between clone3 and execve allocates or locks. It also shares the
// descriptor table until the seccomp listener, if any, has landed there for init to read.
//
// A run that asks for it is a child of the box's warm process instead (warm.h): then that process
// reaps the first process of the run, and tells.
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/box/warm.h"
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
  std::size_t strings_size = 0;  // of both, in bytes
  Preparation preparation;
  int streams[3] = {-1, -1, -1};
  int attach[protocol::kDescriptorsMax] = {};
  int cgroup_directory = -1;
  int program = -1;       // to execute; -1: argv[0] as a path
  int warm_library = -1;  // -1: not to be started warm
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

[[noreturn]] void give_up(const Fault& fault) {
  plan.failed_errno = fault.sys_errno;
  plan.failed = fault.step;
  _exit(127);
}

// From here on the child has descriptors of its own: only 0, 1 and 2 survive the execve.
void take_streams() {
  if (fails_here(Step::CloseDescriptors) ||
      syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) < 0) {
    give_up(fault_here(Step::CloseDescriptors));
  }
  for (int fd = 0; fd < 3; ++fd) {
    if (fails_here(Step::Redirect) || dup2(plan.streams[fd], fd) < 0) {
      give_up(fault_here(Step::Redirect));
    }
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
  give_up(fault_here(Step::Exec));
}

[[noreturn]] void prepare_and_execute(void*) {
  Fault fault = prepare_program(plan.preparation);
  if (fault.ok()) fault = load_filter(plan.preparation, plan.listener);
  if (!fault.ok()) give_up(fault);
  take_streams();
  execute();
}

bool read_plan(const char* message, std::size_t size, const int* descriptors, int count) {
  if (size < sizeof(RunRequest)) return false;
  std::memcpy(&plan.request, message, sizeof plan.request);
  const RunRequest& request = plan.request;
  const char* at = message + sizeof request;
  const char* const end = message + size;
  const std::size_t filter_bytes = request.filter_instructions * sizeof(sock_filter);
  const std::uint32_t strings = request.argument_count + request.environment_count;
  const int wanted = 3 + static_cast<int>(request.attach_files + request.cgroup_directory +
                                          request.program_file + request.warm);
  if (filter_bytes > size || request.argument_count == 0 || strings > protocol::kStringsMax ||
      count != wanted) {
    return false;
  }
  plan.preparation = {};
  plan.preparation.request = &plan.request;
  plan.preparation.attach = plan.attach;
  plan.preparation.filter.len = static_cast<unsigned short>(request.filter_instructions);
  plan.preparation.filter.filter = reinterpret_cast<sock_filter*>(const_cast<char*>(at));
  plan.preparation.uid = program_uid;
  plan.preparation.in_user_namespace = in_user_namespace;
  at += filter_bytes;
  plan.strings_size = static_cast<std::size_t>(end - at);
  std::size_t slot = 0;
  for (std::uint32_t i = 0; i < strings && at < end; ++i) {
    if (i == request.argument_count) plan.strings[slot++] = nullptr;
    plan.strings[slot++] = const_cast<char*>(at);
    at += std::strlen(at) + 1;
  }
  if (request.environment_count == 0) plan.strings[slot++] = nullptr;
  plan.strings[slot] = nullptr;
  if (at >= end) return false;
  if (*at != '\0') plan.preparation.folder = at;
  plan.argv = plan.strings;
  plan.environment = plan.strings + request.argument_count + 1;
  std::memcpy(plan.streams, descriptors, sizeof plan.streams);
  for (std::uint32_t i = 0; i < request.attach_files; ++i) plan.attach[i] = descriptors[3 + i];
  int next = 3 + static_cast<int>(request.attach_files);
  plan.cgroup_directory = request.cgroup_directory != 0 ? descriptors[next++] : -1;
  plan.program = request.program_file != 0 ? descriptors[next++] : -1;
  plan.warm_library = request.warm != 0 ? descriptors[next++] : -1;
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
  bool main_lost = false;  // nobody knows how it ended
  bool others = false;     // live with the warm process after the end of the first
  std::uint64_t ended_ns = 0;

  void take(pid_t pid, int status, const rusage& usage, Reply& reply) {
    const auto us = [](const timeval& time) {
      return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000U +
             static_cast<std::uint64_t>(time.tv_usec);
    };
    WarmMessage ended;
    ended.pid = pid;
    ended.wait_status = status;
    ended.user_us = us(usage.ru_utime);
    ended.system_us = us(usage.ru_stime);
    ended.max_rss_kib = static_cast<std::uint64_t>(usage.ru_maxrss);
    if (pid == main) ended.ended_ns = ended_ns != 0 ? ended_ns : monotonic_ns();
    take(ended, reply);
  }

  void take(const WarmMessage& ended, Reply& reply) {
    reply.user_us += ended.user_us;
    reply.system_us += ended.system_us;
    if (ended.max_rss_kib > reply.max_rss_kib) reply.max_rss_kib = ended.max_rss_kib;
    if (ended.pid != main) return;
    main_ended = true;
    ended_ns = ended.ended_ns;
    reply.wait_status = ended.wait_status;
  }

  // Nothing while there is a warm process: it reaps for us. True: init has no child left, and as orphans
  // come to it, the box has no other process.
  bool reap_ended(Reply& reply) {
    if (is_warm()) return false;
    // The end of the first process is noted before it is reaped: who sees from outside that no process is ending
    // any more can rely on it.
    siginfo_t ended{};
    while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0) {
      if (ended.si_pid == 0) return false;
      if (ended.si_pid == main && ended_ns == 0) ended_ns = monotonic_ns();
      int status = 0;
      rusage usage{};
      const pid_t pid = wait4(ended.si_pid, &status, WNOHANG | __WALL, &usage);
      if (pid > 0) take(pid, status, usage, reply);
      ended = {};
    }
    return errno == ECHILD;
  }

  // The warm process has something to say, or is gone. In that case its children, if any live, have
  // become ours.
  void hear_warm(Reply& reply) {
    WarmMessage message;
    if (receive_warm(message)) {
      others = message.what == WarmMessage::What::Ended && message.others != 0;
      take(message, reply);
      return;
    }
    reap_ended(reply);
    if (main_ended || kill(main, 0) == 0) return;
    main_ended = main_lost = true;
    ended_ns = monotonic_ns();
  }

  // One kill reaches every process, also those being forked: fork fails while a kill is pending.
  // Repeated only because that costs nothing.
  void end_all(Reply& reply) {
    if (is_warm() && others) kill_programs(program_uid);
    while (is_warm() && others) hear_warm(reply);
    if (is_warm()) return;
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
  kill_programs(program_uid);
  return true;
}

// Until the first process has ended and everything else was killed. False: the supervisor is gone.
bool wait_for_end(Reaper& reaper, int signals, Reply& reply) {
  pollfd watched[4] = {{protocol::kInitSocket, POLLIN, 0},
                       {signals, POLLIN, 0},
                       {plan.listener, POLLIN, 0},
                       {warm_socket(), POLLIN, 0}};
  bool alone = false;
  while (!reaper.main_ended) {
    if (poll(watched, 4, -1) < 0 && errno != EINTR) return false;
    if ((watched[0].revents & (POLLIN | POLLHUP)) != 0 && !read_kill()) return false;
    if ((watched[2].revents & POLLIN) != 0) read_notification(reply);
    if ((watched[2].revents & POLLHUP) != 0) watched[2].fd = -1;  // all users of the filter ended
    if (watched[3].revents != 0) {
      reaper.hear_warm(reply);
      if (!is_warm()) watched[3].fd = -1;
    }
    drain(signals);
    alone = reaper.reap_ended(reply);
  }
  // A kill(-1) looks at every process of the machine.
  if (!alone) {
    reaper.end_all(reply);
    drain(signals);
  }
  // Numbers start anew, lest the next program reads in its own how many this one had.
  if (process_numbers >= 0) {
    [[maybe_unused]] const ssize_t written = pwrite(process_numbers, "1", 1, 0);
  }
  return true;
}

void close_received(const int* descriptors, int count) {
  for (int i = 0; i < count; ++i) close(descriptors[i]);
}

Fault start_cold(Reaper& reaper) {
  const long pid = start();
  if (pid < 0) return fault_here(Step::Clone);
  reaper.main = static_cast<pid_t>(pid);
  if (plan.failed == Step::None) return {};
  waitpid(reaper.main, nullptr, __WALL);
  return {plan.failed, plan.failed_errno, 0};
}

bool have_warm() {
  return plan.warm_library >= 0 &&
         box::have_warm({plan.argv, plan.environment, plan.strings[0], plan.strings_size,
                         plan.request.stack_bytes, plan.warm_library});
}

Fault start_warm(Reaper& reaper, Reply& reply) {
  const Fault fault = fork_warm(plan.preparation, plan.streams, reaper.main);
  if (fault.ok() || is_warm()) return fault;
  // It has ended since the last run; what it may have begun goes too, and there is one more try.
  reaper.end_all(reply);
  return have_warm() ? fork_warm(plan.preparation, plan.streams, reaper.main) : fault;
}

Fault start_program(const int* descriptors, int count, Reaper& reaper, Reply& reply) {
  reply.warm = have_warm() ? 1 : 0;
  // A program started in the plain way shares its box with nobody.
  if (reply.warm == 0) end_warm();
  reply.wall_ns = monotonic_ns();
  const Fault fault = reply.warm != 0 ? start_warm(reaper, reply) : start_cold(reaper);
  close_received(descriptors, count);
  return fault;
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
  Reaper reaper;
  const Fault fault = start_program(descriptors, descriptor_count, reaper, reply);
  const std::uint64_t started_ns = reply.wall_ns;
  bool alive = true;
  if (fault.ok()) alive = wait_for_end(reaper, signals, reply);
  if (plan.listener >= 0) close(plan.listener);
  if (!fault.ok()) return failed(fault);
  if (reaper.main_lost) return failed({Step::Wait, ESRCH, 0});
  reply.wall_ns = reaper.ended_ns - started_ns;
  reply.ended_ns = reaper.ended_ns;
  return alive;
}

}  // namespace eval::sandbox::box
