#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "sandbox/sandbox.h"

namespace eval::tests {

// A Sandbox that runs nothing: `answer` says how each command ends. Keeps the commands it was given.
// Thread-safe if `answer` is.
class FakeSandbox final : public sandbox::Sandbox {
 public:
  using Answer = std::function<Result<sandbox::ExecutionResult>(const sandbox::Command&,
                                                                const sandbox::Limits&)>;

  explicit FakeSandbox(Answer answer) : answer_(std::move(answer)) {}

  Result<sandbox::ExecutionResult> run(const sandbox::Command& command,
                                       const sandbox::Limits& limits,
                                       std::stop_token stop) override;
  Result<sandbox::GroupResult> run_group(const std::vector<sandbox::GroupMember>& members,
                                         const std::vector<sandbox::Channel>& channels,
                                         const sandbox::GroupOptions& options,
                                         std::stop_token stop) override;
  std::string isolation() const override { return isolation_; }
  using GroupAnswer = std::function<Result<sandbox::GroupResult>(
      const std::vector<sandbox::GroupMember>&, const std::vector<sandbox::Channel>&)>;
  void set_group_answer(GroupAnswer answer) { group_answer_ = std::move(answer); }
  void set_isolation(std::string isolation) { isolation_ = std::move(isolation); }

  // What was run so far, in order.
  std::vector<sandbox::Command> commands() const;

 private:
  Answer answer_;
  GroupAnswer group_answer_;
  std::string isolation_ = "fake";
  mutable std::mutex mutex_;
  std::vector<sandbox::Command> commands_;  // guarded by mutex_
};

// A run that ended with `exit_code` after writing `output`.
sandbox::ExecutionResult exited(int exit_code, std::string output = {});

// The bytes a FileSource stands for, read from disk where it names a file.
std::string content_of(const sandbox::FileSource& source);

}  // namespace eval::tests
