#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "judges/swe/patch_judge.h"
#include "judges/swe/prepared_environments.h"
#include "tests/support/small_repository.h"

namespace eval::testing {

// Judges patches of a small repository of our own in boxes; skips where none can be built.
class PatchesInBoxes : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto folder = TempDir::create("swe-boxes-");
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
    repository_.emplace(folder_->path());
    write_environments();
    auto source = judges::swe::open_prepared_environments(folder_->path(),
                                                          folder_->path() / "cache", make_box);
    ASSERT_TRUE(source) << describe(source.error());
    source_ = std::move(*source);
  }
  static void TearDownTestSuite() {
    source_.reset();
    repository_.reset();
    folder_.reset();
  }
  void SetUp() override {
    if (!repository_->why_not().empty()) GTEST_SKIP() << repository_->why_not();
    const auto environment = source_->open(repository_->problem(), {});
    ASSERT_TRUE(environment) << describe(environment.error());
    const auto first = (*environment)->run({.script = "true"}, {}, {});
    if (!first) GTEST_SKIP() << "no box can be built here: " << describe(first.error());
  }

  // The instance own__sums-2 has the same repository, but the row's own commands: its install command
  // imports the patched module.
  static void write_environments() {
    Json environments =
        *parse_json(*read_file(folder_->path() / "environments.json"), "environments.json");
    Json installing = environments["environments"]["own__sums-1"];
    installing.erase("test");
    environments["environments"]["own__sums-2"] = installing;
    ASSERT_TRUE(write_file(folder_->path() / "environments.json", to_json_text(environments)));
  }
  static problems::Problem installing_problem() {
    problems::Problem problem = repository_->problem();
    auto& task = std::get<problems::PatchTask>(problem.task);
    task.instance_id = "own__sums-2";
    task.commands.install = {"/usr/bin/python3 -c 'import sums'"};
    task.commands.test = {"/usr/bin/python3 -m pytest -rA -p no:cacheprovider"};
    return problem;
  }

  static judges::Judgement judge(const problems::Problem& problem, const std::string& diff) {
    const auto judge = judges::swe::make_patch_judge(source_, {});
    auto judgement = judge->judge(problem, judges::Patch{diff}, {});
    if (judgement) return *judgement;
    ADD_FAILURE() << describe(judgement.error());
    return {};
  }
  static judges::Judgement judge(const std::string& diff) {
    return judge(repository_->problem(), diff);
  }

  static std::string new_file(const std::string& name, const std::string& text) {
    std::string diff = "diff --git a/" + name + " b/" + name +
                       "\nnew file mode 100644\n--- /dev/null\n+++ b/" + name + "\n@@ -0,0 +1," +
                       std::to_string(split_lines(text).size()) + " @@\n";
    for (const std::string_view line : split_lines(text)) diff += "+" + std::string(line) + "\n";
    return diff;
  }

  static void expect_not_resolved(const std::string& diff) {
    const judges::Judgement judgement = judge(diff);
    EXPECT_NE(judgement.verdict, judges::Verdict::AC) << judgement.compile_log;
  }

  static inline std::optional<TempDir> folder_;
  static inline std::optional<SmallRepository> repository_;
  static inline std::shared_ptr<judges::swe::EnvironmentSource> source_;
};

}  // namespace eval::testing
