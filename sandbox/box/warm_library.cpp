// Goes into a runtime that shall start programs warm (warm.h), by LD_PRELOAD, and takes the place of
// fork(). The first call never returns in the process that made it: that process waits for requests of
// init, and each of them makes a child, which prepares itself like any program's process and then
// returns from fork(). Later calls of the child are plain ones.
//
// What the two say to init on the one socket: the child that its preparation is over or failed, before
// anything of the program runs; then the parent, who waits meanwhile, how it ended.
#include "sandbox/box/warm.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace eval::sandbox::box {
namespace {

using Fork = pid_t (*)();

Fork real_fork = nullptr;
bool serves = false;

alignas(16) char request_bytes[protocol::kMessageBytesMax];
int descriptors[protocol::kDescriptorsMax + 1];

// write() and not send(): the child says the first after its filter is loaded.
void tell(const WarmMessage& message) {
  if (write(kWarmSocket, &message, sizeof message) < 0) _exit(127);
}

// The number of descriptors; ends with init.
std::size_t receive(std::size_t& size) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof descriptors)];
  iovec part{request_bytes, sizeof request_bytes};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t received = -1;
  do {
    received = recvmsg(kWarmSocket, &header, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < static_cast<ssize_t>(sizeof(WarmRequest))) _exit(0);
  size = static_cast<std::size_t>(received);
  std::size_t count = 0;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t bytes = c->cmsg_len - CMSG_LEN(0);
    count = bytes / sizeof(int);
    std::memcpy(descriptors, CMSG_DATA(c), bytes);
  }
  return count;
}

Fault take_streams() {
  for (int fd = 0; fd < 3; ++fd) {
    if (fails_here(Step::Redirect) || dup2(descriptors[fd], fd) < 0) {
      return fault_here(Step::Redirect);
    }
  }
  const unsigned first = kWarmSocket + 1;
  if (fails_here(Step::CloseDescriptors) || syscall(SYS_close_range, first, ~0U, 0U) < 0) {
    return fault_here(Step::CloseDescriptors);
  }
  return {};
}

Fault prepare(std::size_t size) {
  static WarmRequest request;
  std::memcpy(&request, request_bytes, sizeof request);
  set_failing_step(request.run.fail_step);
  Preparation preparation;
  preparation.request = &request.run;
  preparation.attach = descriptors + 3;
  preparation.uid = request.uid;
  preparation.filter.len = static_cast<unsigned short>(request.run.filter_instructions);
  preparation.filter.filter = reinterpret_cast<sock_filter*>(request_bytes + sizeof request);
  if (size != sizeof request + preparation.filter.len * sizeof(sock_filter)) {
    errno = EBADMSG;
    return fault_here(Step::Request);
  }
  const int rules = request.has_rules != 0 ? descriptors[3 + request.run.attach_files] : -1;
  Fault fault = prepare_program(preparation);
  // Another user's process is closed to itself in /proc; one that was executed is not.
  if (fault.ok() && prctl(PR_SET_DUMPABLE, 1) < 0) fault = fault_here(Step::SetUser);
  set_landlock_rules(rules);
  volatile int listener = -1;
  if (fault.ok()) fault = load_filter(preparation, listener);
  if (fault.ok()) fault = take_streams();
  std::memset(request_bytes, 0, size);
  request = {};
  return fault;
}

void begin_run(std::size_t size) {
  WarmMessage message;
  const Fault fault = prepare(size);
  message.what = fault.ok() ? WarmMessage::What::Started : WarmMessage::What::Failed;
  message.pid = static_cast<std::int32_t>(syscall(SYS_getpid));
  message.step = fault.step;
  message.sys_errno = fault.sys_errno;
  tell(message);
  if (!fault.ok()) _exit(127);
  close(kWarmSocket);
}

std::uint64_t in_us(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000U +
         static_cast<std::uint64_t>(time.tv_usec);
}

// Reaps `which` (-1: any) process of the run; 0: none has ended, -1: there is none.
pid_t reap(pid_t which, int options, WarmMessage& message, int& status) {
  rusage usage{};
  pid_t pid = -1;
  do {
    pid = wait4(which, &status, __WALL | options, &usage);
  } while (pid < 0 && errno == EINTR);
  if (pid <= 0) return pid;
  message.user_us += in_us(usage.ru_utime);
  message.system_us += in_us(usage.ru_stime);
  const auto rss = static_cast<std::uint64_t>(usage.ru_maxrss);
  if (rss > message.max_rss_kib) message.max_rss_kib = rss;
  return pid;
}

// Until no process of the run is left.
void follow(pid_t main) {
  WarmMessage message;
  message.what = WarmMessage::What::Ended;
  message.pid = main;
  // As init does it: the end is noted before the process is reaped.
  int status = 0;
  siginfo_t next{};
  while (next.si_pid != main) {
    if (waitid(P_ALL, 0, &next, WEXITED | WNOWAIT | __WALL) != 0) continue;
    if (next.si_pid == main) message.ended_ns = monotonic_ns();
    reap(next.si_pid, 0, message, status);
  }
  message.wait_status = status;
  pid_t other = 0;
  while ((other = reap(-1, WNOHANG, message, status)) > 0) {
  }
  message.others = other == 0 ? 1 : 0;
  tell(message);
  if (message.others == 0) return;
  message = {};
  message.what = WarmMessage::What::Empty;
  while (reap(-1, 0, message, status) > 0) {
  }
  tell(message);
}

// Returns in children only.
pid_t serve() {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  tell(WarmMessage{});
  for (;;) {
    std::size_t size = 0;
    const std::size_t count = receive(size);
    const pid_t pid = real_fork();
    if (pid == 0) {
      begin_run(size);
      return 0;
    }
    const int fork_errno = errno;
    for (std::size_t i = 0; i < count; ++i) close(descriptors[i]);
    std::memset(request_bytes, 0, size);
    if (pid > 0) {
      follow(pid);
      continue;
    }
    WarmMessage message;
    message.what = WarmMessage::What::Failed;
    message.step = Step::Clone;
    message.sys_errno = fork_errno;
    tell(message);
    message.what = WarmMessage::What::Ended;
    tell(message);
  }
}

__attribute__((constructor)) void arm() {
  real_fork = reinterpret_cast<Fork>(dlsym(RTLD_NEXT, "fork"));
  serves = getenv(kWarmVariable) != nullptr && real_fork != nullptr;
  unsetenv("LD_PRELOAD");
  // Symbols are looked up once, and not by each child for itself. The loader has done so by now.
  unsetenv("LD_BIND_NOW");
  close(kWarmLibrary);
  prctl(PR_SET_DUMPABLE, 0);
  fcntl(kWarmSocket, F_SETFD, FD_CLOEXEC);
}

}  // namespace
}  // namespace eval::sandbox::box

extern "C" __attribute__((visibility("default"))) pid_t fork() {
  using namespace eval::sandbox::box;
  if (!serves) return real_fork();
  serves = false;
  return serve();
}
