#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "judges/judgement.h"
#include "judges/language.h"
#include "problems/problem.h"
#include "sandbox/sandbox.h"

// Whether the data of a package are what the package itself says they must be.
namespace eval::judges {

struct DataCheckOptions {
  fs::path testlib = {};    // see ProgramJudgeOptions
  bool generators = false;  // build the programs of generators/ too
};

struct DataCheck {
  int inputs_checked = 0;   // inputs that every validator accepted
  int answers_checked = 0;  // answers that the comparison accepts as outputs
  int generators_built = 0;
  std::vector<std::string> faults;   // one sentence each, with the testcase and what was said of it
  std::vector<std::string> skipped;  // what was not checked, and why
};

// Checks a problem's data; nothing of a task that is no program.
//
// Input validators (Kattis input_validators/) are run over every input in a box, with the flags that
// the data folders give them (`input_validator_flags`, `input_validator_args`); exit code 42 accepts,
// for Polygon's, which are written with testlib, 0.
// Those in the languages of checktestdata and viva (.ctd, .viva) are skipped by name. Where no program
// decides, an answer file given as output must be accepted. Generators are built and not run:
// their calls are in no package format but BAPCtools' generators.yaml, which is not read and said so.
// The faults of one validator end with the tenth. An Error only if a box failed or `stop` was requested.
Result<DataCheck> check_data(const problems::Problem& problem, sandbox::Sandbox& sandbox,
                             const Languages& languages, const DataCheckOptions& options,
                             std::stop_token stop);

// How far a problem's time limit is from the times of its reference submissions.
struct TimeSensitivity {
  std::chrono::milliseconds limit{0};
  std::optional<std::chrono::microseconds> slowest_accepted;
  std::string slowest_name;
  // The fastest of the submissions that are meant to be too slow, by its slowest testcase; a program
  // that was killed needs more than it shows.
  std::optional<std::chrono::microseconds> fastest_tle;
  std::string fastest_name;
  bool fastest_was_killed = false;

  // Takes in the judgement of a submission that promises one verdict, AC or TLE.
  void add(const problems::ReferenceSubmission& reference, const Judgement& judgement);
  // limit / slowest accepted, if there is one.
  std::optional<double> safety_factor() const;
};

}  // namespace eval::judges
