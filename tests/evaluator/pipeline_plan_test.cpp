#include "evaluator/pipeline/plan.h"

#include <set>

#include "base/random.h"
#include "tests/evaluator/pipeline_fixture.h"

namespace eval::evaluator {
namespace {

class PlanRun : public PipelineTest {};

RunPlan plan_of(const RunConfig& config, const runners::Runner& runner) {
  return plan_run(config, &runner, eval::testing::ManualClock());
}

TEST_F(PlanRun, PlansOneAttemptPerProblemInSuiteOrderByDefault) {
  const RunPlan plan = plan_of(config_, runner_);
  ASSERT_EQ(plan.attempts.size(), 3u);
  EXPECT_EQ(plan.attempts[0].problem_id, "demo/a");
  EXPECT_EQ(plan.attempts[2].problem_id, "demo/c");
  EXPECT_EQ(plan.manifest.problem_ids, (std::vector<std::string>{"demo/a", "demo/b", "demo/c"}));
  EXPECT_EQ(plan.manifest.attempts_per_problem, 1);
  EXPECT_EQ(plan.manifest.prompt_template, "evalctl-program-1");
  EXPECT_EQ(plan.manifest.extraction_rule, "last-block");
  EXPECT_EQ(plan.manifest.runner, "fake runner");
}

TEST_F(PlanRun, PlansAllARecordingHasAndNeverLessThanOne) {
  runner_.available = [](std::string_view id) { return id == "demo/a" ? 3 : 0; };
  EXPECT_EQ(attempts_to_plan(config_, &runner_, "demo/a"), 3);
  EXPECT_EQ(attempts_to_plan(config_, &runner_, "demo/b"), 1);
  EXPECT_EQ(plan_of(config_, runner_).manifest.attempts_per_problem, 3);
}

TEST_F(PlanRun, PlansWhatWasAskedButNotMoreThanARecordingHas) {
  config_.attempts = 2;
  EXPECT_EQ(attempts_to_plan(config_, &runner_, "demo/a"), 2);
  runner_.available = [](std::string_view id) { return id == "demo/a" ? 5 : 1; };
  EXPECT_EQ(attempts_to_plan(config_, &runner_, "demo/a"), 2);
  EXPECT_EQ(attempts_to_plan(config_, &runner_, "demo/b"), 1);
}

TEST_F(PlanRun, DerivesEachSeedFromRunProblemAndIndexWithoutTheTopBit) {
  config_.attempts = 50;
  config_.seed = 7;
  std::set<std::uint64_t> seeds;
  for (const Store::PlannedAttempt& attempt : plan_of(config_, runner_).attempts) {
    seeds.insert(attempt.seed);
    EXPECT_EQ(attempt.seed,
              derive_seed(7, attempt.problem_id, static_cast<std::uint64_t>(attempt.index)) &
                  0x7fff'ffff'ffff'ffffu);
  }
  EXPECT_EQ(seeds.size(), 150u);
}

TEST_F(PlanRun, DerivesARunIdThatChangesWithWhatMustAgree) {
  config_.run_id.clear();
  config_.model = "http:Org/Model-7B";
  const std::string first = plan_of(config_, runner_).manifest.run_id;
  EXPECT_TRUE(first.starts_with("demo-http-org-model-7b-")) << first;
  EXPECT_EQ(plan_of(config_, runner_).manifest.run_id, first);
  std::set<std::string> ids{first};
  const auto with = [&](auto change) {
    RunConfig other = config_;
    change(other);
    ids.insert(plan_of(other, runner_).manifest.run_id);
  };
  with([](RunConfig& config) { config.seed = 1; });
  with([](RunConfig& config) { config.sampling.temperature = 0.5; });
  with([](RunConfig& config) { config.attempts = 2; });
  with([](RunConfig& config) { config.preferred_languages = {"cpp20"}; });
  with([](RunConfig& config) { config.extraction = ExtractionRule::LongestBlock; });
  with([](RunConfig& config) { config.suite.problems.pop_back(); });
  EXPECT_EQ(ids.size(), 7u);
}

TEST_F(PlanRun, NamesAModelInAFileByTheEndOfItsPathInTheRunId) {
  config_.run_id.clear();
  for (const char* model : {"replay:/data/of/many/folders/that/fill/a/line/o1-mini.json",
                            "replay:o1-mini.json", "replay:/data/o1-mini.json/"}) {
    config_.model = model;
    const std::string id = plan_of(config_, runner_).manifest.run_id;
    EXPECT_TRUE(id.starts_with("demo-replay-o1-mini.json-")) << id;
  }
}

TEST_F(PlanRun, KeepsWorkersAndCachesOutOfTheRunId) {
  config_.run_id.clear();
  RunConfig other = config_;
  other.judge_workers = 16;
  other.generate_workers = 3;
  other.use_verdict_cache = false;
  EXPECT_EQ(plan_of(other, runner_).manifest.run_id, plan_of(config_, runner_).manifest.run_id);
}

TEST_F(PlanRun, NamesTheLanguagesAskedForWithThePrompt) {
  config_.preferred_languages = {"cpp17", "python3"};
  EXPECT_EQ(prompt_name(config_), "evalctl-program-1 [cpp17, python3]");
  EXPECT_EQ(languages_of_prompt_name(prompt_name(config_)), config_.preferred_languages);
  EXPECT_EQ(languages_of_prompt_name("evalctl-program-1"), std::vector<std::string>{});
}

TEST_F(PlanRun, ReportsFaultsOfTheConfigurationTogether) {
  config_.suite.problems.clear();
  config_.strategy = "singleshot";
  config_.preferred_languages = {"pyton3"};
  const auto checked = check_config(config_);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().what, "no problem is selected");
  ASSERT_EQ(checked.error().also.size(), 2u);
  EXPECT_EQ(checked.error().also[0].help, "did you mean \"single_shot\"?");
  EXPECT_EQ(checked.error().also[1].help, "did you mean \"python3\"?");
}

}  // namespace
}  // namespace eval::evaluator
