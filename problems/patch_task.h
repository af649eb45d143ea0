#pragma once

#include <string>
#include <vector>

// A problem whose submission is a patch to a repository: SWE-bench.
namespace eval::problems {

// How an instance's tests are run, where its row says so itself (SWE-rebench's `install_config`).
// All empty for rows of SWE-bench, whose commands stand in a table by repository and version.
struct PatchCommands {
  std::string python = {};                      // "3.9"
  std::vector<std::string> pre_install = {};    // once, when the environment is built
  std::vector<std::string> install = {};        // then, and again after a patch
  std::vector<std::string> eval_commands = {};  // before the tests: "export LANG=en_US.UTF-8"
  std::vector<std::string> test = {};           // without the files to test
  friend bool operator==(const PatchCommands&, const PatchCommands&) = default;
};

struct PatchTask {
  std::string repository = {};  // "owner/name"
  std::string base_commit = {};
  std::string test_patch = {};
  std::string version = {};  // of the repository: "4.3"; key into the table of commands
  std::string image = {};    // the instance's file system: "registry/name:tag"
  std::vector<std::string> fail_to_pass =
      {};  // test ids as the repository's log parser spells them
  std::vector<std::string> pass_to_pass = {};
  std::string reference_patch = {};

  std::string instance_id = {};  // as the data set spells it: "astropy__astropy-12907"
  std::string environment_setup_commit = {};
  std::string hints = {};        // the discussion before the fix; not part of a prompt
  std::string created_at = {};   // "2022-03-03T15:14:54Z"
  std::string difficulty = {};   // Verified: "15 min - 1 hour"
  std::string language = {};     // "py", "go", "java", ...; where the row says so
  std::string eval_script = {};  // rows of the harness's version 5: the whole script, or empty
  std::string log_parser = {};   // "parse_log_pytest_v2"; empty: by repository
  std::string eval_type = {};    // "pass_and_fail", "fail_only"; empty: by repository
  PatchCommands commands = {};   // the row's own, or empty
  // SWE-bench Pro: the commands that put the tests in place, and the files to test.
  std::string before_tests = {};
  std::vector<std::string> selected_tests = {};
  friend bool operator==(const PatchTask&, const PatchTask&) = default;
};

}  // namespace eval::problems
