#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "base/files.h"
#include "base/json.h"
#include "problems/suite.h"

// Real packages with known types, testcase counts and promises. They are not part of the project:
// EVALCTL_TEST_PACKAGES names the folder they are laid out in, EVALCTL_TEST_DATA the expectations.
namespace eval::problems {
namespace {

class RealPackages : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const char* packages = std::getenv("EVALCTL_TEST_PACKAGES");
    const char* data = std::getenv("EVALCTL_TEST_DATA");
    if (packages == nullptr || data == nullptr)
      GTEST_SKIP() << "EVALCTL_TEST_PACKAGES and EVALCTL_TEST_DATA are not set";
    root_ = fs::path(packages) / GetParam();
    const fs::path file = fs::path(data) / GetParam() / "expected.json";
    const auto text = read_file(file);
    if (!fs::is_directory(root_) || !text) GTEST_SKIP() << "no packages of " << GetParam();
    auto json = parse_json(*text, file.string());
    ASSERT_TRUE(json) << describe(json.error());
    expected_ = std::move(*json);
  }

  // Packages with an expectation that are laid out here.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, expectation] : expected_.items()) {
      if (fs::is_directory(root_ / name)) names.push_back(name);
    }
    return names;
  }

  fs::path root_;
  Json expected_;
};

std::set<std::string> words_of(const Json& list) {
  std::set<std::string> words;
  for (const Json& word : list) words.insert(word.get<std::string>());
  return words;
}

// In the four verdicts of the expectations: our RE, MLE and OLE are their RTE.
std::set<std::string> in_their_words(const std::vector<std::string>& codes) {
  std::set<std::string> words;
  for (const std::string& code : codes) {
    if (code == "RE" || code == "MLE" || code == "OLE") {
      words.insert("RTE");
    } else {
      words.insert(code == "PC" ? "PARTIAL" : code);
    }
  }
  return words;
}

// Where expected.json states what the folder alone says, but the package says more.
const std::map<std::string, std::set<std::string>> kStatedElsewhere = {
    // submissions.yaml overrides the folder or narrows it.
    {"bapctools/testexpectations accepted/wa.py", {"WA"}},
    {"bapctools/testexpectations ac_or_wa/ac.py", {"AC"}},
    {"bapctools/testexpectations ac_or_wa/wa.py", {"WA"}},
    {"bapctools/testexpectations expansion/ac.cpp", {"AC"}},
    {"bapctools/testexpectations expansion/ac.py", {"AC"}},
    {"bapctools/testexpectations match/match_wa.py", {"AC"}},
    {"bapctools/testexpectations match/nested", {"AC"}},
    // TLE is required among the secret testcases; a sample may fail before.
    {"bapctools/testexpectations tle/sleep.py", {"WA", "TLE", "RTE"}},
    // The expectations allow a second verdict that was seen on a slow machine; its folder does not.
    {"ioi2022kattis/prisonerchallenge time_limit_exceeded/wiwitrifai_wa_too_big.cpp", {"TLE"}},
};

std::set<std::string> promised(const std::string& package, const ReferenceSubmission& submission) {
  std::set<std::string> words = in_their_words(submission.expected);
  if (words.contains("PARTIAL") && words.size() > 1) {
    // Ours allow both ways to say it: PC, and the format's verdict with less than full marks.
    const bool by_folder = submission.name.starts_with("partially_accepted/");
    if (by_folder) {
      words.erase("AC");
    } else {
      words.erase("PARTIAL");
    }
  }
  EXPECT_FALSE(words.empty()) << package << " " << submission.name << ": nothing promised";
  return words;
}

std::string type_words(const ProgramTask& task) {
  std::string words = task.is_scoring ? "scoring" : "";
  if (task.type == TaskType::Interactive) words += (words.empty() ? "" : " ") + std::string("interactive");
  if (task.is_multi_pass) words += (words.empty() ? "" : " ") + std::string("multi-pass");
  return words.empty() ? "pass-fail" : words;
}

