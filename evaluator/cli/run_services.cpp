#include "evaluator/cli/run_services.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/text.h"
#include "evaluator/cli/dry_run.h"
#include "evaluator/cli/model_loading.h"
#include "evaluator/cli/progress.h"
#include "evaluator/cli/repeat.h"
#include "evaluator/extract.h"
#include "evaluator/grader_source.h"
#include "evaluator/pipeline/run.h"
#include "evaluator/replay_source.h"
#include "evaluator/report_builder.h"
#include "evaluator/store/store.h"
#include "evaluator/swe_bench_output.h"
#include "judges/lcb/livecodebench_judge.h"
#include "judges/profile.h"
#include "judges/program_judge.h"
#include "judges/swe/log_parser.h"
#include "judges/swe/open_environments.h"
#include "judges/swe/patch_judge.h"
#include "judges/task_judge.h"
#include "problems/livecodebench.h"
#include "problems/suite.h"
#include "reports/reports.h"
#include "sandbox/linux_sandbox.h"

namespace eval::cli {
namespace {

using evaluator::OpenMode;
using evaluator::RunConfig;
using evaluator::RunSettings;
using evaluator::Store;

std::string slug_of(const std::string& id) {
  return id.substr(id.rfind('/') + 1);
}

// Leaves the problems the user asked for. A name that is not there is an error, with the closest one.
Result<void> select_problems(problems::Suite& suite, const RunSettings& settings) {
  std::vector<std::string> names;
  for (const problems::Problem& problem : suite.problems) {
    names.push_back(problem.id);
    names.push_back(slug_of(problem.id));
  }
  std::vector<Error> unknown;
  for (const std::string& name : settings.problems) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const auto closest = closest_match(name, names);
    unknown.push_back({ErrorCode::Usage,
                       fmt::format("the suite \"{}\" has no problem \"{}\"", suite.name, name),
                       {},
                       closest ? fmt::format("did you mean \"{}\"?", *closest) : std::string(),
                       0,
                       {}});
  }
  if (!unknown.empty()) return fail(combine(std::move(unknown)));
  const auto wanted = [&](const problems::Problem& problem) {
    const auto& asked = settings.problems;
    const bool named = asked.empty() ||
                       std::find(asked.begin(), asked.end(), problem.id) != asked.end() ||
                       std::find(asked.begin(), asked.end(), slug_of(problem.id)) != asked.end();
    const bool matches = settings.filter.empty() || matches_glob(problem.id, settings.filter) ||
                         matches_glob(slug_of(problem.id), settings.filter);
    return named && matches;
  };
  std::erase_if(suite.problems, [&](const problems::Problem& problem) { return !wanted(problem); });
  if (settings.limit && suite.problems.size() > static_cast<std::size_t>(*settings.limit)) {
    suite.problems.resize(static_cast<std::size_t>(*settings.limit));
  }
  if (!suite.problems.empty()) return {};
  return fail(
      ErrorCode::Usage, fmt::format("no problem of \"{}\" is left to run", suite.name), {},
      "look at --problem, --filter and --limit; `evalctl problems list` shows what there is");
}

bool has_livecodebench(const problems::Suite& suite) {
  return std::any_of(suite.problems.begin(), suite.problems.end(), [](const auto& problem) {
    return problems::livecodebench_facts(problem.source).has_value();
  });
}

// LiveCodeBench and SWE-bench have a choice of semantics, and the official one of today is the default;
// nothing else has. The title names it too, so that it stands beside every score.
Result<void> settle_semantics(RunSettings& settings, problems::Suite& suite) {
  const bool is_patches = evaluator::has_patches(suite);
  const bool is_swe = judges::swe::harness_from_name(settings.semantics).has_value();
  if (!settings.semantics.empty() && (is_swe ? !is_patches : !has_livecodebench(suite))) {
    return fail(
        ErrorCode::Usage,
        fmt::format("semantics \"{}\" is for {}, and \"{}\" is none of it", settings.semantics,
                    is_swe ? "SWE-bench" : "LiveCodeBench", suite.name));
  }
  if (!is_patches && !has_livecodebench(suite)) return {};
  if (settings.semantics.empty()) {
    settings.semantics = is_patches ? judges::swe::harness_name(judges::swe::Harness::V5)
                                    : judges::semantics_name(judges::Semantics::LcbOfficial);
  }
  suite.title += ", semantics " + settings.semantics;
  return {};
}

Result<problems::Suite> load_selected_suite(const Context& context, RunSettings& settings) {
  if (settings.suite.empty()) {
    return fail(ErrorCode::Usage, "no suite is named", {},
                fmt::format("add --suite NAME or a folder of packages; built in: {}",
                            join(problems::list_suites(suite_folders(context)), ", ")));
  }
  problems::LoadOptions options = load_options(context);
  options.livecodebench.release = settings.release;
  options.livecodebench.window = settings.window;
  options.livecodebench.start_date = settings.start_date;
  options.livecodebench.end_date = settings.end_date;
  options.livecodebench.without_errata = settings.without_errata;
  auto suite = EVAL_TRY(problems::load_suite(settings.suite, options));
  EVAL_TRY(settle_semantics(settings, suite));
  for (const auto& entry : suite.refused) {
    narrate(context, fmt::format("not run: {}: {}", entry.id, entry.reason.what));
    if (context.verbose && !entry.reason.where.empty())
      narrate(context, "  where: " + entry.reason.where);
  }
  if (context.verbose) {
    for (const problems::Problem& problem : suite.problems) {
      for (const std::string& warning : problem.warnings) {
        narrate(context, fmt::format("warning: {}: {}", problem.id, warning));
      }
    }
  }
  EVAL_TRY(select_problems(suite, settings));
  return suite;
}

Result<RunConfig> make_config(RunSettings settings, problems::Suite suite,
                              const RunActions& actions) {
  RunConfig config;
  const auto rule = evaluator::extraction_rule_from_name(settings.extraction);
  if (!rule) return fail(ErrorCode::Usage, "unknown extraction rule " + settings.extraction);
  config.suite = std::move(suite);
  config.model = settings.model;
  config.strategy = settings.strategy;
  config.minutes_per_attempt = settings.minutes_per_attempt;
  config.semantics = settings.semantics;
  config.prompt_template = settings.prompt;
  config.profile = settings.profile.empty() ? "default" : settings.profile;
  config.time_factor = settings.time_factor.value_or(1);
  config.submission_cap = settings.submission_cap;
  config.submission_scope = settings.submission_scope;
  config.run_id = settings.run_id;
  config.attempts = settings.samples;
  config.seed = settings.seed;
  config.sampling = EVAL_TRY(sampling_params(settings));
  const auto spec = evaluator::parse_model(settings.model);
  if (spec && spec->kind == evaluator::ModelSpec::Kind::Local) {
    config.local = EVAL_TRY(evaluator::local_choice(settings));
  }
  config.extraction = *rule;
  config.preferred_languages = settings.languages;
  config.generate_workers = settings.generate_workers;
  config.judge_workers = settings.jobs > 0
                             ? settings.jobs
                             : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  config.infrastructure_tries = settings.tries;
  config.generate = actions.generate;
  config.judge = actions.judge;
  config.judge_again = actions.judge_again;
  config.use_earlier_times = actions.use_earlier_times;
  config.use_verdict_cache = settings.verdict_cache && !actions.judge_again;
  return config;
}

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

// `evalctl judge` finds what it judges in the store: suite, model and all that shaped the run.
Result<void> adopt_manifest(RunSettings& settings, const Clock& clock) {
  auto store = EVAL_TRY(Store::open(settings.db, OpenMode::ReadOnly, clock));
  const evaluator::RunSummary run = EVAL_TRY(store->find_run(settings.run_id));
  settings.run_id = run.manifest.run_id;
  settings.model = run.manifest.model;
  settings.extraction = run.manifest.extraction_rule;
  settings.strategy = run.manifest.strategy;
  if (settings.profile.empty()) settings.profile = run.manifest.profile;
  if (!settings.time_factor) settings.time_factor = run.manifest.time_factor;
  if (settings.suite.empty()) settings.suite = run.manifest.suite;
  if (!settings.semantics.empty() && settings.semantics != run.manifest.semantics) {
    return fail(ErrorCode::Usage,
                fmt::format("run \"{}\" has the semantics \"{}\", and a run has one",
                            settings.run_id, run.manifest.semantics),
                {}, "start another run of the same recording for the other semantics");
  }
  settings.semantics = run.manifest.semantics;
  return {};
}

// What judging needs, in the order it has to live: boxes and graders before the judge.
struct JudgeServices {
  std::unique_ptr<sandbox::Sandbox> box;
  std::unique_ptr<evaluator::GraderPool> graders;
  std::unique_ptr<judges::Judge> judge;
};

// Where patches are tried and agents act; null if nothing says where.
Result<std::shared_ptr<judges::swe::EnvironmentSource>> open_environments(
    const Context& context, const RunSettings& settings) {
  if (settings.environments.empty()) return std::shared_ptr<judges::swe::EnvironmentSource>();
  judges::swe::EnvironmentOptions options;
  options.cache = cache_folder(context);
  options.narrate = [&context](const std::string& line) { narrate(context, line); };
  const auto mirrors = context.environment.find("EVALCTL_MIRRORS");
  if (mirrors != context.environment.end() && !mirrors->second.empty())
    options.mirrors = split(mirrors->second, ',');
  options.make_box = [] { return sandbox::create_linux_sandbox({.boxes = 1, .pin = false}); };
  return std::shared_ptr(EVAL_TRY(judges::swe::open_environments(settings.environments, options)));
}

// Null where there is nothing to judge patches by.
Result<std::unique_ptr<judges::Judge>> make_patch_judge(
    const RunSettings& settings, const RunConfig& config,
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
  return judges::swe::make_patch_judge(std::move(environments), options);
}

// Boxes only where there are programs: proofs can be marked on a machine that cannot build any.
Result<JudgeServices> make_judging(const Context& context, const RunSettings& settings,
                                   const RunConfig& config, Store* store,
                                   std::shared_ptr<judges::swe::EnvironmentSource> environments) {
  JudgeServices services;
  judges::TaskJudges parts;
  if (evaluator::has_programs(config.suite)) {
    const auto floor = settings.isolation == "cgroup" ? sandbox::IsolationFloor::Cgroup
                                                      : sandbox::IsolationFloor::Namespaces;
    services.box = EVAL_TRY(sandbox::create_linux_sandbox(
        {.boxes = config.judge_workers, .floor = floor, .warn = [&context](const auto& text) {
           narrate(context, "warning: " + text);
         }}));
    parts.program = EVAL_TRY(make_judge(context, *services.box, settings, config, store));
  }
  parts.patch = EVAL_TRY(make_patch_judge(settings, config, std::move(environments)));
  auto graders =
      EVAL_TRY(evaluator::make_graders(settings, generation_cache(store), api_key(context)));
  services.graders = std::make_unique<evaluator::GraderPool>(std::move(graders));
  auto proofs = EVAL_TRY(evaluator::make_proof_judges(settings, config.suite, *services.graders));
  parts.proof = std::move(proofs.proof);
  parts.answer = std::move(proofs.answer);
  services.judge = judges::make_task_judge(std::move(parts));
  return services;
}

// Scoreboard to stdout, files, and the line that says where to go on.
ExitCode finish(const Context& context, const RunSettings& settings, const RunActions& actions,
                Store& store, const evaluator::RunOutcome& outcome, const Clock& clock) {
  const auto model = evaluator::build_report(store, outcome.run_id, clock);
  if (!model) return report_error(model.error());
  if (!actions.json_events) {
    print_result(context.json ? reports::to_json(*model)
                              : reports::to_terminal(*model, {.colour = context.colour_out,
                                                              .width = context.width}));
  }
  fs::path html = settings.report_html;
  if (html.empty()) html = fs::path(settings.db).replace_filename(outcome.run_id + ".html");
  if (!actions.no_html) {
    const auto written = write_file(html, reports::to_html(*model));
    if (!written) return report_error(written.error());
  }
  if (!settings.report_json.empty()) {
    const auto written = write_file(settings.report_json, reports::to_json(*model));
    if (!written) return report_error(written.error());
  }
  const bool complete = outcome.judged + outcome.failed >= outcome.planned;
  if (outcome.interrupted) {
    narrate(context,
            "interrupted; what was finished is kept, and the same command goes on from here");
  }
  narrate(context, actions.no_html
                       ? fmt::format("show it again: evalctl report --db {} --run-id {}",
                                     settings.db, outcome.run_id)
                       : fmt::format("scoreboard: {}   (again: evalctl report --db {} --run-id {})",
                                     html.string(), settings.db, outcome.run_id));
  if (outcome.interrupted) return ExitCode::Interrupted;
  if (outcome.failed > 0) {
    narrate(context,
            fmt::format("{} attempts failed on our side (IE); the same command tries them again",
                        outcome.failed));
    return ExitCode::Fault;
  }
  if (!actions.judge)
    return outcome.generated >= outcome.planned ? ExitCode::Done : ExitCode::Incomplete;
  return complete ? ExitCode::Done : ExitCode::Incomplete;
}

}  // namespace

