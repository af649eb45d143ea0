#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <deque>
#include <map>
#include <memory>

#include "base/clock.h"
#include "base/compression.h"
#include "base/text.h"
#include "evaluator/cli/commands.h"
#include "evaluator/cli/run_services.h"
#include "evaluator/config.h"
#include "evaluator/controls.h"
#include "evaluator/protocols.h"
#include "evaluator/settings.h"
#include "problems/livecodebench_prediction.h"

namespace eval::cli {
namespace {

using evaluator::Setting;

// Kinds of `judge --from`.
constexpr std::string_view kLiveCodeBenchOutput = "lcb-output";
constexpr std::string_view kSweLogs = "swe-logs";

// Flags that are shorter or more usual than the setting's own name.
const std::map<std::string_view, std::string> kAliases = {
    {"problems", "--problem"},        {"samples", "-n"},         {"jobs", "-j"},
    {"all_testcases", "--all-tests"}, {"report_html", "--html"}, {"report_json", "--json-report"},
    {"graders", "--grader"},          {"mirrors", "--mirror"}};

// One command's flags: the table of settings, plus what belongs to the command line alone.
struct RunFlags {
  std::vector<std::pair<const Setting*, CLI::Option*>> options;
  std::deque<std::vector<std::string>> lists;  // where CLI11 collects flags that may be repeated
  std::string config_file;
  std::vector<std::string> from;  // judge --from: a kind of file, and the file
  bool gold = false;              // run --gold, --empty: controls instead of a model
  bool empty = false;
  RunActions actions;
};

void add_setting_flag(CLI::App& command, const Setting& setting, RunFlags& flags) {
  const std::string name = replace_all(std::string(setting.name), "_", "-");
  const auto alias = kAliases.find(setting.name);
  // CLI11 tells a description from a variable to fill by its being const.
  const std::string help(setting.help);
  std::string names = "--" + name + (alias == kAliases.end() ? "" : "," + alias->second);
  CLI::Option* option = nullptr;
  const bool is_switch =
      std::holds_alternative<bool evaluator::RunSettings::*>(setting.member) ||
      std::holds_alternative<std::optional<bool> evaluator::RunSettings::*>(setting.member);
  if (is_switch) {
    option = command.add_flag(names + ",!--no-" + name, help);
  } else {
    const bool is_list =
        std::holds_alternative<std::vector<std::string> evaluator::RunSettings::*>(setting.member);
    option =
        is_list
            ? command.add_option(names, flags.lists.emplace_back(), help)->allow_extra_args(false)
            : command.add_option(names, help);
    // Completion reads the choices from here; the table itself checks them, with a better message.
    option->type_name(setting.choices == nullptr ? "" : "{" + join(setting.choices(), ",") + "}");
  }
  option->group(std::string(evaluator::setting_group(setting)));
  flags.options.emplace_back(&setting, option);
}

std::vector<std::pair<std::string, std::string>> given_flags(const RunFlags& flags) {
  std::vector<std::pair<std::string, std::string>> given;
  for (const auto& [setting, option] : flags.options) {
    for (const std::string& value : option->results()) given.emplace_back(setting->name, value);
  }
  return given;
}

// LiveCodeBench's own protocol for the scenario that the rows of a data set are of. Whether code execution was
// asked for with reasoning first cannot be told from rows: that is --protocol livecodebench-execution-cot.
std::string protocol_of_rows(const std::string& suite) {
  const auto file = problems::find_livecodebench_predictions(suite);
  if (!file) return "livecodebench";
  auto reader = LineReader::open(*file);
  std::string line;
  if (!reader || !reader->next(line).value_or(false)) return "livecodebench";
  const auto row = problems::read_livecodebench_prediction(line, "row");
  const auto kind = row ? problems::prediction_kind(row->source) : std::nullopt;
  return kind == problems::PredictionTask::Kind::TestOutput ? "livecodebench-test-output"
                                                            : "livecodebench-execution";
}

Result<evaluator::RunSettings> read_settings(const Context& context, const RunFlags& flags) {
  evaluator::SettingsLayer file;
  if (!flags.config_file.empty()) {
    file = EVAL_TRY(evaluator::load_settings_file(flags.config_file));
  }
  const auto environment = EVAL_TRY(evaluator::settings_from_environment(context.environment));
  const auto given = EVAL_TRY(evaluator::settings_from_flags(given_flags(flags)));
  evaluator::RunSettings settings = evaluator::merge_settings(given, environment, file);
  if (!flags.from.empty() && flags.from.front() == kLiveCodeBenchOutput &&
      settings.protocol.empty()) {
    settings.protocol = protocol_of_rows(settings.suite);
  }
  if (settings.protocol.empty()) return settings;
  evaluator::SettingsLayer weaker = EVAL_TRY(evaluator::protocol_settings(settings.protocol));
  if (!flags.from.empty()) {
    // How many attempts a file has, and how they were sampled, is not for a protocol to say.
    std::erase_if(weaker, [](const evaluator::SettingEntry& entry) {
      return evaluator::setting_group(*entry.setting) == "Model and sampling";
    });
  }
  weaker.insert(weaker.end(), file.begin(), file.end());
  return evaluator::merge_settings(given, environment, weaker);
}

// A control is a run of its own, of patches that are known. What a file says of a model does not count.
ExitCode execute_control(const Context& context, const RunFlags& flags,
                         evaluator::RunSettings settings, std::string_view model) {
  settings.model = model;
  settings.strategy = evaluator::RunSettings().strategy;
  settings.samples.reset();
  if (!settings.run_id.empty())
    settings.run_id += model == evaluator::kGoldModel ? "-gold" : "-empty";
  RunActions actions = flags.actions;
  actions.is_control = true;
  actions.judge_again = actions.repeat > 0;
  return execute_run(context, settings, actions);
}

ExitCode execute_controls(const Context& context, const RunFlags& flags,
                          const evaluator::RunSettings& settings) {
  for (const auto& [setting, option] : flags.options) {
    if (setting->name != "model" || option->count() == 0) continue;
    return report_error({ErrorCode::Usage,
                         "--gold and --empty take the place of a model",
                         {},
                         "leave --model away; its run shows what the controls said",
                         0,
                         {}});
  }
  ExitCode worst = ExitCode::Done;
  for (const auto& [wanted, model] : {std::pair(flags.gold, evaluator::kGoldModel),
                                      std::pair(flags.empty, evaluator::kEmptyModel)}) {
    if (!wanted) continue;
    const ExitCode code = execute_control(context, flags, settings, model);
    worst = std::max(worst, code);
    if (code != ExitCode::Done && code != ExitCode::Regression) break;
  }
  return worst;
}

ExitCode execute(const Context& context, const RunFlags& flags) {
  auto settings = read_settings(context, flags);
  if (!settings) return report_error(settings.error());
  if (flags.gold || flags.empty) return execute_controls(context, flags, *settings);
  if (flags.actions.repeat > 0 && flags.actions.generate) {
    return report_error({ErrorCode::Usage,
                         "--repeat of a run needs --gold or --empty",
                         {},
                         "`evalctl judge --repeat` judges a run again that exists",
                         0,
                         {}});
  }
  RunActions actions = flags.actions;
  if (!flags.from.empty()) {
    // Grading what another harness wrote down is a run of its own, without a model.
    std::error_code ignored;
    settings->model = flags.from.front() == kSweLogs
                          ? "swe-logs:" + fs::weakly_canonical(flags.from.back(), ignored).string()
                          : "replay:" + flags.from.back();
    if (flags.from.front() == kLiveCodeBenchOutput) actions.recorded = flags.from.back();
    actions.generate = true;
  }
  // Another time limit is a question to the times that are stored, unless --again asks for new ones.
  const bool is_judge = !actions.generate;
  if (is_judge && settings->time_factor && !actions.judge_again && actions.repeat == 0) {
    actions.judge_again = actions.use_earlier_times = true;
  }
  if (actions.repeat > 0) actions.judge_again = true;
  return execute_run(context, *settings, actions);
}

std::shared_ptr<RunFlags> add_command(CLI::App& app, Action& chosen, const std::string& name,
                                      const std::string& description) {
  CLI::App* command = app.add_subcommand(name, description);
  auto flags = std::make_shared<RunFlags>();
  command
      ->add_option("config", flags->config_file, "YAML file of settings; flags and EVALCTL_* win")
      ->type_name("FILE");
  for (const Setting& setting : evaluator::run_setting_table()) {
    add_setting_flag(*command, setting, *flags);
  }
  command->add_flag("--no-html", flags->actions.no_html, "Write no HTML scoreboard at the end");
  command->add_flag("--json-events", flags->actions.json_events,
                    "Print each event as a JSON line on stdout instead of the table");
  command->callback([&chosen, flags] {
    chosen = [flags](const Context& context) { return execute(context, *flags); };
  });
  return flags;
}

}  // namespace

void add_run_commands(CLI::App& app, Action& chosen) {
  auto run = add_command(app, chosen, "run",
                         "Generate, judge, score and report; continues a run that exists");
  CLI::App* run_command = app.get_subcommand("run");
  run_command->add_flag("--dry-run", run->actions.dry_run,
                        "Say what would run and what it would cost, and do nothing");
  run_command->add_flag("--gold", run->gold,
                        "SWE-bench: instead of a model, the reference patches, which must resolve");
  run_command->add_flag(
      "--empty", run->empty,
      "SWE-bench: instead of a model, patches that change nothing, which must not");
  run_command
      ->add_option("--repeat", run->actions.repeat,
                   "With --gold or --empty: judge so often, to find what is flaky")
      ->check(CLI::Range(2, 1000));

  auto generate =
      add_command(app, chosen, "generate", "Only generate; `evalctl judge` goes on from there");
  generate->actions.judge = false;
  app.get_subcommand("generate")
      ->add_flag("--dry-run", generate->actions.dry_run,
                 "Say what would be generated, and do nothing");

  auto judge = add_command(app, chosen, "judge", "Only judge what a run has generated");
  judge->actions.generate = false;
  CLI::App* judge_command = app.get_subcommand("judge");
  judge_command->add_flag("--again", judge->actions.judge_again,
                          "Judge what has a judgement already; both are kept");
  judge_command
      ->add_option("--from", judge->from,
                   "Judge what another harness wrote down: lcb-output FILE (LiveCodeBench's "
                   "output or _eval_all.json; questions that the suite does not have are not "
                   "judged), or swe-logs FOLDER (logs of SWE-bench, graded again)")
      ->expected(2)
      ->type_name("KIND PATH")
      ->check([](const std::string& value) {
        const bool is_kind = value == kLiveCodeBenchOutput || value == kSweLogs;
        std::error_code error;
        return is_kind || fs::exists(value, error)
                   ? std::string()
                   : "\"" + value + "\" is no file and no kind known";
      });
  judge_command
      ->add_option(
          "--repeat", judge->actions.repeat,
          "Judge again so often and show the verdicts that changed; exit code 1 if one did "
          "that was not near a limit")
      ->check(CLI::Range(2, 1000));
}

}  // namespace eval::cli
