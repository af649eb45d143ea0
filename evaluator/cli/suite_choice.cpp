#include "evaluator/cli/suite_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "evaluator/extract.h"
#include "evaluator/swe_bench_output.h"
#include "judges/lcb/livecodebench_judge.h"
#include "judges/swe/log_parser.h"
#include "problems/livecodebench.h"
#include "problems/prediction_task.h"

namespace eval::cli {
namespace {

using evaluator::RunSettings;

std::string slug_of(const std::string& id) {
  return id.substr(id.rfind('/') + 1);
}

// Leaves the problems the user asked for; the title says so, as it stands beside every score. A name that is
// not there is an error, with the closest one.
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
  const std::size_t count = suite.problems.size();
  std::erase_if(suite.problems, [&](const problems::Problem& problem) { return !wanted(problem); });
  if (settings.limit && suite.problems.size() > static_cast<std::size_t>(*settings.limit)) {
    suite.problems.resize(static_cast<std::size_t>(*settings.limit));
  }
  if (suite.problems.size() < count) {
    suite.title = fmt::format("{}, {} of {} chosen", suite.title.empty() ? suite.name : suite.title,
                              suite.problems.size(), count);
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

// The rows decide the scenario; how answers are extracted follows from it, and from the prompt.
Result<void> settle_predictions(RunSettings& settings, const problems::Suite& suite) {
  const auto rule = evaluator::extraction_rule_from_name(settings.extraction);
  const bool has_rule = rule && evaluator::is_prediction_rule(*rule);
  const auto task =
      suite.problems.empty() ? std::nullopt : problems::prediction_task(suite.problems.front());
  std::string fitting = settings.extraction;
  if (task) {
    const bool is_execution = task->kind == problems::PredictionTask::Kind::CodeExecution;
    const bool is_cot = settings.prompt.find("-cot-") != std::string::npos ||
                        (settings.prompt.empty() && settings.extraction == "lcb-execution-cot");
    fitting = !is_execution ? "lcb-test-output" : is_cot ? "lcb-execution-cot" : "lcb-execution";
    // The setting's own default is about programs.
    if (settings.extraction == RunSettings().extraction) settings.extraction = fitting;
    if (settings.prompt.empty() && is_cot) settings.prompt = "livecodebench-execution-cot-1";
  }
  if (task ? settings.extraction == fitting : !has_rule) return {};
  return fail(ErrorCode::Usage,
              fmt::format("extraction rule \"{}\" does not fit what suite \"{}\" asks for",
                          settings.extraction, suite.name),
              {}, task ? "use " + fitting : "it is for LiveCodeBench's predictions");
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
  const std::string& semantics = settings.semantics;
  if (!suite.problems.empty() && problems::prediction_task(suite.problems.front()) &&
      semantics != judges::semantics_name(judges::Semantics::LcbOfficial)) {
    return fail(
        ErrorCode::Usage,
        fmt::format("predictions have the semantics lcb-official alone, not \"{}\"", semantics));
  }
  suite.title += ", semantics " + semantics;
  return {};
}

}  // namespace

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
  for (const auto& entry : suite.refused) {
    const std::string& where = entry.reason.where;
    narrate(context, fmt::format("not run: {}: {}{}", entry.id, entry.reason.what,
                                 where.empty() || where == entry.id ? "" : " (" + where + ")"));
  }
  if (context.verbose) {
    for (const problems::Problem& problem : suite.problems) {
      for (const std::string& warning : problem.warnings) {
        narrate(context, fmt::format("warning: {}: {}", problem.id, warning));
      }
    }
  }
  EVAL_TRY(select_problems(suite, settings));
  EVAL_TRY(settle_semantics(settings, suite));
  EVAL_TRY(settle_predictions(settings, suite));
  return suite;
}

}  // namespace eval::cli
