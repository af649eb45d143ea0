#include <CLI/CLI.hpp>
#include <memory>

#include "base/clock.h"
#include "evaluator/cli/commands.h"
#include "evaluator/cli/environment_planning.h"
#include "evaluator/cli/judging_services.h"
#include "evaluator/cli/suite_choice.h"

namespace eval::cli {
namespace {

using evaluator::RunSettings;

Result<ExitCode> plan(const Context& context, RunSettings settings) {
  const problems::Suite suite = EVAL_TRY(load_selected_suite(context, settings));
  std::vector<const problems::Problem*> problems;
  for (const problems::Problem& problem : suite.problems) {
    if (std::holds_alternative<problems::PatchTask>(problem.task)) problems.push_back(&problem);
  }
  if (problems.empty())
    return fail(ErrorCode::Usage, "the suite has no problem that takes a patch", suite.name);
  const auto source = EVAL_TRY(open_environments(context, settings));
  const SystemClock clock;
  std::unique_ptr<evaluator::Store> store;
  std::error_code error;
  if (fs::exists(settings.db, error)) {
    store = EVAL_TRY(evaluator::Store::open(settings.db, evaluator::OpenMode::ReadOnly, clock));
  }
  const std::vector<int> attempts(problems.size(), settings.samples.value_or(1));
  const EnvironmentPlanning planning =
      EVAL_TRY(plan_instances(context, settings, problems, attempts, *source, store.get()));
  if (context.json) {
    print_json(to_json(planning));
    return ExitCode::Done;
  }
  print_result(plan_table(planning));
  for (const std::string& line : plan_lines(planning)) print_result(line);
  return ExitCode::Done;
}

}  // namespace

void add_env_plan_command(CLI::App& env, Action& chosen) {
  CLI::App* command = env.add_subcommand(
      "plan",
      "In which order a run would take a suite's instances, how many at once, and what it takes");
  const auto settings = std::make_shared<RunSettings>();
  settings->environments = "images";
  command->add_option("suite", settings->suite, "As --suite of a run")->required();
  command->add_option("--environments", settings->environments, "As of a run")
      ->capture_default_str();
  command->add_option("--problem", settings->problems, "Only these")->allow_extra_args(false);
  command->add_option("-n,--samples", settings->samples, "Attempts per instance");
  command->add_option("-j,--jobs", settings->jobs, "So many at once, whatever the memory");
  command->add_option("--keep-images", settings->keep_images, "What the images may take: 200G");
  command->add_option("--mirror", settings->mirrors, "REGISTRY=PLACE: ask there instead")
      ->allow_extra_args(false);
  command->add_flag("--tls-verify,!--no-tls-verify", settings->tls_verify,
                    "The registry has a valid certificate");
  command->add_option("--db", settings->db, "Results whose history is used")->capture_default_str();
  command->callback([&chosen, settings] {
    chosen = [settings](const Context& context) {
      const auto code = plan(context, *settings);
      return code ? *code : report_error(code.error());
    };
  });
}

}  // namespace eval::cli
