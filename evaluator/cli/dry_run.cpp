#include "evaluator/cli/dry_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "evaluator/pipeline/plan.h"
#include "evaluator/store/store.h"

namespace eval::cli {

using evaluator::OpenMode;
using evaluator::RunConfig;
using evaluator::RunSettings;
using evaluator::Store;

ExitCode show_plan(const Context& context, const RunConfig& config, const RunSettings& settings,
                   const runners::Runner* runner, const Clock& clock) {
  const auto plan = evaluator::plan_run(config, runner, clock);
  evaluator::CostHistory history;
  std::error_code error;
  if (fs::exists(settings.db, error)) {
    auto store = Store::open(settings.db, OpenMode::ReadOnly, clock);
    if (!store) return report_error(store.error());
    history = (*store)->cost_history(config.suite.name, config.model).value_or(history);
  }
  const auto count = static_cast<double>(plan.attempts.size());
  Json json = {{"run_id", plan.manifest.run_id},
               {"problems", plan.problems.size()},
               {"attempts", plan.attempts.size()},
               {"manifest", evaluator::to_json(plan.manifest)},
               {"estimate",
                {{"completion_tokens", Json()},
                 {"judge_seconds", Json()},
                 {"from_attempts", history.attempts}}}};
  std::string estimate = "no earlier attempts in this database to estimate from";
  if (history.attempts > 0) {
    const double tokens = history.completion_tokens_per_attempt.value_or(0) * count;
    const double seconds = history.judge_ms_per_attempt.value_or(0) * count / 1000;
    if (history.completion_tokens_per_attempt)
      json["estimate"]["completion_tokens"] = std::round(tokens);
    if (history.judge_ms_per_attempt) json["estimate"]["judge_seconds"] = seconds;
    estimate = fmt::format(
        "about {:.0f} tokens and {} of judging on one core, from {} earlier attempts", tokens,
        format_duration(std::chrono::milliseconds(static_cast<long>(seconds * 1000))),
        history.attempts);
  }
  if (context.json) {
    print_json(json);
    return ExitCode::Done;
  }
  std::vector<std::vector<std::string>> rows = {{"PROBLEM", "ATTEMPTS", "TESTS", "TITLE"}};
  for (const evaluator::ProblemSnapshot& problem : plan.problems) {
    const auto attempts =
        std::count_if(plan.attempts.begin(), plan.attempts.end(),
                      [&](const auto& attempt) { return attempt.problem_id == problem.id; });
    rows.push_back({problem.id, std::to_string(attempts), std::to_string(problem.testcase_count),
                    problem.title});
  }
  print_result(format_table(rows));
  print_result("\n" + plan.manifest.suite_title);
  print_result(fmt::format("would run {} attempts of {} problems as \"{}\": {}",
                           plan.attempts.size(), plan.problems.size(), plan.manifest.run_id,
                           estimate));
  return ExitCode::Done;
}

}  // namespace eval::cli
