#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "problems/patch_task.h"

// How the tests of an instance are run and read: the official table by repository and version
// (specs.json, part of this program), or what the instance's row says itself. Pure.
namespace eval::judges::swe {

enum class EvalType {
  PassAndFail,  // a test that the log does not name has failed
  FailOnly,     // the framework prints failures only: a test that the log does not name has passed
};
std::string_view eval_type_name(EvalType type);  // "pass_and_fail", "fail_only"

struct RepositorySpec {
  std::string language;  // "py", "go", "java", "js", "php", "rb", "rs", "c"
  std::string python;    // "3.9"; empty outside Python
  std::string packages;  // conda's: names, "requirements.txt", "environment.yml"
  std::vector<std::string> pip_packages;
  std::vector<std::string> pre_install;    // once, when the environment is built
  std::vector<std::string> install;        // then; Python: again after the model's patch
  std::vector<std::string> build;          // not Python: before the tests, after the test patch
  std::vector<std::string> eval_commands;  // before everything: "export LANG=en_US.UTF-8"
  std::vector<std::string> test;           // test commands without the files to test
  std::string log_parser;                  // for parse_log()
  EvalType eval_type = EvalType::PassAndFail;
  friend bool operator==(const RepositorySpec&, const RepositorySpec&) = default;
};

// What is known of `task`: its row's own words first, then the table. Unsupported if neither names a
// log parser. A version that the table does not have gives a spec with the repository's parser and no
// commands: it can be graded and not run.
Result<RepositorySpec> spec_of(const problems::PatchTask& task);

// The parser of a repository by the official table; "" for one that is not in it.
std::string log_parser_of(std::string_view repository);

// A file that a patch touches.
struct PatchedFile {
  std::string path;      // after the patch; before it, for one that is deleted
  std::string old_path;  // before it; empty for a new file
  bool is_deleted = false;
  friend bool operator==(const PatchedFile&, const PatchedFile&) = default;
};
// In the order of the patch. Quoted paths of git are unquoted.
std::vector<PatchedFile> patched_files(std::string_view patch);

// The files of the test patch that are tests, as its repository's test command takes them: without
// data files (by extension); for Django as dotted modules below tests/. In the order of the patch.
std::vector<std::string> test_directives(const problems::PatchTask& task);

// The commands that run the tests, directives included where the repository takes them (Python).
std::vector<std::string> test_commands(const problems::PatchTask& task, const RepositorySpec& spec);

}  // namespace eval::judges::swe
