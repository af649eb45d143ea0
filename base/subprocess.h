#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"

namespace eval {

// A trusted helper program (a compiler's --version, git): never a submission, which only the
// sandbox runs.
struct ToolCommand {
  std::vector<std::string> argv;  // argv[0]: a path, or a name looked up in the system's folders
  fs::path working_directory = {};
  std::string standard_input = {};
  std::chrono::milliseconds timeout{30'000};  // a hung tool must not hang a run
  Bytes output_limit = Bytes::mib(64);        // per stream; more is cut
  std::stop_token stop = {};                  // kills it; whoever asked for that knows
};

struct ToolResult {
  int exit_code = 0;  // 128 + signal when killed
  bool timed_out = false;
  std::string standard_output;
  std::string standard_error;
};

// Runs it to its end. An Error only if it cannot be started; a non-zero exit is a result.
Result<ToolResult> run_tool(const ToolCommand& command);

// Absolute path of `name` in the directories of `search`, nullopt if absent.
std::optional<fs::path> find_program(const std::string& name, const std::vector<fs::path>& search);

}  // namespace eval
