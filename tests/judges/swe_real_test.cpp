// The recorded logs of real evaluations, where they are: each gives the result that was recorded.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>

#include "base/files.h"
#include "base/json.h"
#include "judges/swe/grade.h"
#include "problems/swe_bench.h"

namespace eval::judges::swe {
namespace {

class SweRealLogs : public testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("EVALCTL_TEST_DATA");
    if (data == nullptr) GTEST_SKIP() << "EVALCTL_TEST_DATA is not set";
    folder_ = fs::path(data) / "swebench";
    if (!fs::exists(folder_)) GTEST_SKIP() << "there is no swebench/ in EVALCTL_TEST_DATA";
  }

  // The instances of one file by id.
  std::map<std::string, problems::PatchTask> instances(const std::string& file) const {
    std::map<std::string, problems::PatchTask> tasks;
    const auto suite = problems::load_swe_bench(folder_ / file);
    EXPECT_TRUE(suite) << describe(suite.error());
    if (!suite) return tasks;
    EXPECT_TRUE(suite->refused.empty());
    for (const problems::Problem& problem : suite->problems) {
      tasks[problem.slug] = std::get<problems::PatchTask>(problem.task);
    }
    return tasks;
  }

  void expect_as_recorded(const std::string& run, std::size_t logs, std::size_t resolved_logs) {
    const auto tasks = instances("instances/lite_a.jsonl");
    const fs::path folder = folder_ / "logs" / run;
    const Json expected = parse_json(read_file(folder / "expected.json").value(), run).value();
    std::size_t seen = 0;
    std::size_t resolved = 0;
    for (const auto& [id, record] : expected.items()) {
      SCOPED_TRACE(run + "/" + id);
      const problems::PatchTask& task = tasks.at(id);
      const std::string log = read_file(folder / (id + ".eval.log")).value();
      const auto spec = spec_of(task);
      ASSERT_TRUE(spec) << describe(spec.error());
      EXPECT_FALSE(spec->test.empty()) << "no commands for version " << task.version;
      const auto grade = swe::grade(task, *spec, {.log = log}, Harness::V4);
      ASSERT_TRUE(grade) << describe(grade.error());
      EXPECT_EQ(grade->resolved(), record["resolved"].get<bool>());
      EXPECT_EQ(grade->patch_applied, record["patch_applied"].get<bool>());
      EXPECT_EQ(grade->fail_to_pass.success.size(), record["f2p_passed"].get<std::size_t>());
      EXPECT_EQ(grade->pass_to_pass.success.size(), record["p2p_passed"].get<std::size_t>());
      EXPECT_EQ(task.fail_to_pass.size(), record["f2p_total"].get<std::size_t>());
      EXPECT_EQ(task.pass_to_pass.size(), record["p2p_total"].get<std::size_t>());
      // The recording counts SymPy's last test of a file ("test_a ok    [OK]"), which the official
      // parser does not see and no list names.
      const auto in_log = record["tests_in_log"].get<std::size_t>();
      if (task.repository == "sympy/sympy") {
        EXPECT_LE(grade->tests_seen, in_log);
      } else {
        EXPECT_EQ(grade->tests_seen, in_log);
      }
      ++seen;
      resolved += grade->resolved() ? 1 : 0;
    }
    EXPECT_EQ(seen, logs);
    EXPECT_EQ(resolved, resolved_logs);
  }

  fs::path folder_;
};

TEST_F(SweRealLogs, OfGoldPatchesAllResolve) {
  expect_as_recorded("gold", 133, 133);
}

TEST_F(SweRealLogs, OfSweAgentGiveWhatWasReported) {
  expect_as_recorded("sweagent_gpt4", 132, 22);
}

TEST_F(SweRealLogs, OfAutoCodeRoverGiveWhatWasReported) {
  expect_as_recorded("acr_run1", 119, 20);
}

