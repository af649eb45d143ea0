#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "problems/suite.h"

namespace eval::problems {

// A folder of packages written by a test, gone with it.
class PackageFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = TempDir::create("evalctl-problems-");
    ASSERT_TRUE(made) << describe(made.error());
    folder_.emplace(std::move(*made));
  }

  const fs::path& folder() const { return folder_->path(); }

  void write(const fs::path& relative, std::string_view content) {
    const auto written = write_file(folder() / relative, content);
    ASSERT_TRUE(written) << describe(written.error());
  }

  void link(const fs::path& relative, const fs::path& target) {
    fs::create_directories((folder() / relative).parent_path());
    fs::create_symlink(target, folder() / relative);
  }

  void testcase(const fs::path& stem) {
    write(stem.string() + ".in", stem.string());
    write(stem.string() + ".ans", "1\n");
  }

  // A complete small package: a sample, a secret testcase, a statement and an accepted submission.
  void minimal(const fs::path& package, std::string_view problem_yaml) {
    write(package / "problem.yaml", problem_yaml);
    const bool legacy = problem_yaml.find("problem_format_version") == std::string_view::npos;
    write(package / (legacy ? "problem_statement" : "statement") / "problem.en.tex",
          "\\problemname{Sums}\nAdd two numbers.\n");
    testcase(package / "data/sample/1");
    testcase(package / "data/secret/1");
    write(package / "submissions/accepted/good.py", "print(1)\n");
    write(package / "input_validators/check.py", "import sys; sys.exit(42)\n");
  }

  Problem load(const fs::path& package) {
    auto problem = load_package(folder() / package, "suite", "slug");
    EXPECT_TRUE(problem) << describe(problem.error());
    return problem ? std::move(*problem) : Problem{};
  }

  Error load_error(const fs::path& package) {
    auto problem = load_package(folder() / package, "suite", "slug");
    EXPECT_FALSE(problem);
    return problem ? Error{} : std::move(problem).error();
  }

  static const ProgramTask& task(const Problem& problem) {
    return std::get<ProgramTask>(problem.task);
  }

  static const ReferenceSubmission* submission(const Problem& problem, std::string_view name) {
    for (const ReferenceSubmission& one : task(problem).reference_submissions) {
      if (one.name == name) return &one;
    }
    return nullptr;
  }

  std::vector<std::string> rules(const fs::path& package) {
    std::vector<std::string> rules;
    for (const Finding& finding : check_package(folder() / package)) rules.push_back(finding.rule);
    return rules;
  }

  static std::vector<std::string> testcase_names(const Problem& problem) {
    std::vector<std::string> names;
    for (const Testcase& one : task(problem).testcases) names.push_back(one.name);
    return names;
  }

  static const Subtask* subtask(const Subtask& root, std::string_view name) {
    if (root.name == name) return &root;
    for (const Subtask& below : root.subtasks) {
      if (const Subtask* found = subtask(below, name)) return found;
    }
    return nullptr;
  }

 private:
  std::optional<TempDir> folder_;
};

inline constexpr std::string_view kModern =
    "problem_format_version: 2025-09\nname: Sums\nuuid: 1-2-3\nlicense: cc0\n"
    "credits: A. Author\nlimits:\n  time_limit: 1\n";
inline constexpr std::string_view kLegacy = "name: Sums\nlicense: cc0\nauthor: A. Author\n";

}  // namespace eval::problems
