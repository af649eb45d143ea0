// docs/judge-spec.md names a test for each of its statements. Every name must be that of a test or
// of a submission below tests/verdicts, and every section must have one.
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

TEST(JudgeSpec, NamesATestInEverySection) {
  for (const std::string& section : split(replace_all(specification(), "\n## ", "\x01"), '\x01')) {
    const std::string title = section.substr(0, section.find('\n'));
    if (title.empty() || title == "Sources" || title.starts_with("17.")) continue;
    EXPECT_FALSE(named_in(section).empty()) << title;
  }
}

}  // namespace
}  // namespace eval::judges