TEST_F(SweRealLogs, OfTestRunnersAloneAreReadAsTheOfficialParsersReadThem) {
  struct Expected {
    const char* file;
    const char* parser;
    std::size_t passed, failed, errors, others;
  };
  constexpr Expected kExpected[] = {
      {"django_output_1.txt", "parse_log_django", 28, 0, 3, 0},
      {"django_output_2.txt", "parse_log_django", 112, 2, 0, 0},
      {"django_output_3.txt", "parse_log_django", 112, 2, 0, 0},
      {"django_output_4.txt", "parse_log_django", 325, 0, 0, 15},
      {"django_output_5.txt", "parse_log_django", 22, 0, 0, 0},
      {"matplotlib_output_1.txt", "parse_log_matplotlib", 46, 2, 0, 0},
      {"matplotlib_output_2.txt", "parse_log_matplotlib", 251, 1, 0, 0},
      {"matplotlib_output_3.txt", "parse_log_matplotlib", 11, 0, 0, 0},
      {"pytest_output_1.txt", "parse_log_pytest", 6, 5, 0, 0},
      {"pytest_output_2.txt", "parse_log_pytest", 59, 3, 0, 0},
      {"pytest_output_3.txt", "parse_log_pytest", 81, 4, 4, 2},
      {"pytest_output_4.txt", "parse_log_pytest", 0, 0, 0, 0},
      {"pytest_output_5.txt", "parse_log_pytest", 79, 8, 4, 9},
      {"pytest_output_6.txt", "parse_log_pytest", 37, 0, 2, 0},
      {"seaborn_output_1.txt", "parse_log_seaborn", 84, 0, 0, 0},
      {"seaborn_output_2.txt", "parse_log_seaborn", 37, 48, 0, 0},
      {"sphinx_output_1.txt", "parse_log_sphinx", 0, 0, 1, 0},
      {"sphinx_output_2.txt", "parse_log_sphinx", 0, 1, 0, 0},
      {"sphinx_output_3.txt", "parse_log_sphinx", 0, 0, 0, 0},
      {"sympy_output_1.txt", "parse_log_sympy", 111, 5, 3, 0},
      {"sympy_output_2.txt", "parse_log_sympy", 853, 2, 0, 0},
      {"sympy_output_4.txt", "parse_log_sympy", 0, 0, 0, 0},
      {"syntax_error.txt", "parse_log_pytest", 0, 0, 0, 0},
      {"syntax_error_2.txt", "parse_log_pytest", 0, 0, 0, 0},
  };
  for (const Expected& expected : kExpected) {
    SCOPED_TRACE(expected.file);
    const auto log = read_file(folder_ / "logs/raw_framework_outputs" / expected.file);
    ASSERT_TRUE(log);
    const auto results = parse_log(expected.parser, *log, {});
    ASSERT_TRUE(results) << describe(results.error());
    EXPECT_EQ(results->count(TestStatus::Passed), expected.passed);
    EXPECT_EQ(results->count(TestStatus::Failed), expected.failed);
    EXPECT_EQ(results->count(TestStatus::Error), expected.errors);
    EXPECT_EQ(results->count(TestStatus::Skipped) + results->count(TestStatus::XFail) +
                  results->count(TestStatus::Other),
              expected.others);
  }
}

// What passes with the gold patch here, run_config.json says by list; the logs are of the runner alone.
TEST_F(SweRealLogs, OfRunsHereTellTheGoldPatchFromNone) {
  const auto tasks = instances("runnable/instances.jsonl");
  ASSERT_FALSE(tasks.empty());
  for (const auto& [id, task] : tasks) {
    SCOPED_TRACE(id);
    const auto spec = spec_of(task).value();
    const auto graded = [&](const std::string& when) {
      const std::string log =
          read_file(folder_ / "runnable/logs" / (id + "." + when + ".log")).value();
      return swe::grade(task, spec, {.log = log}, Harness::V4).value();
    };
    EXPECT_TRUE(graded("after").resolved());
    EXPECT_FALSE(graded("before").resolved());
  }
}

}  // namespace
}  // namespace eval::judges::swe
