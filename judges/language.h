#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// One row of languages.json: how a language's programs are found, compiled and run.
//
// In the argv templates a first word without a slash is a tool, looked up in the system's program
// folders; `{files}` alone becomes all source files, and inside any word `{main}` is the entry point
// (main file or main class), `{output}` the compiled program, `{memory_mib}` the memory limit.
struct Language {
  std::string id;                       // "cpp17"
  std::string name;                     // "C++17"
  std::vector<std::string> extensions;  // ".cpp", ".cc"; first is used for a single extracted file
  std::vector<std::string> tags;        // Markdown info strings: "cpp", "c++"
  // Names packages use: "cpp", "python3". Rows of one family share the family's name.
  std::vector<std::string> kattis_names;
  std::string program;               // compiler or interpreter that must exist: "g++"
  std::string package;               // Debian package that brings it: "g++"
  std::vector<std::string> compile;  // argv template; empty: nothing to compile
  std::vector<std::string> run;      // argv template
  std::vector<std::string> version;  // argv that prints the version
  // Host paths the runtime asks about itself, shown to it read-only where they exist.
  std::vector<std::string> readable = {};
  // Times the problem's limit, if the package names no factor. 1 for all built-in rows: Kattis and
  // ICPC packages state one limit that every language must meet.
  double time_factor = 1;
  // The compiler is g++ and can have bits/stdc++.h compiled ahead; see steps/precompiled_header.h.
  bool precompiles_headers = false;
  // An interpreter of Python that can have started before there is a program; see
  // steps/warm_interpreter.h. Its compile line calls fork() once where EVALCTL_WARM is in the environment.
  bool starts_warm = false;
  sandbox::Profile run_profile = sandbox::Profile::Native;
  friend bool operator==(const Language&, const Language&) = default;
};

// True if a package that says `name` (an id or a Kattis name) speaks of `language`.
bool is_named(const Language& language, std::string_view name);

// A language with its tools found on this machine.
struct LanguageTool {
  fs::path program;     // absolute
  std::string version;  // first line of its version output
};

class Languages {
 public:
  // The built-in table.
  static const Languages& built_in();
  // BadInput if an id occurs twice.
  static Result<Languages> of(std::vector<Language> rows);
  static Result<Languages> from_json(std::string_view text, std::string_view where);

  const std::vector<Language>& all() const { return rows_; }
  const Language* find(std::string_view id) const;
  // By Markdown tag or by a package's name for it; the first row that claims it.
  const Language* by_tag(std::string_view tag) const;
  // By file extension, then by content where one extension has several (a "#!" line that names
  // pypy); nullptr if none, also for a file that says it is Python 2. The first row that claims the
  // extension wins.
  const Language* by_file(std::string_view file_name, std::string_view content) const;

 private:
  std::vector<Language> rows_;
};

// The tool of `language` on this machine; Infrastructure with what to install if it is absent.
// Starts the tool to ask for its version: callers keep the answer.
Result<LanguageTool> find_tool(const Language& language);

// Absolute path of `name`, symbolic links resolved, in the folders a box shows (/usr/local/bin,
// /usr/bin, /bin, the Go distribution); home folders are not visible there, so shims in them do not
// count. Resolved, because the links of /etc/alternatives are not visible either.
std::optional<fs::path> find_system_program(const std::string& name);

}  // namespace eval::judges
