#include "problems/programs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

// Files beside a program that are not one: headers, notes, data.
bool is_program_file(const PackageEntry& entry) {
  static const std::set<std::string, std::less<>> kNoPrograms = {
      ".h",    ".hpp", ".hh",   ".hxx", ".md", ".txt", ".rst", ".json",
      ".yaml", ".yml", ".toml", ".pyc", ".o",  ".in",  ".ans", ".ini"};
  return !entry.is_directory && !kNoPrograms.contains(entry.path.extension().string());
}

bool is_program(const PackageEntry& entry) {
  return entry.is_directory ? entry.name != "__pycache__" : is_program_file(entry);
}

bool is_empty(const fs::path& directory, Findings& findings) {
  return package_entries(directory, findings).empty();
}

// A folder that holds programs, each a file or a folder (legacy validators, graders).
std::vector<fs::path> programs_in(const fs::path& directory, Findings& findings) {
  std::vector<fs::path> programs;
  const std::vector<PackageEntry> entries = package_entries(directory, findings);
  // Loose sources with a header or a build script beside them are one program in the wrong place.
  const bool is_itself_one = std::any_of(entries.begin(), entries.end(), [](const auto& entry) {
    return !entry.is_directory &&
           (entry.name == "build" || entry.name == "run" || entry.path.extension() == ".h" ||
            entry.path.extension() == ".hpp");
  });
  if (is_itself_one) return {directory};
  for (const PackageEntry& entry : entries) {
    if (is_program(entry) && !(entry.is_directory && is_empty(entry.path, findings)))
      programs.push_back(entry.path);
  }
  return programs;
}

// A folder that is itself the program (2023-07 on). Early drafts kept one folder more.
std::optional<fs::path> program_at(const fs::path& directory, Findings& findings) {
  const std::vector<PackageEntry> entries = package_entries(directory, findings);
  if (entries.size() == 1 && is_program_file(entries.front())) return entries.front().path;
  if (std::any_of(entries.begin(), entries.end(), is_program_file)) return directory;
  for (const PackageEntry& entry : entries) {
    if (is_program(entry) && !is_empty(entry.path, findings)) return entry.path;
  }
  return std::nullopt;
}

void note_wrong_folder(std::string_view found, std::string_view right, const fs::path& package,
                       Findings& findings) {
  findings.warning(
      "checker-folder",
      fmt::format("the checker is in {}/, where this format version does not look", found),
      package.string(), fmt::format("rename the folder to {}/", right));
}

std::optional<fs::path> find_legacy_checker(const fs::path& package, Findings& findings) {
  const std::vector<fs::path> programs = programs_in(package / "output_validators", findings);
  if (programs.size() > 1) {
    findings.warning("several-checkers",
                     fmt::format("the package has {} checkers, only \"{}\" is used",
                                 programs.size(), programs.front().filename().string()),
                     package.string(), "keep one program in output_validators/");
  }
  if (!programs.empty()) return programs.front();
  auto program = program_at(package / "output_validator", findings);
  if (program) note_wrong_folder("output_validator", "output_validators", package, findings);
  return program;
}

std::optional<fs::path> find_later_checker(const fs::path& package, Findings& findings) {
  if (auto program = program_at(package / "output_validator", findings)) return program;
  const std::vector<fs::path> programs = programs_in(package / "output_validators", findings);
  if (programs.empty()) return std::nullopt;
  note_wrong_folder("output_validators", "output_validator", package, findings);
  return programs.front();
}

void check_default_flags(const std::vector<std::string>& flags, const std::string& where,
                         Findings& findings) {
  static const std::vector<std::string> kFlags = {"case_sensitive", "space_change_sensitive",
                                                  "float_tolerance", "float_relative_tolerance",
                                                  "float_absolute_tolerance"};
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (std::find(kFlags.begin(), kFlags.end(), flags[i]) == kFlags.end()) {
      const auto near = closest_match(flags[i], kFlags);
      findings.fault("checker-flags",
                     fmt::format("the default checker has no flag \"{}\"", flags[i]), where,
                     near ? fmt::format("did you mean \"{}\"?", *near) : "remove it");
    } else if (flags[i].starts_with("float_")) {
      const std::string value = ++i < flags.size() ? flags[i] : "";
      const auto tolerance = parse_double(value);
      if (tolerance && *tolerance >= 0) continue;
      findings.fault("checker-flags",
                     fmt::format("\"{}\" is not a number, for {}", value, flags[i - 1]), where,
                     "write e.g. `float_tolerance 1e-6`");
    }
  }
}

}  // namespace

Checker find_checker(const fs::path& package, const PackageInfo& info, Findings& findings) {
  Checker checker;
  if (info.dialect != Dialect::Legacy) {
    checker.program = find_later_checker(package, findings);
    checker.gives_score = info.is_scoring && checker.program.has_value();
    const bool needs_one = info.is_interactive || info.is_multi_pass || info.custom_validation;
    if (needs_one && !checker.program) {
      findings.fault("checker-missing", "the problem needs a checker of its own, but has none",
                     package.string(), "add it in output_validator/");
    }
    return checker;
  }
  if (!info.custom_validation) {
    if (!programs_in(package / "output_validators", findings).empty()) {
      findings.warning(
          "checker-unused", "there is a checker in output_validators/, but validation is `default`",
          package.string(), "write `validation: custom` in problem.yaml, or remove the checker");
    }
    return checker;
  }
  checker.program = find_legacy_checker(package, findings);
  checker.gives_score = info.is_scoring && info.custom_score;
  if (!checker.program) {
    findings.fault("checker-missing", "validation is `custom`, but there is no checker",
                   package.string(),
                   "add it in output_validators/, or write `validation: default`");
  }
  return checker;
}

void check_checker_flags(const TestData& data, const PackageInfo& info, const Checker& checker,
                         Findings& findings) {
  if (checker.program) return;
  check_default_flags(info.validator_flags, info.file.string() + ": validator_flags", findings);
  std::set<std::vector<std::string>> seen = {info.validator_flags};
  for (const Testcase& testcase : data.testcases) {
    if (seen.insert(testcase.checker_args).second)
      check_default_flags(testcase.checker_args, testcase.input.path.string(), findings);
  }
}

std::optional<fs::path> find_grader(const fs::path& package, Findings& findings) {
  const std::vector<fs::path> programs = programs_in(package / "graders", findings);
  if (programs.empty()) return std::nullopt;
  return programs.front();
}

std::vector<fs::path> find_input_validators(const fs::path& package, Findings& findings) {
  std::vector<fs::path> validators = programs_in(package / "input_validators", findings);
  if (!validators.empty()) return validators;
  return programs_in(package / "input_format_validators", findings);
}

std::map<std::string, IncludedSources> find_include_files(const fs::path& package,
                                                          Findings& findings) {
  std::map<std::string, IncludedSources> included;
  for (const PackageEntry& entry : package_entries(package / "include", findings)) {
    if (!entry.is_directory) {
      findings.warning("include-folder",
                       fmt::format("\"{}\" lies directly in include/ and is ignored", entry.name),
                       package.string(), "put it into include/LANGUAGE/ or include/default/");
      continue;
    }
    if (entry.name != "default" && !kattis_languages().contains(entry.name)) {
      findings.warning("unknown-language",
                       fmt::format("include/{}/ is not named after a language", entry.name),
                       package.string(), "rename it to a language code of the format");
    }
    included[entry.name].files = package_files_below(entry.path, findings);
  }
  return included;
}

}  // namespace eval::problems
