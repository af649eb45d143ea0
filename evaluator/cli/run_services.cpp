#include "evaluator/cli/run_services.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <thread>

#include "base/clock.h"
#include "base/output_file.h"
#include "base/text.h"
#include "evaluator/cli/dry_run.h"
#include "evaluator/cli/environment_planning.h"
#include "evaluator/cli/judging_services.h"
#include "evaluator/cli/model_loading.h"
#include "evaluator/cli/progress.h"
#include "evaluator/cli/repeat.h"
#include "evaluator/cli/suite_choice.h"
#include "evaluator/extract.h"
#include "evaluator/first_turns.h"
#include "evaluator/livecodebench_output.h"
#include "evaluator/pipeline/run.h"
#include "evaluator/recorded_feedback.h"
#include "evaluator/replay_source.h"
#include "evaluator/report_builder.h"
#include "evaluator/store/store.h"
#include "evaluator/strategy.h"
#include "evaluator/swe_bench_output.h"
#include "reports/reports.h"

namespace eval::cli {
namespace {

using evaluator::OpenMode;
using evaluator::RunConfig;
using evaluator::RunSettings;
using evaluator::Store;

// The same folder is one place however it is written.
std::string whole_place(const std::string& environments) {
  const std::size_t colon = environments.find(':');
  const std::string kind = colon == std::string::npos ? "" : environments.substr(0, colon + 1);
  const fs::path folder = environments.substr(kind.size());
  std::error_code error;
  if (!fs::is_directory(folder, error)) return environments;
  const fs::path whole = fs::canonical(folder, error);
  return error ? environments : kind + whole.string();
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
  if (evaluator::has_patches(config.suite)) {
    config.environments = whole_place(settings.environments);
  }
  config.training_cutoff = settings.cutoff;
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

Result<problems::Suite> load_suite_of_run(const Context& context, RunSettings& settings,
                                          const Clock& clock) {
  const bool suite_was_named = !settings.suite.empty();
  EVAL_TRY(adopt_manifest(settings, clock));
  auto suite = load_selected_suite(context, settings);
  if (suite || suite_was_named) return suite;
  // A run keeps the name of its suite, not the folder it lay in.
  return fail(std::move(suite).error().with_help(
      "name the folder that the run's problems came from: --suite FOLDER"));
}

// Why attempts are IE, each reason once with the first attempt that it stopped.
void narrate_failures(const Context& context, const reports::ReportModel& model) {
  constexpr std::size_t kReasonsMax = 5;
  std::set<std::string> told;
  for (const reports::ProblemView& problem : model.problems) {
    for (const reports::AttemptView& attempt : problem.attempts) {
      if (attempt.verdict != judges::Verdict::IE || attempt.errors.empty()) continue;
      const reports::ErrorView& error = attempt.errors.back();
      if (told.size() == kReasonsMax || !told.insert(error.what).second) continue;
      narrate(context, fmt::format("  {} attempt {}: {}", problem.id, attempt.index, error.what));
      if (!error.help.empty()) narrate(context, "    help: " + error.help);
    }
  }
}

// How far the verdicts that a file came with agree with ours.
void narrate_recorded(const Context& context, const std::string& file, Store& store,
                      const std::string& db, const std::string& run_id) {
  const auto recorded = evaluator::read_recorded_feedback(file);
  const auto attempts = store.attempts(run_id, true);
  if (!recorded || recorded->empty() || !attempts) return;
  const auto comparison =
      evaluator::compare_semantics(evaluator::recorded_attempts(*recorded, *attempts), *attempts);
  if (comparison.compared == 0) return;
  const std::size_t differ = comparison.differences.size();
  narrate(context,
          fmt::format("verdicts recorded in the file: {} of {} agree{}",
                      static_cast<std::size_t>(comparison.compared) - differ, comparison.compared,
                      differ == 0 ? ""
                                  : fmt::format("; the others: evalctl compare-semantics --db {} "
                                                "{} {}",
                                                db, file, run_id)));
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
    const auto written = write_output_file(html, reports::to_html(*model));
    if (!written) return report_error(written.error());
  }
  if (!settings.report_json.empty()) {
    const auto written = write_output_file(settings.report_json, reports::to_json(*model));
    if (!written) return report_error(written.error());
  }
  if (!settings.cutoff.empty() && settings.cutoff != model->run.training_cutoff) {
    const std::string& kept = model->run.training_cutoff;
    narrate(context,
            fmt::format("the run was begun with {} and keeps that; show it with the other: "
                        "evalctl report --db {} --run-id {} --cutoff {}",
                        kept.empty() ? "no training cut-off" : "the training cut-off " + kept,
                        settings.db, outcome.run_id, settings.cutoff));
  }
  if (!actions.recorded.empty()) {
    narrate_recorded(context, actions.recorded, store, settings.db, outcome.run_id);
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
    narrate_failures(context, *model);
    return ExitCode::Fault;
  }
  if (actions.is_control && model->controls && !model->controls->apart.empty()) {
    narrate(context,
            "instances that fail their control are listed above, and apart in the reports "
            "of later runs in these environments");
    return ExitCode::Regression;
  }
  if (!actions.judge)
    return outcome.generated >= outcome.planned ? ExitCode::Done : ExitCode::Incomplete;
  return complete ? ExitCode::Done : ExitCode::Incomplete;
}

std::string first_few(const std::vector<std::string>& ids) {
  constexpr std::size_t kShown = 5;
  std::vector<std::string> shown(
      ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), kShown)));
  if (ids.size() > kShown) shown.push_back(fmt::format("and {} more", ids.size() - kShown));
  return join(shown, ", ");
}

