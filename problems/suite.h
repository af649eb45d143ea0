#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "problems/livecodebench.h"
#include "problems/problem.h"

namespace eval::problems {

struct LoadOptions {
  // Where named suites live (the built-in packages); each sub-folder with a suite.yaml is a suite.
  std::vector<fs::path> suite_folders;
  // testlib.h, or the folder that has it, for packages that include it and do not bring it.
  fs::path testlib = {};
  // Where symbolic links in packages may lead: the folder that was named, whose packages may share
  // files. Empty: a package's own folder. Set by load_suite().
  fs::path links_within = {};
  LiveCodeBenchSelection livecodebench = {};  // for paths that is_livecodebench()
};

// Loads a suite: a name found in `suite_folders`, a folder with suite.yaml, a folder that is one
// package, or a folder with packages anywhere below it (their ids are "folder/sub-folder-slug", so
// that two packages of one name stay apart), a proof set (proof_set.h), release files of
// LiveCodeBench (livecodebench.h), or rows of SWE-bench (swe_bench.h).
//
// A broken package is listed under Suite::refused with all its faults and does not stop the others;
// the Error of this call is about the suite itself: NotFound with the closest name, BadInput for a
// broken suite.yaml, a folder without any package.
Result<Suite> load_suite(std::string_view name_or_path, const LoadOptions& options);

// Loads one package folder in any format that FORMAT.md lists. Independent faults are reported
// together; the Error is Unsupported if all that keeps the package out is a feature not done here.
Result<Problem> load_package(const fs::path& directory, std::string suite, std::string slug,
                             const LoadOptions& options = {});

// True if the folder is a package in one of these formats, whole or broken.
bool is_package(const fs::path& directory);

// True for rows of a data set, in a file or folder, which load_suite() takes as a suite: of
// LiveCodeBench, SWE-bench, or a proof set.
bool is_data_set(std::string_view path);

// Names of the suites in `suite_folders`, sorted.
std::vector<std::string> list_suites(const std::vector<fs::path>& suite_folders);

// One finding of the static rules of `evalctl problems check`.
struct Finding {
  enum class Severity { Error, Warning };
  Severity severity = Severity::Error;
  std::string rule;  // stable id: "answer-missing", "no-accepted-submission", ...
  Error detail;      // what, where, help
};

// Checks a package against the rules of its format without running anything. Empty: no findings.
std::vector<Finding> check_package(const fs::path& directory, const LoadOptions& options = {});

// The findings of loading a data set: rows that were refused ("row-refused") are errors, warnings of
// problems ("row-warning"; errata among them) are warnings. Empty: no findings.
std::vector<Finding> check_rows(const Suite& suite);

}  // namespace eval::problems
