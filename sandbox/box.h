#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "sandbox/box_protocol.h"
#include "sandbox/box_steps.h"
#include "sandbox/box_view.h"

namespace eval::sandbox {

struct BoxOptions {
  ViewKey view;
  unsigned user = 0;  // the program's uid and gid as seen in the box
  bool user_namespace = false;
  Bytes scratch = Bytes::mib(64);
  // For tests: the step that fails next, taken (and set to None) by the request that it belongs to.
  FailingStep failing_step = {};
};

// A message for Box::start: see protocol::RunRequest.
struct RunMessage {
  protocol::RunRequest request;
  std::span<const std::uint64_t> filter;
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // "NAME=value"
  std::string working_directory;         // as seen in the box
};

// One box: its init process and our end of the socket to it. One run at a time; not thread-safe.
// After an Error of any member the box is unusable and must be destroyed. Destroying it kills
// everything in it and waits until it is gone.
class Box {
 public:
  static Result<std::unique_ptr<Box>> create(int image, const BoxOptions& options);
  ~Box();
  Box(const Box&) = delete;
  Box& operator=(const Box&) = delete;

  // Starts a program; `descriptors` in the order that protocol::RunRequest says, still owned by the
  // caller. The answer comes with receive() when the program has ended and all others are killed.
  Result<void> start(const RunMessage& message, std::span<const int> descriptors);
  Result<void> kill();

  // Gives the work folder, /tmp and /dev/shm room for `scratch` bytes together.
  Result<void> resize(Bytes scratch);

  // Starts emptying the work folder; finish_clean() waits for it. A run must not start in between.
  Result<void> begin_clean();
  Result<void> finish_clean();

  // The next answer; Infrastructure if init is gone or silent for `timeout`.
  Result<protocol::Reply> receive(std::chrono::milliseconds timeout);

  int socket() const { return socket_.value(); }
  int work_folder() const { return work_folder_.value(); }
  int init_pid() const { return pid_; }
  const BoxOptions& options() const { return options_; }
  int runs() const { return runs_; }

 private:
  explicit Box(BoxOptions options) : options_(std::move(options)) {}
  Result<void> build();
  protocol::Step take_failing_step(protocol::Step first, protocol::Step last) const;
  Result<void> send(std::span<const char> bytes, std::span<const int> descriptors);

  BoxOptions options_;
  UniqueFd process_;
  UniqueFd socket_;
  UniqueFd work_folder_;
  UniqueFd received_;
  int pid_ = -1;
  int runs_ = 0;
  bool cleaning_ = false;
};

}  // namespace eval::sandbox
