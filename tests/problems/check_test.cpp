#include "tests/problems/package_fixture.h"

namespace eval::problems {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class PackageCheck : public PackageFixture {};

TEST_F(PackageCheck, FindsNothingInACompletePackage) {
  minimal("p", kModern);
  EXPECT_THAT(rules("p"), IsEmpty());
}

TEST_F(PackageCheck, FindsAMissingTimeLimit) {
  minimal("p", kLegacy);
  EXPECT_THAT(rules("p"), ElementsAre("time-limit-missing"));
}

TEST_F(PackageCheck, FindsMissingMetadata) {
  minimal("p", "problem_format_version: 2025-09\nlimits: {time_limit: 1}\n");
  EXPECT_THAT(rules("p"), ElementsAre("name-missing", "uuid-missing", "license-missing"));
}

TEST_F(PackageCheck, FindsAMissingStatement) {
  minimal("p", kModern);
  fs::remove_all(folder() / "p/statement");
  EXPECT_THAT(rules("p"), Contains("statement-missing"));
}

TEST_F(PackageCheck, FindsMissingSamplesAndSecrets) {
  minimal("p", kModern);
  fs::remove_all(folder() / "p/data/sample");
  EXPECT_THAT(rules("p"), ElementsAre("no-sample"));
  write("p/data/sample/1.interaction", "> 1\n");
  EXPECT_THAT(rules("p"), IsEmpty());
  minimal("q", kModern);
  fs::remove_all(folder() / "q/data/secret");
  EXPECT_THAT(rules("q"), ElementsAre("no-secret"));
}

TEST_F(PackageCheck, FindsTheSameInputTwiceInOneGroup) {
  minimal("p", kModern);
  write("p/data/secret/2.in", "same");
  write("p/data/secret/2.ans", "");
  write("p/data/secret/3.in", "same");
  write("p/data/secret/3.ans", "");
  EXPECT_THAT(rules("p"), ElementsAre("duplicate-testcase"));
}

TEST_F(PackageCheck, FindsNumbersThatAreNotPadded) {
  minimal("p", kModern);
  testcase("p/data/secret/2");
  testcase("p/data/secret/10");
  EXPECT_THAT(rules("p"), ElementsAre("testcase-order"));
}

TEST_F(PackageCheck, FindsThatNoSubmissionIsAccepted) {
  minimal("p", kModern);
  fs::rename(folder() / "p/submissions/accepted", folder() / "p/submissions/wrong_answer");
  EXPECT_THAT(rules("p"), ElementsAre("no-accepted-submission"));
}

TEST_F(PackageCheck, FindsSubmissionsInNoKnownLanguage) {
  minimal("p", kModern);
  write("p/submissions/accepted/name.cpp.template", "");
  EXPECT_THAT(rules("p"), ElementsAre("unknown-language"));
}

TEST_F(PackageCheck, FindsRulesThatContradictEachOther) {
  minimal("p", kModern);
  write("p/submissions/submissions.yaml", "accepted/good.py:\n  permitted: [WA]\n");
  EXPECT_THAT(rules("p"), Contains("contradiction"));
}

TEST_F(PackageCheck, FindsMissingInputValidators) {
  minimal("p", kModern);
  fs::remove_all(folder() / "p/input_validators");
  EXPECT_THAT(rules("p"), ElementsAre("no-input-validator"));
}

TEST_F(PackageCheck, PutsErrorsBeforeWarnings) {
  minimal("p", "name: X\n");
  fs::remove(folder() / "p/data/secret/1.ans");
  const std::vector<Finding> findings = check_package(folder() / "p");
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().severity, Finding::Severity::Error);
  EXPECT_EQ(findings.back().severity, Finding::Severity::Warning);
}

TEST_F(PackageCheck, SaysOfAFolderThatIsNoPackageThatItIsNone) {
  write("p/README", "");
  EXPECT_THAT(rules("p"), ElementsAre("not-a-package"));
}

// One folder for each fault; tests/packages/broken/README.md says what each must be told.
struct BrokenPackage {
  std::string folder;
  std::string rule;
  std::vector<std::string> words;
};

class BrokenPackages : public ::testing::TestWithParam<BrokenPackage> {
 protected:
  fs::path directory() const {
    return fs::path(EVAL_TEST_SOURCE_DIR) / "tests" / "packages" / "broken" / GetParam().folder;
  }
};

TEST_P(BrokenPackages, AreRefusedInWordsThatHelp) {
  const auto problem = load_package(directory(), "broken", GetParam().folder);
  ASSERT_FALSE(problem);
  for (const std::string& word : GetParam().words)
    EXPECT_THAT(describe(problem.error()), HasSubstr(word));
}

TEST_P(BrokenPackages, AreFoundByTheirRule) {
  std::vector<std::string> found;
  for (const Finding& finding : check_package(directory())) {
    if (finding.severity == Finding::Severity::Error) found.push_back(finding.rule);
  }
  EXPECT_THAT(found, Contains(GetParam().rule));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, BrokenPackages,
    ::testing::Values(
        BrokenPackage{"missing_answer",
                      "answer-missing",
                      {"testcase secret/02 has no answer file", "data/secret/02.in"}},
        BrokenPackage{"broken_yaml", "yaml-syntax", {"problem.yaml", "line"}},
        BrokenPackage{"broken_testdata_yaml", "yaml-syntax", {"data/secret/testdata.yaml", "line"}},
        BrokenPackage{"no_testcases", "no-testcases", {"no testcases below data/secret"}},
        BrokenPackage{
            "unknown_validation", "bad-value", {"\"fuzzy\" is neither default nor custom"}},
        BrokenPackage{"bad_float_flag",
                      "checker-flags",
                      {"\"banana\" is not a number, for float_tolerance", "problem.yaml"}},
        BrokenPackage{"duplicate_testcase_ids",
                      "name-clash",
                      {"secret/01 names both a testcase and a folder"}},
        BrokenPackage{"non_utf8_statement", "not-utf8", {"not UTF-8 at byte", "problem.en.md"}},
        BrokenPackage{"missing_problem_yaml", "not-a-package", {"problem.yaml is missing"}},
        BrokenPackage{
            "unknown_format_version", "format-version", {"2031-01", "legacy, 2023-07 and 2025-09"}},
        BrokenPackage{
            "symlink_escape", "symlink-escape", {"leads out of the package", "data/secret/02.in"}},
        BrokenPackage{"custom_without_checker", "checker-missing", {"there is no checker"}},
        BrokenPackage{"several_faults",
                      "checker-flags",
                      {"plenty", "banana", "testcase secret/02 has no answer file"}}),
    [](const auto& test) { return test.param.folder; });

}  // namespace
}  // namespace eval::problems
