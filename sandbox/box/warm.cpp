#include "sandbox/box/warm.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/clone3.h"

namespace eval::sandbox::box {
namespace {

// A runtime starts and imports in a tenth of a second, in seconds on an emulated machine. While init waits here it hears
// of no kill, for which the supervisor waits longer (kKillTimeout).
constexpr int kStartTimeoutMs = 8'000;
constexpr int kFailuresMax = 3;
// Argv and environment: a shim's source and little more.
constexpr std::size_t kStringsMax = 64 * 1024;

pid_t process = -1;
int connection = -1;
int failures = 0;
char strings[kStringsMax];
std::size_t strings_size = 0;
std::uint64_t stack_bytes = 0;

alignas(16) char stack[64 * 1024];
alignas(16) char request_bytes[protocol::kMessageBytesMax];

struct Launch {
  const WarmProgram* program = nullptr;
  char* environment[protocol::kStringsMax + 5];
  int socket = -1;
};
Launch launch;

// In a copy of init's descriptors, but in its memory.
[[noreturn]] void execute(void*) {
  const WarmProgram& program = *launch.program;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  syscall(SYS_setsid);
  umask(022);
  // Moved up first, so that neither of the two numbers is taken by the other.
  const int socket = fcntl(launch.socket, F_DUPFD_CLOEXEC, 16);
  const int library = fcntl(program.library, F_DUPFD_CLOEXEC, 16);
  // Not in the work folder: files of the program lie there already.
  if (socket < 0 || library < 0 || dup2(socket, kWarmSocket) < 0 ||
      dup2(library, kWarmLibrary) < 0 || chdir("/") < 0 || !set_limit(RLIMIT_CORE, 0) ||
      !set_limit(RLIMIT_STACK, program.stack_bytes) || keep_capabilities_of_warm() < 0) {
    _exit(127);
  }
  execve(program.argv[0], program.argv, launch.environment);
  _exit(127);
}

bool prepare_environment(const WarmProgram& program) {
  static char preload[64];
  static char variable[64];
  std::snprintf(preload, sizeof preload, "LD_PRELOAD=/proc/self/fd/%d", kWarmLibrary);
  std::snprintf(variable, sizeof variable, "%s=1", kWarmVariable);
  std::size_t count = 0;
  for (; program.environment[count] != nullptr; ++count) {
    if (count >= protocol::kStringsMax) return false;
    launch.environment[count] = program.environment[count];
  }
  launch.environment[count++] = preload;
  static char bind_now[] = "LD_BIND_NOW=1";
  launch.environment[count++] = bind_now;
  launch.environment[count++] = variable;
  launch.environment[count] = nullptr;
  return true;
}

bool start(const WarmProgram& program) {
  int ends[2];
  if (!prepare_environment(program) ||
      socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
    return false;
  }
  launch.program = &program;
  launch.socket = ends[1];
  clone_args arguments{};
  arguments.flags = CLONE_VM | CLONE_VFORK;
  arguments.exit_signal = SIGCHLD;
  arguments.stack = reinterpret_cast<std::uint64_t>(stack);
  arguments.stack_size = sizeof stack;
  prefer_for_oom(true);
  const long pid = clone3_start(&arguments, execute, nullptr);
  prefer_for_oom(false);
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return false;
  }
  process = static_cast<pid_t>(pid);
  connection = ends[0];
  pollfd watched{connection, POLLIN, 0};
  WarmMessage message;
  if (poll(&watched, 1, kStartTimeoutMs) > 0 && receive_warm(message) &&
      message.what == WarmMessage::What::Ready) {
    return true;
  }
  end_warm();
  return false;
}

void forget() {
  if (connection >= 0) close(connection);
  connection = -1;
  process = -1;
  strings_size = 0;
}

// Everything it may is to kill what belongs to its user.
[[noreturn]] void kill_own(void* uid) {
  const auto user = *static_cast<const std::uint32_t*>(uid);
  if (syscall(SYS_setresuid, user, user, user) == 0) syscall(SYS_kill, -1, SIGKILL);
  syscall(SYS_exit_group, 0);
  __builtin_unreachable();
}

}  // namespace