TEST_P(RealPackages, LoadWithTheirTypesAndTestcaseCounts) {
  for (const std::string& name : names()) {
    SCOPED_TRACE(name);
    const Json& expectation = expected_[name];
    const auto problem = load_package(root_ / name, GetParam(), name);
    ASSERT_TRUE(problem) << describe(problem.error());
    const auto& task = std::get<ProgramTask>(problem->task);
    EXPECT_EQ(type_words(task), expectation["type"].get<std::string>());
    EXPECT_EQ(task.type == TaskType::Interactive, expectation["interactive"].get<bool>());
    EXPECT_EQ(task.is_multi_pass, expectation["multi_pass"].get<bool>());
    std::map<std::string, int> counts;
    for (const Testcase& testcase : task.testcases)
      ++counts[testcase.is_sample ? "sample" : "secret"];
    std::map<std::string, int> expected_counts;
    for (const auto& [kind, count] : expectation["cases"].items())
      expected_counts[kind] = count.get<int>();
    EXPECT_EQ(counts, expected_counts);
    const std::string validation = expectation["validation"].get<std::string>();
    if (problem->format_name == "kattis-legacy") {
      EXPECT_EQ(task.checker.program.has_value(), validation != "default");
    }
    EXPECT_FALSE(problem->title.empty());
    EXPECT_EQ(problem->content_hash.size(), 64U);
  }
}

TEST_P(RealPackages, PromiseForEverySubmissionWhatIsExpected) {
  for (const std::string& name : names()) {
    const auto problem = load_package(root_ / name, GetParam(), name);
    ASSERT_TRUE(problem) << describe(problem.error());
    std::map<std::string, const ReferenceSubmission*> ours;
    for (const auto& submission : std::get<ProgramTask>(problem->task).reference_submissions)
      ours[submission.name] = &submission;
    std::set<std::string> theirs;
    for (const auto& [submission, expectation] : expected_[name]["submissions"].items()) {
      SCOPED_TRACE(name + " " + submission);
      theirs.insert(submission);
      ASSERT_TRUE(ours.contains(submission));
      const auto elsewhere = kStatedElsewhere.find(name + " " + submission);
      EXPECT_EQ(promised(name, *ours[submission]), elsewhere == kStatedElsewhere.end()
                                                       ? words_of(expectation["expected"])
                                                       : elsewhere->second);
      if (const Json* score = find_member(expectation, "expected_score")) {
        ASSERT_TRUE(ours[submission]->score_range);
        const double points = std::stod(score->get<std::string>());
        EXPECT_NEAR(ours[submission]->score_range->first, points, 0.01);
        EXPECT_NEAR(ours[submission]->score_range->second, points, 0.01);
      }
    }
    for (const auto& [submission, pointer] : ours)
      EXPECT_TRUE(theirs.contains(submission)) << name << ": unexpected " << submission;
  }
}

TEST_P(RealPackages, AreOneSuite) {
  const auto suite = load_suite(root_.string(), LoadOptions{});
  ASSERT_TRUE(suite) << describe(suite.error());
  std::set<std::string> refused;
  for (const Suite::Refused& one : suite->refused) {
    refused.insert(one.id);
    EXPECT_EQ(one.reason.code, ErrorCode::Unsupported) << one.id << " " << describe(one.reason);
  }
  std::set<std::string> ids;
  for (const Problem& problem : suite->problems)
    EXPECT_TRUE(ids.insert(problem.id).second) << problem.id;
  for (const std::string& name : names()) {
    std::string id = GetParam() + "/" + name;
    id[id.rfind('/')] = '-';
    EXPECT_FALSE(refused.contains(id)) << id;
    EXPECT_TRUE(ids.contains(id)) << id;
  }
}

TEST_P(RealPackages, AreCheckedWithoutFaults) {
  // What the checks may find in packages that were used in contests.
  const std::set<std::string> harmless = {"no-secret", "statement-missing",
                                          "no-accepted-submission", "testcase-order"};
  for (const std::string& name : names()) {
    for (const Finding& finding : check_package(root_ / name)) {
      if (finding.severity == Finding::Severity::Warning) continue;
      EXPECT_TRUE(harmless.contains(finding.rule))
          << name << ": " << finding.rule << ": " << describe(finding.detail);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Collections, RealPackages, ::testing::Values("icpc", "ioi"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace eval::problems
