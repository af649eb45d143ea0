#include "sandbox/box.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/check.h"
#include "sandbox/box_launch.h"
#include "sandbox/box_steps.h"

namespace eval::sandbox {
namespace {

using protocol::Kind;
using protocol::Reply;
using protocol::Step;

// Building takes under 10 ms on a quiet machine; mounts wait for RCU, so a loaded one gets room.
constexpr std::chrono::milliseconds kBuildTimeout{10'000};
constexpr std::chrono::milliseconds kCleanTimeout{20'000};
// Inodes of the work folder, /tmp and /dev/shm together: enough for any build of one program, and
// few enough to be unlinked in some milliseconds.
constexpr std::uint64_t kScratchInodes = 16'384;

template <class T>
void append(std::vector<char>& bytes, const T& value) {
  const char* begin = reinterpret_cast<const char*>(&value);
  bytes.insert(bytes.end(), begin, begin + sizeof value);
}

void append_string(std::vector<char>& bytes, const std::string& text) {
  bytes.insert(bytes.end(), text.c_str(), text.c_str() + text.size() + 1);
}

Error gone() {
  return Error{ErrorCode::Infrastructure,
               "the box's init is gone",
               {},
               "the system may be out of memory; see the kernel log",
               0,
               {}};
}

}  // namespace

Result<std::unique_ptr<Box>> Box::create(int image, const BoxOptions& options) {
  std::unique_ptr<Box> box(new Box(options));
  if (options.user == 0 && !options.user_namespace) {
    return fail(ErrorCode::BadInput, "the root of a box belongs to the system's root user",
                options.view.root ? options.view.root->upper.string() : std::string{},
                "programs run as its owner: give it to another user");
  }
  const Step fails = box->take_failing_step(Step::UserNamespaceMap, Step::ExecInit);
  LaunchedInit launched = EVAL_TRY(launch_init(image, options.user_namespace, options.user, fails));
  box->process_ = std::move(launched.process);
  box->socket_ = std::move(launched.socket);
  box->pid_ = launched.pid;
  EVAL_TRY(box->build());
  return box;
}

Box::~Box() {
  socket_.reset();
  if (!process_.valid()) return;
  syscall(SYS_pidfd_send_signal, process_.value(), SIGKILL, nullptr, 0);
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(process_.value()), &info, WEXITED | __WALL) < 0 &&
         errno == EINTR) {
  }
}

// Requests take what lies between `first` and `last`, in the order of the steps.
Step Box::take_failing_step(Step first, Step last) const {
  if (!options_.failing_step) return Step::None;
  Step step = options_.failing_step->load();
  const bool ours = step >= first && step <= last;
  return ours && options_.failing_step->compare_exchange_strong(step, Step::None) ? step
                                                                                  : Step::None;
}

Result<void> Box::build() {
  const std::vector<ViewEntry> entries = EVAL_TRY(view_entries(options_.view, options_.user));
  protocol::BuildRequest request;
  request.uid = options_.user;
  request.user_namespace = options_.user_namespace ? 1 : 0;
  request.entries = static_cast<std::uint32_t>(entries.size());
  request.own_root = options_.view.root ? 1 : 0;
  request.scratch_bytes = options_.scratch.count;
  request.scratch_inodes = kScratchInodes;
  request.fail_step = take_failing_step(Step::Session, Step::OpenWorkFolder);
  std::vector<char> bytes;
  append(bytes, request);
  for (const ViewEntry& entry : entries) {
    bytes.push_back(entry.kind);
    append_string(bytes, entry.path);
    append_string(bytes, entry.argument);
  }
  EVAL_TRY(send(bytes, {}));
  const Reply reply = EVAL_TRY(receive(kBuildTimeout));
  if (reply.step != Step::None) {
    const bool names_entry = reply.step >= Step::OpenTree && reply.step <= Step::BindMount &&
                             reply.entry < entries.size();
    return fail(
        step_error(reply.step, reply.sys_errno, names_entry ? entries[reply.entry].path : ""));
  }
  if (!received_.valid()) return fail(step_error(Step::OpenWorkFolder, EBADF));
  work_folder_ = std::move(received_);
  return {};
}

Result<void> Box::send(std::span<const char> bytes, std::span<const int> descriptors) {
  EVAL_CHECK(descriptors.size() <= static_cast<std::size_t>(protocol::kDescriptorsMax));
  if (bytes.size() > protocol::kMessageBytesMax) {
    return fail(ErrorCode::BadInput,
                fmt::format("arguments and environment of a program take {} bytes, the limit is {}",
                            bytes.size(), protocol::kMessageBytesMax));
  }
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * protocol::kDescriptorsMax)] = {};
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!descriptors.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(c), descriptors.data(), descriptors.size_bytes());
  }
  ssize_t sent = -1;
  do {
    sent = sendmsg(socket_.value(), &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return {};
  if (errno == EPIPE || errno == ECONNRESET) return fail(gone());
  return fail(system_error(ErrorCode::Infrastructure, "cannot reach the box's init", errno));
}

Result<Reply> Box::receive(std::chrono::milliseconds timeout) {
  pollfd watched{socket_.value(), POLLIN, 0};
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    const int ready = poll(&watched, 1, std::max(0, static_cast<int>(left.count())));
    if (ready > 0) break;
    if (ready < 0 && errno == EINTR) continue;
    return fail(ErrorCode::Infrastructure,
                fmt::format("the box's init gave no answer within {} ms", timeout.count()));
  }
  Reply reply;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  iovec part{&reply, sizeof reply};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  const ssize_t size = recvmsg(socket_.value(), &header, MSG_CMSG_CLOEXEC);
  if (size != static_cast<ssize_t>(sizeof reply)) return fail(gone());
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(c), sizeof descriptor);
    received_.reset(descriptor);
  }
  return reply;
}

