#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "problems/findings.h"
#include "problems/map_reader.h"
#include "problems/problem.h"

namespace eval::problems {

// The three dialects of the Kattis problem package format.
enum class Dialect { Legacy, V2023_07, V2025_09 };

// "kattis-legacy", "kattis-2023-07", "kattis-2025-09".
std::string_view dialect_name(Dialect dialect);

// problem.yaml with its neighbours `.timelimit` and `domjudge-problem.ini`.
struct PackageInfo {
  fs::path file;  // problem.yaml
  Dialect dialect = Dialect::Legacy;
  std::map<std::string, std::string> names;  // by language; a plain name is under "en"
  bool is_scoring = false;
  bool is_interactive = false;
  bool is_multi_pass = false;
  bool is_submit_answer = false;
  bool minimises = false;          // legacy `grading: objective: min`
  bool custom_validation = false;  // legacy `validation: custom`; later dialects: by folder
  bool custom_score = false;       // legacy `validation: custom score`
  std::vector<std::string> validator_flags;
  ProgramLimits limits;
  int passes_max = 2;                  // multi-pass: runs of the submission on one testcase
  std::vector<std::string> languages;  // empty: all
  std::string license;
  std::string source;
  std::string uuid;
  bool has_author = false;  // some person, source or owner to whom the rights belong
  std::map<std::string, std::string> constants;  // name or name.variant -> text (2025-09)
};

PackageInfo read_package_info(const fs::path& package, Findings& findings);

// `limits` of problem.yaml, and the time limits that older tools keep in files of their own.
void read_limits(const fs::path& package, MapReader& problem_yaml, PackageInfo& info);

// A value of `domjudge-problem.ini`, without its quotes.
std::optional<std::string> domjudge_setting(const fs::path& package, std::string_view key,
                                            Findings& findings);

// Codes of the programming languages in the format's table, and the extensions that name them.
const std::map<std::string, std::vector<std::string>, std::less<>>& kattis_languages();

}  // namespace eval::problems
