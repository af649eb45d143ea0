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
struct Language {
  std::string id;                       // "cpp17"
  std::string name;                     // "C++17"
  std::vector<std::string> extensions;  // ".cpp", ".cc"; first is used for a single extracted file
  std::vector<std::string> tags;        // Markdown info strings: "cpp", "c++"
  std::vector<std::string> kattis_names;  // names packages use: "cpp", "python3"
  std::string program;                  // compiler or interpreter that must exist: "g++"
  std::vector<std::string> compile;     // argv template: {files} {main} {output} {memory_mib}; empty: nothing to compile
  std::vector<std::string> run;         // argv template
  std::vector<std::string> version;     // argv that prints the version
  double time_factor = 1;               // times the problem's limit, if the package names no factor
  sandbox::Profile run_profile = sandbox::Profile::Native;
  friend bool operator==(const Language&, const Language&) = default;
};

// A language with its tools found on this machine.
struct LanguageTool {
  fs::path program;     // absolute
  std::string version;  // first line of its version output
};

class Languages {
 public:
  // The built-in table.
  static const Languages& built_in();
  static Result<Languages> from_json(std::string_view text, std::string_view where);

  const std::vector<Language>& all() const { return rows_; }
  const Language* find(std::string_view id) const;
  // By Markdown tag or by a package's name for it; the first row that claims it.
  const Language* by_tag(std::string_view tag) const;
  // By file extension, then by content where one extension has several (shebang); "" if none.
  const Language* by_file(std::string_view file_name, std::string_view content) const;

 private:
  std::vector<Language> rows_;
};

// The tool of `language` on this machine; Infrastructure with what to install if it is absent.
Result<LanguageTool> find_tool(const Language& language);

}  // namespace eval::judges
