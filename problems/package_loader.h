#pragma once

#include <optional>
#include <string>

#include "problems/findings.h"
#include "problems/package_yaml.h"
#include "problems/problem.h"
#include "problems/statements.h"
#include "problems/test_data.h"

namespace eval::problems {

// A package as read, with the parts that rules are checked against.
struct LoadedPackage {
  Problem problem;
  PackageInfo info;
  Statement statement;
  TestData data;
};

// Reads a whole package. Never fails: what is wrong is in `findings`, and the result is usable only
// if `findings.usable()`. `directory` has a problem.yaml.
LoadedPackage read_package(const fs::path& directory, std::string suite, std::string slug,
                           Findings& findings);

// What a folder without problem.yaml holds if it is a problem in another format ("a CMS task
// (task.yaml)"); nullopt for packages and for all else.
std::optional<std::string> foreign_format(const fs::path& directory);

// True for a package, a problem in another format, and a package whose problem.yaml is missing.
bool looks_like_package(const fs::path& directory);

// NotFound if there is no such folder or no problem in it, Unsupported if it is in another format.
Result<void> expect_package(const fs::path& directory);

// SHA-256 of all that decides a prompt or a verdict: statement, limits, testcases and their flags,
// scoring, checker, grader and included files. Reference submissions and input validators do not.
std::string content_hash(const Problem& problem, Findings& findings);

}  // namespace eval::problems
