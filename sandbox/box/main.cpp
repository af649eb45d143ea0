// The init of one box: pid 1 of its pid namespace. Builds the root it lives in, then runs one
// program at a time on request, cleans up after it, and ends when the supervisor's end of the
// socket closes, which takes every process of the box with it. See ../linux_sandbox.cpp.
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/keyctl.h>

#include "sandbox/box/system.h"

namespace eval::sandbox::box {
namespace {

using protocol::kDescriptorsMax;
using protocol::Kind;
using protocol::kInitSocket;
using protocol::kMessageBytesMax;
using protocol::Reply;

alignas(16) char message[kMessageBytesMax];

struct Received {
  ssize_t size = 0;
  int descriptors[kDescriptorsMax] = {};
  int descriptor_count = 0;
};

Received receive() {
  Received received;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kDescriptorsMax)];
  iovec part{message, sizeof message};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  do {
    received.size = recvmsg(kInitSocket, &header, MSG_CMSG_CLOEXEC);
  } while (received.size < 0 && errno == EINTR);
  if (received.size <= 0) return received;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t bytes = c->cmsg_len - CMSG_LEN(0);
    received.descriptor_count = static_cast<int>(bytes / sizeof(int));
    std::memcpy(received.descriptors, CMSG_DATA(c), bytes);
  }
  return received;
}

void answer(Reply reply, const Fault& fault, int descriptor = -1) {
  reply.step = fault.step;
  reply.sys_errno = fault.sys_errno;
  reply.entry = fault.entry;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  iovec part{&reply, sizeof reply};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (descriptor >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(c), &descriptor, sizeof descriptor);
  }
  if (sendmsg(kInitSocket, &header, MSG_NOSIGNAL) < 0) _exit(2);
}

// Undoes what a caller may have left behind: ignored signals survive exec, a blocked mask too, and
// the terminal and the session keyring would be shared with the program.
Fault leave_the_supervisor() {
  for (int signal_number = 1; signal_number < NSIG; ++signal_number) {
    signal(signal_number, SIG_DFL);
  }
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGCHLD);  // read through a signalfd
  if (sigprocmask(SIG_SETMASK, &mask, nullptr) < 0) return fault_here(Step::Session);
  if (fails_here(Step::Session) || (setsid() < 0 && errno != EPERM))
    return fault_here(Step::Session);
  umask(0);
  prctl(PR_SET_DUMPABLE, 0);
  // No keyring support in the kernel is as good as a fresh keyring.
  syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return fault_here(Step::Session);
  for (int fd = 0; fd < 3; ++fd) {
    if (dup2(null, fd) < 0) return fault_here(Step::Session);
  }
  if (null > 2) close(null);
  if (fcntl(kInitSocket, F_SETFD, FD_CLOEXEC) < 0) return fault_here(Step::Session);
  return {};
}

void build(ssize_t size) {
  Reply reply;
  reply.kind = Kind::Build;
  if (size < static_cast<ssize_t>(sizeof(protocol::BuildRequest))) {
    errno = EBADMSG;
    return answer(reply, fault_here(Step::Request));
  }
  protocol::BuildRequest request;
  std::memcpy(&request, message, sizeof request);
  set_failing_step(request.fail_step);
  Fault fault = leave_the_supervisor();
  open_process_numbers();
  if (fault.ok()) fault = build_root(request, message + sizeof request, message + size);
  if (fault.ok()) fault = open_kept_files(request);
  if (fault.ok()) fault = prepare_landlock(request.own_root != 0);
  if (fault.ok()) fault = keep_needed_capabilities();
  if (!fault.ok()) return answer(reply, fault);
  set_program_user(request.uid, request.user_namespace != 0);
  const int work_folder = open("/box", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (work_folder < 0 || fails_here(Step::OpenWorkFolder)) {
    return answer(reply, fault_here(Step::OpenWorkFolder));
  }
  answer(reply, {}, work_folder);
  close(work_folder);
}

// False: the supervisor is gone.
bool handle(const Received& received) {
  Kind kind{};
  if (received.size < static_cast<ssize_t>(sizeof kind)) return false;
  std::memcpy(&kind, message, sizeof kind);
  Reply reply;
  reply.kind = kind;
  switch (kind) {
    case Kind::Build:
      build(received.size);
      return true;
    case Kind::Kill:
      return true;  // the program ended by itself meanwhile
    case Kind::Clean: {
      protocol::PlainRequest request;
      if (received.size != static_cast<ssize_t>(sizeof request)) return false;
      std::memcpy(&request, message, sizeof request);
      set_failing_step(request.fail_step);
      answer(reply, clean_scratch());
      return true;
    }
    case Kind::Resize: {
      protocol::ResizeRequest request;
      if (received.size != static_cast<ssize_t>(sizeof request)) return false;
      std::memcpy(&request, message, sizeof request);
      set_failing_step(request.fail_step);
      answer(reply, resize_scratch(request.scratch_bytes));
      return true;
    }
    case Kind::Run: {
      const bool alive = run_program(message, static_cast<std::size_t>(received.size),
                                     received.descriptors, received.descriptor_count, reply);
      if (alive) answer(reply, {reply.step, reply.sys_errno, 0});
      return alive;
    }
  }
  return false;
}

}  // namespace
}  // namespace eval::sandbox::box

int main() {
  using namespace eval::sandbox::box;
  for (;;) {
    const Received received = receive();
    if (received.size <= 0 || !handle(received)) return 0;
  }
}
