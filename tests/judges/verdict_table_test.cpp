// tests/verdicts/README.md has a table for every type of task: verdict by language, with the fixtures
// that hold it or a reason why there is none. The tables and the tree must agree.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "judges/verdict.h"
#include "tests/support/verdict_fixture.h"

namespace eval::judges {
namespace {

constexpr const char* kColumns[] = {"C++", "Python", "Java", "other"};
constexpr std::size_t kLanguages = 3;  // the columns that need a reason where they are empty

std::size_t column_of(const fs::path& submission) {
  const std::string extension = submission.extension().string();
  if (extension == ".cpp") return 0;
  if (extension == ".py") return 1;
  return extension == ".java" ? 2 : 3;
}

// What a submission can get: JE and the like are not of its making.
std::vector<std::string> verdicts_of_submissions() {
  std::vector<std::string> names;
  for (const Verdict verdict : kAllVerdicts) {
    if (verdict == Verdict::NA || verdict == Verdict::JE || verdict == Verdict::IE) continue;
    names.emplace_back(verdict_name(verdict));
  }
  return names;
}

const std::string& readme() {
  static const std::string text = read_file(verdicts_root() / "README.md").value_or("");
  return text;
}

std::set<std::string> matches_of(const std::string& pattern, const std::string& text) {
  const std::regex regex(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) {
    found.insert((*at)[1].str());
  }
  return found;
}

using Rows = std::map<std::string, std::vector<std::string>>;  // verdict: its cells

// By problem, from "## `problem`: ..." and the rows after it.
std::map<std::string, Rows> tables() {
  std::map<std::string, Rows> all;
  std::string problem;
  for (const std::string& line : split(readme(), '\n')) {
    if (line.starts_with("## ")) {
      const std::set<std::string> name = matches_of("^## `(\\w+)`", line);
      problem = name.empty() ? "" : *name.begin();
    }
    if (problem.empty() || !line.starts_with("| ") || line.starts_with("| verdict")) continue;
    std::vector<std::string> cells = split(line, '|');  // "", verdict, cells, ""
    const std::string verdict(trim(cells[1]));
    all[problem][verdict] = {cells.begin() + 2, cells.end() - 1};
  }
  return all;
}

TEST(VerdictTable, NamesExactlyTheFixturesOfTheTree) {
  using Cells = std::map<std::string, std::set<std::string>>;  // "problem/VERDICT, column": names
  Cells in_tree, in_tables;
  const std::map<std::string, Rows> all = tables();
  for (const VerdictCase& one : verdict_cases()) {
    if (!all.contains(one.problem)) continue;
    const std::string column = kColumns[column_of(one.submission)];
    in_tree[one.problem + "/" + one.verdict + ", " + column].insert(
        one.submission.filename().string());
  }
  for (const auto& [problem, rows] : all) {
    for (const auto& [verdict, cells] : rows) {
      ASSERT_EQ(cells.size(), std::size(kColumns)) << problem << "/" << verdict;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::set<std::string> names = matches_of("`([^`]+)`", cells[i]);
        if (!names.empty()) in_tables[problem + "/" + verdict + ", " + kColumns[i]] = names;
      }
    }
  }
  Cells both = in_tree;
  both.insert(in_tables.begin(), in_tables.end());
  for (const auto& [cell, names] : both) EXPECT_EQ(in_tables[cell], in_tree[cell]) << cell;
}

TEST(VerdictTable, HasAFixtureOrAReasonForEveryVerdictAndLanguage) {
  const std::set<std::string> reasons = matches_of("\n- (\\([a-z]\\)) \\w", readme());
  std::set<std::string> used;
  for (const auto& [problem, rows] : tables()) {
    for (const std::string& verdict : verdicts_of_submissions()) {
      ASSERT_TRUE(rows.contains(verdict)) << problem << "/" << verdict;
      for (std::size_t i = 0; i < kLanguages; ++i) {
        const std::string& cell = rows.at(verdict).at(i);
        if (cell.find('`') != std::string::npos) continue;
        const std::set<std::string> reason = matches_of("^ none (\\([a-z]\\)) $", cell);
        ASSERT_EQ(reason.size(), 1U) << problem << "/" << verdict << ": " << cell;
        used.insert(*reason.begin());
      }
    }
  }
  EXPECT_EQ(used, reasons);
}

TEST(VerdictTable, CoversEveryTypeOfTaskAndNamesEveryProblem) {
  const std::map<std::string, Rows> all = tables();
  std::set<problems::TaskType> types;
  for (const auto& [problem, rows] : all) {
    const FixtureProblem fixture(problem);
    types.insert(std::get<problems::ProgramTask>(fixture.problem().task).type);
  }
  EXPECT_EQ(types.size(), 6U);  // all of problems::TaskType
  std::set<std::string> named = matches_of("\n- `(\\w+)`: ", readme());
  for (const auto& [problem, rows] : all) named.insert(problem);
  std::set<std::string> problems;
  for (const VerdictCase& one : verdict_cases()) problems.insert(one.problem);
  EXPECT_EQ(named, problems);
}

}  // namespace
}  // namespace eval::judges
