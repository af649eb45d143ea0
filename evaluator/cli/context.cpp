#include "evaluator/cli/context.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/text.h"
#include "evaluator/cli/attempt_text.h"
#include "reports/text_width.h"
#include "version.h"

namespace eval::cli {

ExitCode exit_code_for(const Error& error) {
  switch (error.code) {
    case ErrorCode::Usage:
      return ExitCode::Usage;
    case ErrorCode::BadInput:
    case ErrorCode::NotFound:
    case ErrorCode::Unsupported:
      return ExitCode::BadInput;
    case ErrorCode::Io:
    case ErrorCode::Busy:
    case ErrorCode::Network:
    case ErrorCode::Infrastructure:
      return ExitCode::Fault;
    case ErrorCode::Cancelled:
      return ExitCode::Interrupted;
    case ErrorCode::Internal:
      return ExitCode::Bug;
  }
  return ExitCode::Bug;
}

// The error flag of stdout says that a failure has been told; it is taken back for a closed pipe.
void print_part(std::string_view text) {
  flockfile(stdout);
  const bool told = std::ferror(stdout) != 0;
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  const int reason = errno;
  if (!written && !told) {
    if (reason == EPIPE) {
      std::clearerr(stdout);
    } else {
      report_error(system_error(ErrorCode::Io, "standard output cannot be written", reason));
    }
  }
  funlockfile(stdout);
}

void print_result(std::string_view text) {
  if (text.ends_with('\n')) return print_part(text);
  print_part(std::string(text) + "\n");
}

ExitCode finish_output(ExitCode code) {
  print_part("");  // what a library may have left in the buffer
  return std::ferror(stdout) != 0 && code == ExitCode::Done ? ExitCode::Fault : code;
}

void print_json(const Json& value) {
  print_result(to_json_text(value));
}

// Not fmt::print(), which throws where the write fails.
void print_notice(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void narrate(const Context& context, std::string_view line) {
  if (context.quiet) return;
  print_notice(printable(line) + "\n");
}

ExitCode report_error(const Error& error) {
  print_notice(fmt::format("evalctl: error: {}\n", printable(describe(error))));
  return exit_code_for(error);
}

std::string format_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], reports::display_width(row[i]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size())
        line += std::string(widths[i] - reports::display_width(row[i]) + 2, ' ');
    }
    while (line.ends_with(' ')) line.pop_back();
    text += line + "\n";
  }
  return text;
}

std::vector<fs::path> suite_folders(const Context& context) {
  const auto set = context.environment.find("EVALCTL_SUITES");
  if (set != context.environment.end() && !set->second.empty()) {
    std::vector<fs::path> folders;
    for (const std::string& folder : split(set->second, ':')) folders.emplace_back(folder);
    return folders;
  }
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path installed = program.parent_path().parent_path() / "share/evalctl/packages";
  if (!error && fs::is_directory(installed, error)) return {installed};
  return {fs::path(EVAL_SOURCE_DIR) / "problems/packages"};
}

problems::LoadOptions load_options(const Context& context) {
  problems::LoadOptions options{.suite_folders = suite_folders(context)};
  const auto testlib = context.environment.find("EVALCTL_TESTLIB");
  if (testlib != context.environment.end()) options.testlib = testlib->second;
  options.livecodebench.cache = cache_folder(context) / "livecodebench";
  return options;
}

fs::path cache_folder(const Context& context) {
  const auto set = context.environment.find("EVALCTL_CACHE");
  if (set != context.environment.end() && !set->second.empty()) return set->second;
  const auto home = context.environment.find("HOME");
  if (home != context.environment.end() && !home->second.empty()) {
    return fs::path(home->second) / ".cache/evalctl";
  }
  return fs::path("/tmp") / fmt::format("evalctl-cache-{}", ::getuid());
}

}  // namespace eval::cli
