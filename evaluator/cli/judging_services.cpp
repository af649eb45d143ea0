#include "evaluator/cli/judging_services.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "evaluator/cli/run_services.h"
#include "evaluator/environment_history.h"
#include "evaluator/replay_source.h"
#include "evaluator/swe_bench_output.h"
#include "judges/lcb/livecodebench_judge.h"
#include "judges/lcb/prediction_judge.h"
#include "judges/profile.h"
#include "judges/program_judge.h"
#include "judges/swe/log_parser.h"
#include "judges/swe/open_environments.h"
#include "judges/swe/patch_judge.h"
#include "judges/task_judge.h"
#include "problems/prediction_task.h"
#include "sandbox/linux_sandbox.h"

namespace eval::cli {
namespace {

using evaluator::RunConfig;
using evaluator::RunSettings;
using evaluator::Store;

// A lost cache entry costs time, never a result: failures of the caches are not reported.
judges::FactCache fact_cache(Store* store) {
  return {.find = [store](const std::string& key) -> std::optional<std::string> {
            return store->fact(key).value_or(std::nullopt);
          },
          .keep =
              [store](const std::string& key, const std::string& value) {
                static_cast<void>(store->set_fact(key, value));
              }};
}

Result<std::unique_ptr<judges::Judge>> make_judge(const Context& context, sandbox::Sandbox& box,
                                                  const RunSettings& settings,
                                                  const RunConfig& config, Store* store) {
  const judges::EnvironmentProfile profile = EVAL_TRY(judges::find_profile(config.profile));
  const judges::ProgramJudgeOptions options{.run_all_testcases = settings.all_testcases,
                                            .facts = fact_cache(store),
                                            .time_factor = config.time_factor,
                                            .profile = profile.id,
                                            .testlib = load_options(context).testlib,
                                            .boxes = config.judge_workers};
  if (const auto semantics = judges::semantics_from_name(settings.semantics)) {
    return judges::make_livecodebench_judge(box, profile.languages, *semantics, options);
  }
  return judges::make_program_judge(box, profile.languages, options);
}

// A suite asks for predictions or for none.
bool has_predictions(const problems::Suite& suite) {
  return !suite.problems.empty() && problems::prediction_task(suite.problems.front()).has_value();
}

// Null where there is nothing to judge patches by.
Result<std::unique_ptr<judges::Judge>> make_patch_judge(
    const RunSettings& settings, const RunConfig& config, Store* store,
    std::shared_ptr<judges::swe::EnvironmentSource> environments) {
  if (!evaluator::has_patches(config.suite)) return std::unique_ptr<judges::Judge>();
  const auto model = evaluator::parse_model(settings.model);
  if (model && model->kind == evaluator::ModelSpec::Kind::SweLogs) {
    return evaluator::make_swe_logs_judge(model->argument, config.suite, config.semantics);
  }
  if (environments == nullptr) {
    return fail(
        ErrorCode::Usage, "patches are judged by running tests, and there is nowhere to run them",
        {},
        "give --environments images, or a folder with environments.json (docs/swe-bench.md), "
        "or grade saved logs "
        "with `evalctl judge --from swe-logs FOLDER`");
  }
  judges::swe::EvaluationOptions options;
  options.harness =
      judges::swe::harness_from_name(config.semantics).value_or(judges::swe::Harness::V5);
  return judges::swe::make_patch_judge(
      std::move(environments), options,
      store == nullptr ? judges::swe::KeepCost() : evaluator::keep_costs(*store));
}

}  // namespace

Result<std::shared_ptr<judges::swe::EnvironmentSource>> open_environments(
    const Context& context, const RunSettings& settings) {
  if (settings.environments.empty()) return std::shared_ptr<judges::swe::EnvironmentSource>();
  judges::swe::EnvironmentOptions options;
  options.cache = cache_folder(context);
  options.narrate = [&context](const std::string& line) { narrate(context, line); };
  options.mirrors = settings.mirrors;
  options.tls_verify = settings.tls_verify;
  if (!settings.keep_images.empty())
    options.keep_images = EVAL_TRY(parse_bytes(settings.keep_images));
  options.make_box = [] { return sandbox::create_linux_sandbox({.boxes = 1, .pin = false}); };
  return std::shared_ptr(EVAL_TRY(judges::swe::open_environments(settings.environments, options)));
}

Result<JudgeServices> make_judging(const Context& context, const RunSettings& settings,
                                   const RunConfig& config, Store* store,
                                   std::shared_ptr<judges::swe::EnvironmentSource> environments) {
  JudgeServices services;
  judges::TaskJudges parts;
  const bool is_predictions = has_predictions(config.suite);
  if (evaluator::has_programs(config.suite) || is_predictions) {
    const auto floor = settings.isolation == "cgroup" ? sandbox::IsolationFloor::Cgroup
                                                      : sandbox::IsolationFloor::Namespaces;
    services.box = EVAL_TRY(sandbox::create_linux_sandbox(
        {.boxes = config.judge_workers, .floor = floor, .warn = [&context](const auto& text) {
           narrate(context, "warning: " + text);
         }}));
    parts.program = EVAL_TRY(make_judge(context, *services.box, settings, config, store));
  }
  if (is_predictions) {
    const judges::EnvironmentProfile profile = EVAL_TRY(judges::find_profile(config.profile));
    parts.answer = judges::make_prediction_judge(*services.box, profile.languages);
    services.judge = judges::make_task_judge(std::move(parts));
    return services;
  }
  parts.patch = EVAL_TRY(make_patch_judge(settings, config, store, std::move(environments)));
  auto graders =
      EVAL_TRY(evaluator::make_graders(settings, generation_cache(store), api_key(context)));
  services.graders = std::make_unique<evaluator::GraderPool>(std::move(graders));
  auto proofs = EVAL_TRY(evaluator::make_proof_judges(settings, config.suite, *services.graders));
  parts.proof = std::move(proofs.proof);
  parts.answer = std::move(proofs.answer);
  services.judge = judges::make_task_judge(std::move(parts));
  return services;
}

}  // namespace eval::cli
