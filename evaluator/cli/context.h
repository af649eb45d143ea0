#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/result.h"
#include "problems/suite.h"

// What every command shares: where it prints, what the environment says, how it ends.
namespace eval::cli {

// STYLE section 7. What scripts and CI may rely on.
enum class ExitCode {
  Done = 0,
  Regression = 1,  // gate, verify, check: something is not as promised
  Inconclusive = 2,
  Incomplete = 3,  // the run has attempts without a verdict
  Fault = 4,       // our side failed: disk, network, sandbox, another process holds the run
  Usage = 64,
  BadInput = 65,
  Bug = 70,
  Interrupted = 130,
};

struct Context {
  std::map<std::string, std::string> environment;  // EVALCTL_*, HOME, PATH, NO_COLOR, TERM
  bool quiet = false;
  bool verbose = false;
  bool json = false;        // --format json
  bool colour_out = false;  // stdout is a terminal that takes colour
  bool redraw = false;      // stderr is a terminal
  int width = 100;          // columns of the terminal
  std::stop_token stop;     // requested by the first SIGINT or SIGTERM
};

ExitCode exit_code_for(const Error& error);

// Results, to stdout, with a newline at the end; whole even where threads print. The first write
// that fails is told on stderr, and finish_output() knows of it. A closed pipe is no failure:
// `evalctl ... | head` ends as if all had been read.
void print_result(std::string_view text);
// The same without the newline: a part of a text that is still being made.
void print_part(std::string_view text);
// `code`, or Fault if that is Done and something could not be written to stdout. Call it last.
ExitCode finish_output(ExitCode code);
void print_json(const Json& value);
// A text to stderr as it is. One that cannot be written is dropped: nobody is left to tell.
void print_notice(std::string_view text);
// Narration, to stderr, unless --quiet; printable().
void narrate(const Context& context, std::string_view line);
// "evalctl: error: ..." with where and help lines, to stderr, printable(). Returns its exit code.
ExitCode report_error(const Error& error);

// Rows of equal length in columns padded to their widest cell (UTF-8 aware); the first row is the
// heading.
std::string format_table(const std::vector<std::vector<std::string>>& rows);

// Where named suites are looked for: EVALCTL_SUITES (colon separated), else beside the installed
// program, else in the source tree of this build.
std::vector<fs::path> suite_folders(const Context& context);
// The same with EVALCTL_TESTLIB, a testlib.h for packages that do not bring theirs.
problems::LoadOptions load_options(const Context& context);

// Where data that can be made again is kept: EVALCTL_CACHE, else ~/.cache/evalctl, else a folder of /tmp.
fs::path cache_folder(const Context& context);

}  // namespace eval::cli
