// Real instances with real repositories, on this distribution's Python: gold resolves, empty does not, forged
// patches do not, recorded predictions get their recorded outcome.
//
// EVALCTL_TEST_DATA: the shared data. EVALCTL_TEST_REPOSITORIES: a folder with a git repository
// OWNER__NAME.git for each (it must have the base commits).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/text.h"
#include "judges/swe/patch_judge.h"
#include "judges/swe/prepared_environments.h"
#include "problems/swe_bench.h"
#include "tests/support/small_repository.h"

namespace eval::judges::swe {
namespace {

const char* variable(const char* name) {
  return std::getenv(name);
}

class RunnableInstances : public ::testing::Test {
 protected:
  void SetUp() override {
    if (variable("EVALCTL_TEST_DATA") == nullptr ||
        variable("EVALCTL_TEST_REPOSITORIES") == nullptr) {
      GTEST_SKIP() << "EVALCTL_TEST_DATA and EVALCTL_TEST_REPOSITORIES are not set";
    }
    runnable_ = fs::path(variable("EVALCTL_TEST_DATA")) / "swebench/runnable";
    auto folder = TempDir::create("swe-runnable-");
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
    config_ = *parse_json(*read_file(runnable_ / "run_config.json"), "run_config.json");
    auto suite = problems::load_swe_bench(runnable_ / "instances.jsonl");
    ASSERT_TRUE(suite) << describe(suite.error());
    suite_ = std::move(*suite);
    write_environments();
    auto source = open_prepared_environments(folder_->path(), folder_->path() / "cache",
                                             eval::testing::make_box);
    ASSERT_TRUE(source) << describe(source.error());
    judge_ = make_patch_judge(std::move(*source), {});
  }

  void write_environments() {
    Json environments = Json::object();
    for (const auto& [id, entry] : config_.items()) {
      const std::string name = fs::path(entry["repo_tar"].get<std::string>()).stem().string();
      Json environment;
      environment["repository"] = (fs::path(variable("EVALCTL_TEST_REPOSITORIES")) / name).string();
      environment["environment"] = Json::object();
      for (const auto& [key, value] : entry["env"].items()) {
        environment["environment"][key] =
            replace_all(value.get<std::string>(), "<worktree>", "/testbed");
      }
      environment["test"] = {entry["test_cmd"].get<std::string>()};
      if (entry.contains("prepare")) {
        environment["setup"] =
            "printf 'version = \"7.2.0.dev1\"\\nversion_tuple = (7, 2, 0)\\n' > "
            "src/_pytest/_version.py";
      }
      environments[id] = environment;
    }
    ASSERT_TRUE(write_file(folder_->path() / "environments.json",
                           to_json_text({{"version", 1}, {"environments", environments}})));
  }

  Judgement judge(const problems::Problem& problem, const std::string& diff) {
    auto judgement = judge_->judge(problem, Patch{diff}, {});
    if (judgement) return *judgement;
    ADD_FAILURE() << problem.id << ": " << describe(judgement.error());
    return {};
  }

  static const problems::PatchTask& task(const problems::Problem& problem) {
    return std::get<problems::PatchTask>(problem.task);
  }

  fs::path runnable_;
  std::optional<TempDir> folder_;
  Json config_;
  problems::Suite suite_;
  std::unique_ptr<Judge> judge_;
};

TEST_F(RunnableInstances, GoldResolves) {
  for (const problems::Problem& problem : suite_.problems) {
    const Judgement judgement = judge(problem, task(problem).reference_patch);
    EXPECT_EQ(judgement.verdict, Verdict::AC) << problem.id << ": " << judgement.detail << "\n"
                                              << judgement.compile_log;
  }
}

TEST_F(RunnableInstances, APatchThatDoesNothingDoesNot) {
  const std::string nothing =
      "diff --git a/nothing.txt b/nothing.txt\nnew file mode 100644\n--- /dev/null\n+++ "
      "b/nothing.txt\n@@ -0,0 +1 @@\n+nothing\n";
  for (const problems::Problem& problem : suite_.problems) {
    const Judgement judgement = judge(problem, nothing);
    EXPECT_EQ(judgement.verdict, Verdict::WA) << problem.id << ": " << judgement.detail << "\n"
                                              << judgement.compile_log;
  }
}

TEST_F(RunnableInstances, RecordedPredictionsGetTheirRecordedOutcome) {
  int seen = 0;
  const std::string text = *read_file(runnable_ / "predictions.jsonl");
  for (const std::string_view line : split_lines(text)) {
    if (trim(line).empty()) continue;
    const Json row = *parse_json(line, "predictions.jsonl");
    const std::string id = row["instance_id"];
    for (const problems::Problem& problem : suite_.problems) {
      if (task(problem).instance_id != id) continue;
      const Judgement judgement = judge(problem, row["model_patch"]);
      const bool resolved = row["resolved_here"].get<bool>();
      EXPECT_EQ(judgement.verdict == Verdict::AC, resolved)
          << id << " by " << row["model_name_or_path"] << ": " << verdict_name(judgement.verdict)
          << "\n"
          << judgement.compile_log;
      seen += 1;
    }
  }
  EXPECT_GT(seen, 10);
}

}  // namespace
}  // namespace eval::judges::swe