std::string api_key(const Context& context) {
  for (const char* name : {"EVALCTL_API_KEY", "OPENAI_API_KEY"}) {
    const auto found = context.environment.find(name);
    if (found != context.environment.end() && !found->second.empty()) return found->second;
  }
  return {};
}

runners::GenerationCache generation_cache(Store* store) {
  if (store == nullptr) return {};
  return {.find = [store](const std::string& key) -> std::optional<runners::Generation> {
            return store->cached_generation(key).value_or(std::nullopt);
          },
          .keep =
              [store](const std::string& key, const runners::Generation& generation) {
                static_cast<void>(store->cache_generation(key, generation));
              }};
}

ExitCode execute_run(const Context& context, RunSettings settings, const RunActions& actions) {
  const SystemClock clock;
  const bool suite_was_named = !settings.suite.empty();
  if (!actions.generate) {
    const auto adopted = adopt_manifest(settings, clock);
    if (!adopted) return report_error(adopted.error());
  }
  auto suite = load_selected_suite(context, settings);
  if (!suite && !actions.generate && !suite_was_named) {
    // A run keeps the name of its suite, not the folder it lay in.
    return report_error(std::move(suite).error().with_help(
        "name the folder that the run's problems came from: --suite FOLDER"));
  }
  if (!suite) return report_error(suite.error());

  // A dry run must leave no file behind, so it gets no store.
  std::unique_ptr<Store> store;
  if (!actions.dry_run) {
    auto opened = Store::open(settings.db, OpenMode::ReadWrite, clock);
    if (!opened) return report_error(opened.error());
    store = std::move(*opened);
  }
  std::unique_ptr<runners::Runner> runner;
  if (actions.generate) {
    const evaluator::LocalLoading loading{loading_hooks(context), actions.dry_run};
    auto made = evaluator::make_runner(settings, *suite, generation_cache(store.get()),
                                       api_key(context), loading);
    if (!made) return report_error(made.error());
    runner = std::move(*made);
  }
  auto config = make_config(settings, std::move(*suite), actions);
  if (!config) return report_error(config.error());
  if (actions.dry_run) return show_plan(context, *config, settings, runner.get(), clock);

  auto environments = open_environments(context, settings);
  if (!environments) return report_error(environments.error());
  JudgeServices judging;
  if (actions.judge) {
    auto made = make_judging(context, settings, *config, store.get(), *environments);
    if (!made) return report_error(made.error());
    judging = std::move(*made);
    if (judging.box) {
      const std::string rung = judging.box->isolation();
      config->sandbox = {rung, evaluator::load_selftest(cache_folder(context), rung)};
    }
  }
  Result<evaluator::RunOutcome> outcome = fail(ErrorCode::Internal, "the run did not start");
  for (int round = 0; round < std::max(1, actions.repeat); ++round) {
    Progress progress(context, actions.json_events);
    outcome = evaluator::run(
        *config,
        {.store = store.get(),
         .runner = runner.get(),
         .judge = judging.judge.get(),
         .clock = &clock,
         .observer = [&](const evaluator::RunEvent& event) { progress.on_event(event); },
         .open_world =
             *environments ? evaluator::worlds_of(*environments) : evaluator::OpenWorld()},
        context.stop);
    if (!outcome || outcome->interrupted || outcome->workers_left > 0) break;
  }
  if (!outcome) return report_error(outcome.error());
  const ExitCode code = actions.repeat > 0
                            ? show_flips(context, *store, *outcome, actions.repeat)
                            : finish(context, settings, actions, *store, *outcome, clock);
  if (outcome->workers_left > 0) {
    // They still use the store and the boxes, so nothing may be destroyed. The kernel ends the boxes with us.
    std::fflush(nullptr);
    std::_Exit(static_cast<int>(code));
  }
  return code;
}

}  // namespace eval::cli
