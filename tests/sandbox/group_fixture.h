#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/sandbox/sandbox_fixture.h"

namespace eval::sandbox {

class GroupTest : public SandboxTest {
 protected:
  static GroupMember member(std::vector<std::string> arguments, const Limits& limits = {}) {
    return {probe(std::move(arguments)), limits, {}};
  }

  // The standard streams of two programs joined in both directions.
  static std::vector<Channel> joined(std::size_t a = 0, std::size_t b = 1) {
    return {{{a, {}}, {b, {}}}, {{b, {}}, {a, {}}}};
  }

  // Runs to a result; an Error of the sandbox fails the test.
  GroupResult run_group(const std::vector<GroupMember>& members,
                        const std::vector<Channel>& channels, const GroupOptions& options = {}) {
    auto result = sandbox_->run_group(members, channels, options, {});
    if (result) return std::move(*result);
    ADD_FAILURE() << describe(result.error());
    GroupResult none;
    none.runs.resize(members.size());
    none.channels.resize(channels.size());
    none.end_order.resize(members.size());
    return none;
  }
};

inline void expect_exit(const ExecutionResult& run, int code) {
  EXPECT_EQ(run_status_name(run.status), run_status_name(RunStatus::Exited));
  EXPECT_EQ(run.exit_code, code);
}

}  // namespace eval::sandbox
