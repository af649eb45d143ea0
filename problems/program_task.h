#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"
#include "problems/checking.h"
#include "problems/testcase.h"

// A problem whose submission is a program.
namespace eval::problems {

struct ProgramLimits {
  // nullopt: the package states none; the judge derives it from the accepted submissions as
  // slowest x `accepted_multiplier`, rounded up to `resolution` (legacy default 5, 2023-07: 2).
  std::optional<std::chrono::milliseconds> cpu_time;
  double accepted_multiplier = 5;
  double time_limit_to_tle_multiplier = 1.5;
  std::chrono::milliseconds resolution{1000};
  std::map<std::string, double> language_time_factors;  // package's own factors, by language id
  Bytes memory = Bytes::mib(2048);                      // Kattis default: 2048 MiB
  Bytes output = Bytes::mib(8);                         // Kattis default: 8 MiB
  Bytes code = Bytes::kib(128);                         // Kattis default: 128 KiB
  std::chrono::milliseconds compile_time{60'000};
  Bytes compile_memory = Bytes::mib(2048);
  std::chrono::milliseconds validation_time{60'000};
  Bytes validation_memory = Bytes::mib(2048);
  Bytes validation_output = Bytes::mib(8);
  friend bool operator==(const ProgramLimits&, const ProgramLimits&) = default;
};

// A submission that ships with a package, and what is promised of it.
struct ReferenceSubmission {
  std::string name;                     // path below submissions/: "accepted/solution.cpp"
  std::vector<fs::path> files;          // absolute; more than one for a directory submission
  std::optional<std::string> language;  // language id if the package states it, else by extension
  std::optional<std::string> entry_point;
  std::vector<std::string>
      expected;  // verdict codes of which the final one must be one; empty: no promise
  std::vector<std::string> required;   // verdict codes that must occur on at least one testcase
  std::vector<std::string> permitted;  // if not empty, every testcase's verdict is one of these
  std::optional<std::pair<double, double>> score_range;
  bool sets_time_limit = false;  // counts when a time limit is derived
  struct Pattern;                // per-testcase promises (2025-09)
  std::vector<Pattern> patterns;
  friend bool operator==(const ReferenceSubmission&, const ReferenceSubmission&) = default;
};

struct ReferenceSubmission::Pattern {
  std::string glob;  // testcase or subtask names below data/: "secret/group2*"
  std::vector<std::string> permitted;
  std::vector<std::string> required;
  std::optional<std::pair<double, double>> score_range;
  std::optional<std::string> message;  // must occur in some judge message of the matched testcases
  friend bool operator==(const Pattern&, const Pattern&) = default;
};

// A problem whose submission is a program: IOI, ICPC and LiveCodeBench.
struct ProgramTask {
  TaskType type = TaskType::Batch;
  bool is_scoring = false;     // points, not just accepted or not
  bool is_multi_pass = false;  // Batch or Interactive: the checker may ask for another pass
  int passes_max = 2;          // multi-pass only: runs of the submission on one testcase
  ProgramLimits limits;
  Checker checker;
  std::optional<Interactor> interactor;  // Interactive, Communication, TwoSteps
  std::string input_file;   // Batch: named file the submission reads; empty: standard input
  std::string output_file;  // Batch: named file it writes; empty: standard output
  // LiveCodeBench: the submission defines this function (or method of `class Solution`), which is
  // called with the JSON values of an input's lines; its value is compared with the answer's. Empty: a
  // program.
  std::string function_name = {};
  std::string starter_code = {};  // what the prompt gives a function's author to fill in
  // What the submission's file is called, without extension, when it is compiled with a grader
  // ("souvenirs"); empty: as it comes.
  std::string submission_name;
  std::vector<std::string> languages;               // allowed language ids; empty: all
  std::map<std::string, IncludedSources> included;  // by language id, Kattis name or "default"
  // Decimals that a subtask's points are rounded to (CMS score_precision); nullopt: not rounded.
  std::optional<int> points_decimals;
  std::vector<Testcase> testcases;
  Subtask root;
  std::vector<ReferenceSubmission> reference_submissions;
  std::vector<InputValidator> input_validators;
  friend bool operator==(const ProgramTask&, const ProgramTask&) = default;
};

}  // namespace eval::problems
