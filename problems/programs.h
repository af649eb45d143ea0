#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "problems/findings.h"
#include "problems/package_yaml.h"
#include "problems/problem.h"
#include "problems/test_data.h"

namespace eval::problems {

// The custom checker if the package uses one. Later dialects use whatever is in output_validator/;
// legacy packages use output_validators/ only where problem.yaml says `validation: custom`.
Checker find_checker(const fs::path& package, const PackageInfo& info, Findings& findings);

// Notes a fault for every flag of the default checker that it does not know or cannot read.
void check_checker_flags(const TestData& data, const PackageInfo& info, const Checker& checker,
                         Findings& findings);

// The custom grader of a legacy package (`graders/`), nullopt if there is none.
std::optional<fs::path> find_grader(const fs::path& package, Findings& findings);

// Programs and .ctd/.viva grammars in input_validators/ (or its old name input_format_validators/).
std::vector<fs::path> find_input_validators(const fs::path& package, Findings& findings);

// include/LANGUAGE/: files put beside every submission in that language ("default": in all others).
std::map<std::string, IncludedSources> find_include_files(const fs::path& package,
                                                          Findings& findings);

}  // namespace eval::problems
