#include "tests/support/fake_sandbox.h"

namespace eval::tests {

Result<sandbox::ExecutionResult> FakeSandbox::run(const sandbox::Command& command,
                                                  const sandbox::Limits& limits,
                                                  std::stop_token stop) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(command);
  }
  if (stop.stop_requested()) {
    sandbox::ExecutionResult cancelled;
    cancelled.status = sandbox::RunStatus::Cancelled;
    return cancelled;
  }
  return answer_(command, limits);
}

Result<sandbox::GroupResult> FakeSandbox::run_group(
    const std::vector<sandbox::GroupMember>& members, const std::vector<sandbox::Channel>& channels,
    const sandbox::GroupOptions&, std::stop_token) {
  {
    const std::lock_guard lock(mutex_);
    for (const sandbox::GroupMember& member : members) commands_.push_back(member.command);
  }
  if (group_answer_) return group_answer_(members, channels);
  return fail(ErrorCode::Unsupported, "this fake sandbox runs no groups");
}

std::vector<sandbox::Command> FakeSandbox::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

sandbox::ExecutionResult exited(int exit_code, std::string output) {
  sandbox::ExecutionResult result;
  result.status = sandbox::RunStatus::Exited;
  result.exit_code = exit_code;
  result.standard_output = std::move(output);
  result.cpu_time = std::chrono::milliseconds(10);
  result.wall_time = std::chrono::milliseconds(12);
  result.isolation = "fake";
  return result;
}

std::string content_of(const sandbox::FileSource& source) {
  if (source.host_path.empty()) return source.content.value_or("");
  return read_file(source.host_path).value_or("");
}

}  // namespace eval::tests