Result<void> Box::start(const RunMessage& message, std::span<const int> descriptors) {
  EVAL_CHECK(!cleaning_);
  protocol::RunRequest request = message.request;
  if (message.argv.size() + message.environment.size() > protocol::kStringsMax) {
    return fail(ErrorCode::BadInput,
                fmt::format("a program can have at most {} arguments and variables",
                            protocol::kStringsMax));
  }
  request.fail_step = take_failing_step(Step::Clone, Step::Wait);
  request.filter_instructions = static_cast<std::uint32_t>(message.filter.size());
  request.argument_count = static_cast<std::uint32_t>(message.argv.size());
  request.environment_count = static_cast<std::uint32_t>(message.environment.size());
  std::vector<char> bytes;
  append(bytes, request);
  const char* filter = reinterpret_cast<const char*>(message.filter.data());
  bytes.insert(bytes.end(), filter, filter + message.filter.size_bytes());
  for (const std::string& text : message.argv) append_string(bytes, text);
  for (const std::string& text : message.environment) append_string(bytes, text);
  append_string(bytes, message.working_directory);
  ++runs_;
  return send(bytes, descriptors);
}

Result<void> Box::resize(Bytes scratch) {
  if (scratch == options_.scratch) return {};
  protocol::ResizeRequest request;
  request.scratch_bytes = scratch.count;
  request.fail_step = take_failing_step(Step::ResizeScratch, Step::ResizeScratch);
  EVAL_TRY(send({reinterpret_cast<const char*>(&request), sizeof request}, {}));
  const Reply reply = EVAL_TRY(receive(kBuildTimeout));
  if (reply.step != Step::None) return fail(step_error(reply.step, reply.sys_errno));
  options_.scratch = scratch;
  return {};
}

Result<void> Box::kill() {
  const protocol::PlainRequest request{Kind::Kill, Step::None};
  return send({reinterpret_cast<const char*>(&request), sizeof request}, {});
}

Result<void> Box::begin_clean() {
  const protocol::PlainRequest request{Kind::Clean, take_failing_step(Step::Clean, Step::Clean)};
  EVAL_TRY(send({reinterpret_cast<const char*>(&request), sizeof request}, {}));
  cleaning_ = true;
  return {};
}

Result<void> Box::finish_clean() {
  if (!cleaning_) return {};
  const Reply reply = EVAL_TRY(receive(kCleanTimeout));
  cleaning_ = false;
  if (reply.step != Step::None) return fail(step_error(reply.step, reply.sys_errno));
  return {};
}

}  // namespace eval::sandbox
