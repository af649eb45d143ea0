#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "judges/verdict.h"
#include "problems/problem.h"

// The tree tests/verdicts/<problem>/<VERDICT>/<submission>: what its tests read of it.
namespace eval::judges {

// tests/verdicts
const fs::path& verdicts_root();

// A submission of the tree: a file is a program, a folder is outputs that are handed in.
struct VerdictCase {
  std::string problem;
  std::string verdict;  // the folder's name
  fs::path submission;
};

// All submissions, sorted by path.
std::vector<VerdictCase> verdict_cases();

// The problem of tests/verdicts/<name>/problem.json, with its data in a folder that lives as long as
// this does. problem.json has "type", limits, "checker", "interactor", "included", "testcases" with
// their data in line, and "subtasks" where the problem scores.
class FixtureProblem {
 public:
  explicit FixtureProblem(const std::string& name);
  const problems::Problem& problem() const { return problem_; }

 private:
  fs::path source_;
  TempDir data_;
  problems::Problem problem_;
};

}  // namespace eval::judges
