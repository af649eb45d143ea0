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
#include "version.h"

namespace eval::cli {
namespace {

// Of a program's own output, where it is part of the result; --stdout and --stderr take all of it.
constexpr std::size_t kShownBytes = 4096;
// Two runs at once are needed to try whether they can talk to each other.
constexpr int kSelftestBoxes = 2;

struct BoxOptions {
  std::vector<std::string> command;
  double cpu_seconds = 10;
  double wall_seconds = 0;  // 0: twice the CPU time and a second
  std::string memory = "2G";
  std::string output = "64M";
  int processes = 64;
  std::string profile = "managed";
  bool forbid_exec = false;
  std::string network = "none";
  std::string standard_input;
  std::string standard_output;
  std::string standard_error;
  std::vector<std::string> files;
  std::vector<std::string> outputs;
  std::vector<std::string> readable;
  std::vector<std::string> environment;
};

struct BenchFlags {
  bool quick = false;
  bool speed_only = false;
};

struct SelftestFlags {
  std::string filter;
  bool without_cgroup = false;
};

// "name=value" in two; the second is empty if there is no "=".
std::pair<std::string, std::string> split_pair(const std::string& text) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

std::chrono::milliseconds to_milliseconds(double seconds) {
  return std::chrono::milliseconds(std::max<long long>(1, std::llround(seconds * 1000)));
}

sandbox::Profile profile_named(const std::string& name) {
  if (name == "native") return sandbox::Profile::Native;
  if (name == "managed") return sandbox::Profile::Managed;
  return name == "image" ? sandbox::Profile::Image : sandbox::Profile::Compiler;
}

Result<sandbox::InputFile> input_file(const std::string& text) {
  auto [name, path] = split_pair(text);
  if (path.empty()) {
    path = name;
    name = fs::path(path).filename().string();
  }
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error || !fs::is_regular_file(status)) {
    return fail(ErrorCode::NotFound, fmt::format("there is no file \"{}\" to copy in", path), {},
                "write --file NAME=PATH, NAME being its name in the box");
  }
  const bool executable = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
  return sandbox::InputFile{name, {fs::path(path), std::nullopt}, executable};
}

Result<sandbox::Command> make_command(const BoxOptions& options) {
  sandbox::Command command;
  command.argv = options.command;
  command.profile = profile_named(options.profile);
  command.forbid_exec = options.forbid_exec;
  std::string& program = command.argv.front();
  if (program.find('/') == std::string::npos) {
    const auto found = judges::find_system_program(program);
    if (!found) {
      return fail(ErrorCode::NotFound,
                  fmt::format("there is no program \"{}\" in the system's folders", program), {},
                  "give its path, or copy your own in: --file name=PATH -- ./name");
    }
    program = found->string();
  }
  command.environment = judges::box_environment();
  for (const std::string& text : options.environment) {
    const auto [name, value] = split_pair(text);
    command.environment[name] = value;
  }
  for (const std::string& text : options.files) {
    command.files.push_back(EVAL_TRY(input_file(text)));
  }
  command.standard_input.host_path = options.standard_input;
  for (const std::string& text : options.outputs) command.outputs.push_back(split_pair(text).first);
  for (const std::string& path : options.readable) command.readable_host_paths.emplace_back(path);
  return command;
}

Result<sandbox::Limits> make_limits(const BoxOptions& options) {
  sandbox::Limits limits;
  limits.cpu_time = to_milliseconds(options.cpu_seconds);
  limits.wall_time = to_milliseconds(options.wall_seconds > 0 ? options.wall_seconds
                                                              : 2 * options.cpu_seconds + 1);
  limits.memory = EVAL_TRY_IN(parse_bytes(options.memory), "--memory");
  limits.standard_output = EVAL_TRY_IN(parse_bytes(options.output), "--output");
  limits.processes = options.processes;
  return limits;
}

Json result_json(const sandbox::ExecutionResult& run) {
  const auto milliseconds = [](std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1000;
  };
  Json json = {{"status", run_status_name(run.status)}};
  if (run.status == sandbox::RunStatus::Exited) json["exit_code"] = run.exit_code;
  if (run.status == sandbox::RunStatus::Signalled) json["signal"] = run.signal;
  if (!run.forbidden_syscall.empty()) json["forbidden_syscall"] = run.forbidden_syscall;
  json["cpu_ms"] = milliseconds(run.cpu_time);
  json["user_ms"] = milliseconds(run.user_time);
  json["system_ms"] = milliseconds(run.system_time);
  json["wall_ms"] = milliseconds(run.wall_time);
  json["memory_peak_bytes"] = run.memory_peak ? Json(run.memory_peak->count) : Json();
  json["memory_is_approximate"] = run.memory_is_approximate;
  json["processes_peak"] = run.processes_peak > 0 ? Json(run.processes_peak) : Json();
  json["stdout_bytes"] = run.standard_output.size();
  json["stderr_bytes"] = run.standard_error.size();
  json["stderr_cut"] = run.standard_error_cut;
  json["isolation"] = run.isolation;
  return json;
}

// Writes a stream to the file the user named, or adds it, shortened, to the result.
Result<void> place_stream(const std::string& path, const char* key, const std::string& content,
                          Json& json) {
  if (!path.empty()) return write_file(path, content);
  json[key] = printable(shorten(content, kShownBytes));
  return {};
}

// Results are written by us, not by the program: a name without a folder lands in the current one.
Result<void> place_outputs(const BoxOptions& options, const sandbox::ExecutionResult& run,
                           Json& json) {
  Json sizes = Json::object();
  for (const std::string& text : options.outputs) {
    const auto [name, path] = split_pair(text);
    const auto found = run.outputs.find(name);
    sizes[name] = found == run.outputs.end() ? Json() : Json(found->second.size());
    if (found == run.outputs.end()) continue;
    const fs::path target = path.empty() ? fs::path(name).filename() : fs::path(path);
    EVAL_TRY(write_file(target, found->second));
  }
  if (!sizes.empty()) json["outputs"] = sizes;
  return {};
}

// One "key: value" a line; the lines of a text below its key, indented.
std::string result_text(const Json& json) {
  std::string text;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) {
      text += fmt::format("{}: {}\n", key, value.is_null() ? "none" : to_json_line(value));
      continue;
    }
    const auto content = value.get<std::string>();
    if (key != "stdout" && key != "stderr") {
      text += fmt::format("{}: {}\n", key, content);
      continue;
    }
    text += fmt::format("{}:\n", key);
    for (const std::string_view line : split_lines(content)) text += fmt::format("  {}\n", line);
  }
  return text;
}

Result<ExitCode> run_in_box(const Context& context, const BoxOptions& options) {
  const sandbox::Command command = EVAL_TRY(make_command(options));
  const sandbox::Limits limits = EVAL_TRY(make_limits(options));
  const auto box = EVAL_TRY(sandbox::create_linux_sandbox({.boxes = 1}));
  const sandbox::ExecutionResult run = EVAL_TRY(box->run(command, limits, context.stop));
  if (run.status == sandbox::RunStatus::Cancelled) return ExitCode::Interrupted;
  Json json = result_json(run);
  EVAL_TRY(place_outputs(options, run, json));
  EVAL_TRY(place_stream(options.standard_output, "stdout", run.standard_output, json));
  EVAL_TRY(place_stream(options.standard_error, "stderr", run.standard_error, json));
  if (context.json)
    print_json(json);
  else
    print_result(result_text(json));
  const bool success = run.status == sandbox::RunStatus::Exited && run.exit_code == 0;
  return success ? ExitCode::Done : ExitCode::Regression;
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
    fmt::print(stderr, "\r\x1b[K{}", line);
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
  if (context.redraw && !context.quiet && !context.verbose) fmt::print(stderr, "\r\x1b[K");
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
