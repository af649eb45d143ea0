#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <memory>

#include "base/clock.h"
#include "base/text.h"
#include "evaluator/cli/attempt_text.h"
#include "evaluator/cli/commands.h"
#include "evaluator/selftest.h"
#include "evaluator/selftest_record.h"
#include "judges/steps/program.h"
#include "sandbox/bench/bench_report.h"
#include "sandbox/linux_sandbox.h"
#include "sandbox/tool/box_command.h"
#include "version.h"

namespace eval::cli {
namespace {

using sandbox::tool::BoxOptions;

// Two runs at once are needed to try whether they can talk to each other.
constexpr int kSelftestBoxes = 2;

struct BenchFlags {
  bool quick = false;
  bool speed_only = false;
};

struct SelftestFlags {
  std::string filter;
  bool without_cgroup = false;
};

Result<ExitCode> run_in_box(const Context& context, const BoxOptions& options) {
  const auto outcome = EVAL_TRY(sandbox::tool::run_box_command(options, context.stop));
  if (outcome.cancelled) return ExitCode::Interrupted;
  if (context.json)
    print_json(outcome.json);
  else
    print_result(sandbox::tool::result_text(outcome.json));
  return outcome.success ? ExitCode::Done : ExitCode::Regression;
}

// Where the attack suite lies: EVALCTL_ESCAPES, else beside the installed program, else in the source
// tree of this build.
fs::path attack_folder(const Context& context) {
  const auto set = context.environment.find("EVALCTL_ESCAPES");
  if (set != context.environment.end() && !set->second.empty()) return set->second;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path installed = program.parent_path().parent_path() / "share/evalctl/escapes";
  if (!error && fs::is_directory(installed, error)) return installed;
  return fs::path(EVAL_SOURCE_DIR) / "tests/escapes/attacks";
}

void show_progress(const Context& context, int done, const evaluator::AttackResult& result) {
  const std::string line =
      fmt::format("[{:>4}] {} {}", done, result.name, attack_outcome_name(result.outcome));
  if (context.verbose) {
    narrate(context, line);
  } else if (context.redraw && !context.quiet) {
    print_notice(fmt::format("\r\x1b[K{}", line));
  }
}

Json attack_json(const evaluator::AttackResult& result) {
  return {{"name", result.name},
          {"outcome", attack_outcome_name(result.outcome)},
          {"status", result.status},
          {"tries", result.tries},
          {"must_stop", result.must_stop},
          {"cpu_ms", static_cast<double>(result.cpu_time.count()) / 1000},
          {"wall_ms", static_cast<double>(result.wall_time.count()) / 1000},
          {"detail", result.detail}};
}

std::string attack_table(const std::vector<evaluator::AttackResult>& results, bool verbose) {
  std::vector<std::vector<std::string>> rows = {{"ATTACK", "OUTCOME", "ENDED AS", "WALL"}};
  std::string details;
  for (const evaluator::AttackResult& result : results) {
    const auto wall = std::chrono::ceil<std::chrono::milliseconds>(result.wall_time);
    rows.push_back({result.name, std::string(attack_outcome_name(result.outcome)),
                    result.status.empty() ? "-" : result.status, format_duration(wall)});
    if (result.held() && !verbose) continue;
    details += fmt::format("\n{}: {}\n  tries:     {}\n  must stop: {}\n", result.name,
                           attack_outcome_name(result.outcome), result.tries, result.must_stop);
    if (!result.detail.empty()) details += fmt::format("  seen:      {}\n", result.detail);
  }
  return format_table(rows) + details;
}

std::string unpromised_text(const std::string& rung) {
  std::string text;
  for (const std::string& missing : sandbox::unpromised(rung)) {
    text += fmt::format("not promised at this rung: {}\n", missing);
  }
  return text;
}

Result<ExitCode> selftest(const Context& context, const SelftestFlags& flags) {
  const auto box = EVAL_TRY(sandbox::create_linux_sandbox(
      {.boxes = kSelftestBoxes, .without_cgroups = flags.without_cgroup}));
  int done = 0;
  const auto outcome = evaluator::run_selftest(
      *box, judges::Languages::built_in(),
      {.folder = attack_folder(context),
       .filter = flags.filter,
       .boxes = kSelftestBoxes,
       .observer = [&](const auto& result) { show_progress(context, ++done, result); },
       .stop = context.stop});
  if (context.redraw && !context.quiet && !context.verbose) print_notice("\r\x1b[K");
  if (!outcome) return fail(outcome.error());
  // Part of a suite says nothing about the rest.
  if (flags.filter.empty() && !context.stop.stop_requested()) {
    const SystemClock clock;
    EVAL_TRY(evaluator::save_selftest(cache_folder(context), box->isolation(),
                                      evaluator::record_of(*outcome, clock.unix_ms())));
  }
  const auto count = [&outcome](evaluator::AttackOutcome wanted) {
    return std::count_if(outcome->begin(), outcome->end(),
                         [wanted](const auto& result) { return result.outcome == wanted; });
  };
  const auto held = count(evaluator::AttackOutcome::Held);
  const auto escaped = count(evaluator::AttackOutcome::NotHeld);
  const auto skipped = count(evaluator::AttackOutcome::Skipped);
  if (context.json) {
    Json list = Json::array();
    for (const auto& result : *outcome) list.push_back(attack_json(result));
    print_json({{"isolation", box->isolation()},
                {"not_promised", sandbox::unpromised(box->isolation())},
                {"held", held},
                {"not_held", escaped},
                {"skipped", skipped},
                {"attacks", list}});
  } else {
    print_result(attack_table(*outcome, context.verbose) +
                 fmt::format("\n{} of {} attacks held, {} not, {} skipped; isolation {}\n", held,
                             outcome->size(), escaped, skipped, box->isolation()) +
                 unpromised_text(box->isolation()));
  }
  return escaped == 0 ? ExitCode::Done : ExitCode::Regression;
}

Result<ExitCode> bench(const Context& context, const BenchFlags& flags) {
  namespace bench = sandbox::bench;
  std::error_code error;
  const auto report = EVAL_TRY(bench::run_bench({
      .quick = flags.quick,
      .accuracy = !flags.speed_only,
      .evalctl = fs::read_symlink("/proc/self/exe", error),
      .progress = [&context](const std::string& what) { narrate(context, what); },
      .stop = context.stop,
  }));
  if (context.json)
    print_json(bench::bench_json(report));
  else
    print_result(bench::bench_text(report));
  return ExitCode::Done;
}

template <class Options>
void on_chosen(CLI::App* command, Action& chosen, std::shared_ptr<Options> options,
               Result<ExitCode> (*action)(const Context&, const Options&)) {
  command->callback([&chosen, options, action] {
    chosen = [options, action](const Context& context) {
      const auto code = action(context, *options);
      return code ? *code : report_error(code.error());
    };
  });
}

void add_run(CLI::App& parent, Action& chosen) {
  CLI::App* command = parent.add_subcommand("run", "Run one command in a box and measure it");
  const auto options = std::make_shared<BoxOptions>();
  command->add_option("command", options->command, "What to run, after --")->required();
  command->add_option("--time", options->cpu_seconds, "CPU seconds of all its processes")
      ->check(CLI::Range(0.001, 86400.0))
      ->capture_default_str();
  command->add_option("--wall", options->wall_seconds, "Seconds until it is stopped in any case")
      ->check(CLI::Range(0.001, 86400.0));
  command->add_option("--memory", options->memory, "Memory of all its processes: 256M, 2G")
      ->capture_default_str();
  command->add_option("--processes", options->processes, "Processes and threads at once")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->add_option("--output", options->output, "Most it may write to standard output")
      ->capture_default_str();
  command->add_option("--profile", options->profile, "What it may see and call")
      ->check(CLI::IsMember({"native", "managed", "compiler", "image"}))
      ->capture_default_str();
  command->add_flag("--no-exec", options->forbid_exec, "It cannot start another program");
  command->add_flag("--without-cgroup", options->without_cgroup,
                    "Start faster; memory and CPU time are polled");
  command->add_option("--net", options->network, "A box has no network")
      ->check(CLI::IsMember({"none"}));
  command->add_option("--stdin", options->standard_input, "File it reads as standard input")
      ->check(CLI::ExistingFile);
  command->add_option("--stdout", options->standard_output, "File for what it writes");
  command->add_option("--stderr", options->standard_error, "File for its messages");
  command->add_option("--file", options->files, "NAME=PATH: copy a file in")
      ->allow_extra_args(false);
  command->add_option("--out", options->outputs, "NAME or NAME=PATH: copy a file out")
      ->allow_extra_args(false);
  command->add_option("--read-only,--mount", options->readable, "Show a folder at the same path")
      ->allow_extra_args(false);
  command->add_option("--env", options->environment, "NAME=VALUE: set a variable")
      ->allow_extra_args(false);
  on_chosen(command, chosen, options, run_in_box);
}

}  // namespace

void add_sandbox_commands(CLI::App& app, Action& chosen) {
  CLI::App* parent = app.add_subcommand("sandbox", "Use and test the box that programs run in");
  parent->require_subcommand(1);
  add_run(*parent, chosen);
  CLI::App* command =
      parent->add_subcommand("selftest", "Let the attack suite loose on the sandbox; 0: all held");
  const auto flags = std::make_shared<SelftestFlags>();
  command->add_option("--filter", flags->filter, "Only attacks whose name matches this pattern");
  command->add_flag("--without-cgroup", flags->without_cgroup,
                    "On the rung of a machine that lets nobody make cgroups");
  on_chosen(command, chosen, flags, selftest);
  command = parent->add_subcommand("bench", "Measure the box beside posix_spawn and others");
  const auto bench_flags = std::make_shared<BenchFlags>();
  command->add_flag("--quick", bench_flags->quick, "A tenth of the work: to look, not to quote");
  command->add_flag("--speed-only", bench_flags->speed_only, "Without accuracy and neighbours");
  on_chosen(command, chosen, bench_flags, bench);
}

}  // namespace eval::cli
