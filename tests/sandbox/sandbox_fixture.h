#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "sandbox/linux_sandbox.h"

namespace eval::sandbox {

// A sandbox of one box on whatever rung this machine offers; skips where none can be built.
class SandboxTest : public ::testing::Test {
 protected:
  void SetUp() override { make(1); }

  void make(int boxes) {
    sandbox_.reset();
    LinuxSandboxOptions options;
    options.boxes = boxes;
    auto made = create_linux_sandbox(options);
    ASSERT_TRUE(made) << describe(made.error());
    sandbox_ = std::move(*made);
    const auto first = sandbox_->run(probe({"exit", "0"}), Limits{}, {});
    if (!first) GTEST_SKIP() << "no box can be built here: " << describe(first.error());
  }

  static Command probe(std::vector<std::string> arguments) {
    Command command;
    command.argv = {"./probe"};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.files.push_back({"probe", {.host_path = EVAL_PROBE_PROGRAM}, true});
    return command;
  }

  // Runs to a result; an Error of the sandbox fails the test.
  ExecutionResult run(const Command& command, const Limits& limits = {}) {
    auto result = sandbox_->run(command, limits, {});
    if (!result) {
      ADD_FAILURE() << describe(result.error());
      return {};
    }
    return std::move(*result);
  }

  // What the next program finds in `folder`, itself not counted: whether it lies there or is run from
  // sealed memory depends on the rung.
  std::string left_in(const std::string& folder) {
    std::string listing = run(probe({"list", folder})).standard_output;
    const std::size_t own = listing.find("probe\n");
    return own == std::string::npos ? listing : listing.erase(own, 6);
  }

  bool has_cgroup() const { return sandbox_->isolation().find("cgroup") != std::string::npos; }

  std::unique_ptr<Sandbox> sandbox_;
};

}  // namespace eval::sandbox
