#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/files.h"
#include "base/json.h"
#include "problems/suite.h"

// Tasks of CMS's own test contest and of IOI 2024. They are not part of the project:
// EVALCTL_TEST_PACKAGES names the folder they are laid out in, EVALCTL_TEST_DATA the scores that their
// solutions got from the official programs.
namespace eval::problems {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class OlympiadPackages : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* packages = std::getenv("EVALCTL_TEST_PACKAGES");
    if (packages == nullptr) GTEST_SKIP() << "EVALCTL_TEST_PACKAGES is not set";
    root_ = fs::path(packages) / "ioi";
    if (!fs::is_directory(root_ / "cms_con_test") || !fs::is_directory(root_ / "ioi2024"))
      GTEST_SKIP() << "no olympiad packages are laid out";
  }

  std::map<std::string, Problem> load(const std::string& folder) {
    const auto suite = load_suite((root_ / folder).string(), {});
    EXPECT_TRUE(suite) << describe(suite.error());
    std::map<std::string, Problem> problems;
    if (!suite) return problems;
    for (const Suite::Refused& one : suite->refused)
      ADD_FAILURE() << one.id << ": " << describe(one.reason);
    for (const Problem& problem : suite->problems) problems[problem.slug] = problem;
    return problems;
  }

  static const ProgramTask& task(const Problem& problem) {
    return std::get<ProgramTask>(problem.task);
  }

  fs::path root_;
};

TEST_F(OlympiadPackages, OfCmsHaveTheirTaskTypes) {
  const auto problems = load("cms_con_test");
  const std::map<std::string, TaskType> expected = {
      {"batch", TaskType::Batch},
      {"batch_comparator", TaskType::Batch},
      {"batch_file", TaskType::Batch},
      {"batchgrader", TaskType::Batch},
      {"batchwithoutgen", TaskType::Batch},
      {"communication", TaskType::Communication},
      {"communicationtwoways", TaskType::Communication},
      {"outputonly", TaskType::OutputOnly},
      {"outputonlycomparator", TaskType::OutputOnly},
  };
  std::map<std::string, TaskType> types;
  for (const auto& [slug, problem] : problems) types[slug] = task(problem).type;
  EXPECT_EQ(types, expected);
}

TEST_F(OlympiadPackages, OfCmsPromiseFullMarksOfEverySolution) {
  for (const auto& [slug, problem] : load("cms_con_test")) {
    SCOPED_TRACE(slug);
    const ProgramTask& read = task(problem);
    EXPECT_THAT(read.testcases, SizeIs(10));
    const bool has_gen = slug != "batchwithoutgen";
    EXPECT_THAT(read.root.subtasks, SizeIs(has_gen ? 5 : 0));
    EXPECT_DOUBLE_EQ(problem.points_max, has_gen ? 100 : 200);
    const bool compares = slug.ends_with("comparator");
    EXPECT_EQ(read.checker.program.has_value(), compares);
    if (read.type != TaskType::OutputOnly) {
      EXPECT_GE(read.reference_submissions.size(), 3U);
    }
    for (const ReferenceSubmission& one : read.reference_submissions) {
      EXPECT_THAT(one.expected, ElementsAre("AC"));
      EXPECT_NEAR(one.score_range->first, problem.points_max, 0.001);
    }
  }
}

TEST_F(OlympiadPackages, OfCmsReadAndWriteTheFilesTheyName) {
  const auto problems = load("cms_con_test");
  ASSERT_TRUE(problems.contains("batch_file"));
  EXPECT_EQ(task(problems.at("batch_file")).input_file, "input.txt");
  EXPECT_EQ(task(problems.at("batch_file")).output_file, "output.txt");
  EXPECT_EQ(task(problems.at("batch")).input_file, "");
  EXPECT_EQ(task(problems.at("batchgrader")).submission_name, "batchgrader");
  EXPECT_EQ(task(problems.at("batchgrader")).included.count("cpp"), 1U);
  EXPECT_TRUE(task(problems.at("communication")).interactor->uses_fifos);
}

TEST_F(OlympiadPackages, OfIoiHaveTheSubtasksThatTheirScoresName) {
  const char* data = std::getenv("EVALCTL_TEST_DATA");
  if (data == nullptr) GTEST_SKIP() << "EVALCTL_TEST_DATA is not set";
  for (const auto& [slug, problem] : load("ioi2024")) {
    const std::string code = slug.substr(slug.rfind('-') + 1);
    SCOPED_TRACE(code);
    const fs::path file = fs::path(data) / "ioi" / ("expected_scores_" + code + ".json");
    const auto text = read_file(file);
    ASSERT_TRUE(text) << describe(text.error());
    const auto scores = parse_json(*text, file.string());
    ASSERT_TRUE(scores) << describe(scores.error());
    std::map<std::string, ReferenceSubmission> ours;
    for (const auto& one : task(problem).reference_submissions) ours[one.name] = one;
    double full = 0;
    for (const auto& [name, score] : (*scores)["solutions"].items()) {
      SCOPED_TRACE(name);
      ASSERT_TRUE(ours.contains(name));
      const double total = score["total"].get<double>();
      full = std::max(full, total);
      // A solution is AC with full marks, PC with some; nothing is promised that it does not get.
      const std::vector<std::string>& expected = ours[name].expected;
      const auto allows = [&](const std::string& verdict) {
        return std::find(expected.begin(), expected.end(), verdict) != expected.end();
      };
      EXPECT_EQ(allows("AC"), total == 100);
      EXPECT_TRUE(total == 0 || total == 100 || allows("PC"));
      for (const auto& [subtask, points] : score["subtasks"].items()) {
        const auto& groups = task(problem).root.subtasks;
        const auto found = std::find_if(groups.begin(), groups.end(),
                                        [&](const Subtask& one) { return one.name == subtask; });
        ASSERT_NE(found, groups.end()) << subtask;
        EXPECT_LE(points.get<double>(), *found->points);
      }
    }
    EXPECT_DOUBLE_EQ(full, problem.points_max);
    EXPECT_EQ(task(problem).points_decimals, 2);
  }
}

TEST_F(OlympiadPackages, OfIoiBringTheirProgramsWithTestlib) {
  const auto problems = load("ioi2024");
  ASSERT_TRUE(problems.contains("aplusb-aplusb"));
  const ProgramTask& sum = task(problems.at("aplusb-aplusb"));
  EXPECT_EQ(sum.type, TaskType::Batch);
  ASSERT_TRUE(sum.checker.program);
  EXPECT_THAT(sum.checker.support_files, SizeIs(1));
  const ProgramTask& machine = task(problems.at("machine-machine"));
  EXPECT_EQ(machine.type, TaskType::Communication);
  ASSERT_TRUE(machine.interactor);
  EXPECT_EQ(machine.interactor->processes, 1);
  EXPECT_THAT(machine.interactor->support_files, SizeIs(2));
  EXPECT_THAT(machine.testcases, SizeIs(43));
}

TEST_F(OlympiadPackages, AreCheckedWithoutErrors) {
  for (const std::string folder : {"cms_con_test", "ioi2024"}) {
    for (const auto& [slug, problem] : load(folder)) {
      for (const Finding& finding : check_package(problem.directory)) {
        EXPECT_NE(finding.severity, Finding::Severity::Error)
            << slug << ": " << describe(finding.detail);
      }
    }
  }
}

}  // namespace
}  // namespace eval::problems
