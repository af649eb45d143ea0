// docs/judge-spec.md names a test for each of its statements. Every name must be that of a test or
// of a submission below tests/verdicts, and every paragraph, list item and row of a table must have one,
// but in section 17, which is about other judges, and among the sources.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

#include "base/files.h"
#include "base/text.h"

namespace eval::judges {
namespace {

const fs::path kRoot = EVAL_TEST_SOURCE_DIR;

std::set<std::string> all_tests() {
  const std::regex definition(R"(TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\))");
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "tests")) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string text = read_file(entry.path()).value_or("");
    for (std::sregex_iterator at(text.begin(), text.end(), definition), end; at != end; ++at) {
      names.insert((*at)[1].str() + "." + (*at)[2].str());
    }
  }
  return names;
}

std::vector<std::string> named_in(const std::string& text) {
  const std::regex name(R"(\{([^{}\s]+)\})");
  std::vector<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) {
    names.push_back((*at)[1].str());
  }
  return names;
}

std::string specification() {
  const std::string text = read_file(kRoot / "docs/judge-spec.md").value_or("");
  // The introduction explains the notation with names of no test.
  return text.substr(std::min(text.size(), text.find("\n## ")));
}

TEST(JudgeSpec, NamesTestsAndSubmissionsThatExist) {
  const std::set<std::string> tests = all_tests();
  const std::vector<std::string> named = named_in(specification());
  EXPECT_GT(named.size(), 100U);
  for (const std::string& name : named) {
    const bool exists = name.find('/') != std::string::npos
                            ? fs::exists(kRoot / "tests/verdicts" / name)
                            : tests.contains(name);
    EXPECT_TRUE(exists) << name;
  }
}

bool continues(std::string_view line, std::string_view statement) {
  if (statement.starts_with("- ")) return line.starts_with("  ");
  return !line.starts_with("- ") && !line.starts_with('|') && !statement.starts_with('|');
}

// Paragraphs, list items and rows of tables without their heads. What leads to a list or a table states
// nothing by itself.
std::vector<std::string> statements_of(const std::string& section) {
  std::vector<std::string> statements;
  bool is_new = true;
  for (const std::string_view line : split_lines(section)) {
    if (line.starts_with("|---")) {
      statements.pop_back();
    } else if (!line.empty() && !is_new && continues(line, statements.back())) {
      statements.back() += fmt::format(" {}", trim(line));
    } else if (!line.empty()) {
      statements.emplace_back(line);
    }
    is_new = line.empty() || line.starts_with("|---");
  }
  std::erase_if(statements, [](const std::string& text) { return text.ends_with(':'); });
  return statements;
}

TEST(JudgeSpec, NamesATestAtEveryStatement) {
  std::size_t statements = 0;
  for (const std::string& section : split(replace_all(specification(), "\n## ", "\x01"), '\x01')) {
    const std::size_t end_of_title = std::min(section.size(), section.find('\n'));
    const std::string title = section.substr(0, end_of_title);
    if (title.empty() || title == "Sources" || title.starts_with("17.")) continue;
    for (const std::string& statement : statements_of(section.substr(end_of_title))) {
      ++statements;
      EXPECT_FALSE(named_in(statement).empty()) << title << ": " << statement;
    }
  }
  EXPECT_GT(statements, 100U);
}

}  // namespace
}  // namespace eval::judges