bool have_warm(const WarmProgram& program) {
  if (process > 0 && program.strings_size == strings_size && program.stack_bytes == stack_bytes &&
      std::memcmp(program.strings, strings, strings_size) == 0) {
    return true;
  }
  end_warm();
  if (program.strings_size > kStringsMax || failures >= kFailuresMax) return false;
  if (!start(program)) {
    ++failures;
    return false;
  }
  std::memcpy(strings, program.strings, program.strings_size);
  strings_size = program.strings_size;
  stack_bytes = program.stack_bytes;
  return true;
}

bool is_warm() {
  return process > 0;
}

int warm_socket() {
  return connection;
}

bool receive_warm(WarmMessage& message) {
  ssize_t size = -1;
  do {
    size = recv(connection, &message, sizeof message, 0);
  } while (size < 0 && errno == EINTR);
  if (size == static_cast<ssize_t>(sizeof message)) return true;
  end_warm();
  return false;
}

void end_warm() {
  if (process > 0) {
    kill(process, SIGKILL);
    while (waitpid(process, nullptr, __WALL) < 0 && errno == EINTR) {
    }
  }
  forget();
}

Fault fork_warm(const Preparation& preparation, const int* streams, pid_t& pid) {
  WarmRequest request;
  request.run = *preparation.request;
  request.uid = preparation.uid;
  int descriptors[protocol::kDescriptorsMax + 1];
  std::size_t count = 0;
  for (int i = 0; i < 3; ++i) descriptors[count++] = streams[i];
  for (std::uint32_t i = 0; i < request.run.attach_files; ++i) {
    descriptors[count++] = preparation.attach[i];
  }
  if (landlock_rules() >= 0) {
    request.has_rules = 1;
    descriptors[count++] = landlock_rules();
  }
  const std::size_t filter_bytes = preparation.filter.len * sizeof(sock_filter);
  std::memcpy(request_bytes, &request, sizeof request);
  std::memcpy(request_bytes + sizeof request, preparation.filter.filter, filter_bytes);
  iovec part{request_bytes, sizeof request + filter_bytes};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof descriptors)] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = CMSG_SPACE(count * sizeof(int));
  cmsghdr* c = CMSG_FIRSTHDR(&header);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(count * sizeof(int));
  std::memcpy(CMSG_DATA(c), descriptors, count * sizeof(int));
  WarmMessage message;
  if (fails_here(Step::Clone)) return fault_here(Step::Clone);
  if (sendmsg(connection, &header, MSG_NOSIGNAL) < 0) {
    const Fault fault = fault_here(Step::Clone);
    end_warm();
    return fault;
  }
  if (!receive_warm(message)) return {Step::Clone, ECHILD, 0};
  if (message.what == WarmMessage::What::Started) {
    pid = message.pid;
    return {};
  }
  const Fault fault{message.step, message.sys_errno, 0};
  receive_warm(message);  // that it has ended
  return fault;
}

void kill_programs(std::uint32_t uid) {
  if (process <= 0) {
    kill(-1, SIGKILL);
    return;
  }
  // As the programs' user, whom the kernel lets kill all of them and neither init nor the warm process.
  static std::uint32_t user = 0;
  user = uid;
  clone_args arguments{};
  arguments.flags = CLONE_VM | CLONE_VFORK;
  arguments.stack = reinterpret_cast<std::uint64_t>(stack);
  arguments.stack_size = sizeof stack;
  const long pid = clone3_start(&arguments, kill_own, &user);
  if (pid > 0) {
    waitpid(static_cast<pid_t>(pid), nullptr, __WALL);
    return;
  }
  // No process to be had: then nobody is spared.
  end_warm();
  kill(-1, SIGKILL);
}

}  // namespace eval::sandbox::box
