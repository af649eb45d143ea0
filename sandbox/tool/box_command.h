#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

// The box as a tool: what `evalctl sandbox run` and the small program evalctl-box do alike.
namespace eval::sandbox::tool {

struct BoxOptions {
  std::vector<std::string> command;
  double cpu_seconds = 10;
  double wall_seconds = 0;  // 0: twice the CPU time and a second
  std::string memory = "2G";
  std::string output = "64M";
  int processes = 64;
  std::string profile = "managed";  // one of kProfiles
  bool forbid_exec = false;
  std::string network = "none";
  bool without_cgroup = false;  // the rung of limits and polling: starts faster, promises less
  std::string standard_input;
  std::string standard_output;
  std::string standard_error;
  std::vector<std::string> files;        // NAME=PATH, or PATH
  std::vector<std::string> outputs;      // NAME=PATH, or NAME
  std::vector<std::string> readable;     // folders
  std::vector<std::string> environment;  // NAME=VALUE
};

inline constexpr std::string_view kProfiles[] = {"native", "managed", "compiler", "image"};

struct BoxOutcome {
  Json json;             // the result, for a program
  bool success = false;  // exited with 0
  bool cancelled = false;
};

// Runs the command once in a new box, writes the files that the options name, and takes the box down. An
// Error is a mistake in the options or a failure of ours; whatever the program did is a result.
Result<BoxOutcome> run_box_command(const BoxOptions& options, std::stop_token stop);

// The result for people: one "key: value" a line; the lines of a text below its key, indented.
std::string result_text(const Json& json);

// `text` with control characters but newline and tab shown as "\x1b": what a program wrote must not steer a
// terminal. Invalid UTF-8 becomes U+FFFD.
std::string escape_controls(std::string_view text);

}  // namespace eval::sandbox::tool