// Says which problems only the recording has, and which only the suite. BadInput if they share none.
Result<void> narrate_gaps(const Context& context, const problems::Suite& suite,
                          const std::string& file, const runners::Runner& runner) {
  std::vector<std::string> ids;
  std::vector<std::string> missing;
  for (const problems::Problem& problem : suite.problems) {
    ids.push_back(problem.id);
    if (runner.attempts_available(problem.id) == 0) missing.push_back(problem.slug);
  }
  const std::vector<std::string> others = runner.recorded_beside(ids);
  if (missing.size() == ids.size()) {
    return fail(ErrorCode::BadInput,
                fmt::format("none of the {} problems of suite \"{}\" is in the recording",
                            ids.size(), suite.name),
                file,
                fmt::format("it has {}, the suite {}; is --suite the data set that the recording "
                            "is of?",
                            others.empty() ? "nothing" : first_few(others), first_few(missing)));
  }
  if (!others.empty()) {
    narrate(context, fmt::format("not judged: {} problems of {} that are not chosen or not in "
                                 "suite \"{}\": {}",
                                 others.size(), file, suite.name, first_few(others)));
  }
  if (!missing.empty()) {
    narrate(context,
            fmt::format("warning: {} has nothing for {} of {} problems: {}; they stay in the score "
                        "as failed (IE) unless --problem, --filter or dates leave them out",
                        file, missing.size(), ids.size(), first_few(missing)));
  }
  return {};
}

// The model, behind the first turns that come from elsewhere.
Result<std::unique_ptr<runners::Runner>> make_generator(const Context& context,
                                                        const RunSettings& settings,
                                                        const RunActions& actions,
                                                        const problems::Suite& suite,
                                                        Store* store) {
  const evaluator::LocalLoading loading{loading_hooks(context), actions.dry_run};
  auto runner = EVAL_TRY(
      evaluator::make_runner(settings, suite, generation_cache(store), api_key(context), loading));
  const auto spec = EVAL_TRY(evaluator::parse_model(settings.model));
  if (spec.kind == evaluator::ModelSpec::Kind::ReplayFile) {
    EVAL_TRY(narrate_gaps(context, suite, spec.argument, *runner));
  }
  if (settings.first_turns.empty()) return runner;
  const auto strategy = EVAL_TRY(evaluator::strategy_from_name(settings.strategy));
  if (strategy.judged_turns == 0) {
    return fail(ErrorCode::Usage,
                fmt::format("strategy \"{}\" does not go on from first turns", settings.strategy),
                {}, "add --strategy self_repair");
  }
  const SystemClock clock;
  std::unique_ptr<Store> looked_at;
  std::error_code ignored;
  if (store == nullptr && fs::exists(settings.db, ignored)) {
    looked_at = EVAL_TRY(Store::open(settings.db, OpenMode::ReadOnly, clock));
  }
  auto first = EVAL_TRY(evaluator::read_first_turns(
      settings.first_turns, store == nullptr ? looked_at.get() : store, suite));
  return evaluator::make_first_turn_runner(std::move(first), std::move(runner),
                                           settings.first_turns);
}

// One round, or as many as `--repeat` asks for; the last one's outcome.
Result<evaluator::RunOutcome> drive(const Context& context, const RunActions& actions,
                                    const RunConfig& config, evaluator::Services services) {
  for (int round = 1;; ++round) {
    Progress progress(context, actions.json_events);
    services.observer = [&](const evaluator::RunEvent& event) { progress.on_event(event); };
    auto outcome = evaluator::run(config, services, context.stop);
    const bool goes_on = outcome && !outcome->interrupted && outcome->workers_left == 0;
    if (!goes_on || round >= actions.repeat) return outcome;
  }
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
  auto suite = actions.generate ? load_selected_suite(context, settings)
                                : load_suite_of_run(context, settings, clock);
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
    auto made = make_generator(context, settings, actions, *suite, store.get());
    if (!made) return report_error(made.error());
    runner = std::move(*made);
  }
  auto config = make_config(settings, std::move(*suite), actions);
  if (!config) return report_error(config.error());
  if (actions.dry_run) return show_plan(context, *config, settings, runner.get(), clock);

  auto environments = open_environments(context, settings);
  if (!environments) return report_error(environments.error());
  if (*environments) {
    environments = plan_and_obey(context, settings, *config, runner.get(), *store, clock,
                                 std::move(*environments));
    if (!environments) return report_error(environments.error());
  }
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
  const auto outcome = drive(
      context, actions, *config,
      {.store = store.get(),
       .runner = runner.get(),
       .judge = judging.judge.get(),
       .clock = &clock,
       .observer = {},
       .open_world = *environments ? evaluator::worlds_of(*environments) : evaluator::OpenWorld()});
  if (!outcome) return report_error(outcome.error());
  const ExitCode code = actions.repeat > 0 && !actions.is_control
                            ? show_flips(context, *store, config->suite, *outcome, actions.repeat)
                            : finish(context, settings, actions, *store, *outcome, clock);
  if (outcome->workers_left > 0) {
    // They still use the store and the boxes, so nothing may be destroyed. The kernel ends the boxes with us.
    std::fflush(nullptr);
    std::_Exit(static_cast<int>(code));
  }
  return code;
}

}  // namespace eval::cli
