#pragma once

#include <optional>
#include <string>

#include "problems/findings.h"
#include "problems/package_yaml.h"
#include "problems/problem.h"
#include "problems/statements.h"
#include "problems/suite.h"
#include "problems/test_data.h"

namespace eval::problems {

// A package as read, with the parts that rules are checked against.
struct LoadedPackage {
  Problem problem;
  PackageInfo info;
  Statement statement;
  TestData data;
};

// Reads a whole Kattis package. Never fails: what is wrong is in `findings`, and the result is usable
// only if `findings.usable()`. `directory` has a problem.yaml.
LoadedPackage read_package(const fs::path& directory, std::string suite, std::string slug,
                           const LoadOptions& options, Findings& findings);

// The same for a package in any format that is read.
Problem read_problem(const fs::path& directory, std::string suite, std::string slug,
                     const LoadOptions& options, Findings& findings);

// True for a package in any known format, and one whose problem.yaml is missing.
bool looks_like_package(const fs::path& directory);

// NotFound if there is no such folder or no problem in it, Unsupported if it is in a format that is
// recognised but not read.
Result<void> expect_package(const fs::path& directory);

// SHA-256 of all that decides a prompt or a verdict: statement, limits, testcases and their flags,
// scoring, checker, grader and included files. Reference submissions and input validators do not.
std::string content_hash(const Problem& problem, Findings& findings);

}  // namespace eval::problems
