#include "evaluator/cli/app.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <sstream>

#include "base/text.h"
#include "evaluator/cli/commands.h"
#include "version.h"

namespace eval::cli {
namespace {

struct GlobalFlags {
  bool quiet = false;
  bool verbose = false;
  bool no_colour = false;
  std::string format = "text";
};

std::string environment_value(const std::map<std::string, std::string>& environment,
                              const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

int terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) return size.ws_col;
  return 100;
}

Context make_context(const GlobalFlags& flags,
                     const std::map<std::string, std::string>& environment, std::stop_token stop) {
  Context context;
  context.environment = environment;
  context.quiet = flags.quiet;
  context.verbose = flags.verbose;
  context.json = flags.format == "json";
  // https://no-color.org: any non-empty value turns colour off.
  const bool colour_wanted = !flags.no_colour &&
                             environment_value(environment, "NO_COLOR").empty() &&
                             environment_value(environment, "TERM") != "dumb";
  context.colour_out = colour_wanted && isatty(STDOUT_FILENO) == 1;
  context.redraw = isatty(STDERR_FILENO) == 1 && environment_value(environment, "TERM") != "dumb";
  context.width = terminal_width();
  context.stop = std::move(stop);
  return context;
}

// Every command takes the same global flags, before or after its name.
void add_global_flags(CLI::App& app, GlobalFlags& flags) {
  app.add_flag("-q,--quiet", flags.quiet, "Print results and errors only");
  app.add_flag("-v,--verbose", flags.verbose, "Say more about what is being done");
  app.add_flag("--no-color", flags.no_colour, "Never use colour (also: NO_COLOR=1)");
  app.add_option("--format", flags.format, "Form of the results on stdout")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("");
  for (CLI::App* child : app.get_subcommands([](CLI::App*) { return true; })) {
    add_global_flags(*child, flags);
  }
}

// The deepest command the user named.
const CLI::App* deepest(const CLI::App& app) {
  const CLI::App* current = &app;
  while (!current->get_subcommands().empty()) current = current->get_subcommands().front();
  return current;
}

std::vector<std::string> names_in(const CLI::App& app, bool options) {
  std::vector<std::string> names;
  if (options) {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
  }
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(child->get_name());
  }
  return names;
}

// An unknown word or option, with what was probably meant.
Error unknown_argument(const CLI::App& app, const std::string& argument) {
  const bool is_option = argument.starts_with("-");
  const std::string name = argument.substr(0, argument.find('='));
  Error error{ErrorCode::Usage,
              fmt::format("{} \"{}\" is not known", is_option ? "the option" : "the command", name),
              app.get_parent() == nullptr ? "" : "evalctl " + app.get_name(),
              {},
              0,
              {}};
  const auto closest = closest_match(name, names_in(app, is_option));
  error.help = closest ? fmt::format("did you mean \"{}\"?", *closest)
                       : "`evalctl --help` and `evalctl COMMAND --help` list what there is";
  return error;
}

ExitCode explain_parse_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = deepest(app);
  const std::vector<std::string> rest = command->remaining();
  const bool is_extra = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
  if (is_extra && !rest.empty()) return report_error(unknown_argument(*command, rest.front()));
  const std::vector<std::string> top_rest = app.remaining();
  if (is_extra && !top_rest.empty()) return report_error(unknown_argument(app, top_rest.front()));
  return report_error(Error{
      ErrorCode::Usage, error.what(), {}, "`evalctl COMMAND --help` shows what it takes", 0, {}});
}

ExitCode run_command(const std::vector<std::string>& arguments,
                     const std::map<std::string, std::string>& environment, std::stop_token stop) {
  CLI::App app(
      "Evaluates models on the hardest public competitions: sandboxed judging, one file of "
      "results, medal tables.",
      "evalctl");
  app.set_version_flag(
      "--version", fmt::format("evalctl {} ({}, {})", EVAL_VERSION, EVAL_COMMIT, EVAL_BUILD_TYPE));
  app.get_formatter()->column_width(34);
  Action chosen;
  add_run_commands(app, chosen);
  add_result_commands(app, chosen);
  add_problems_commands(app, chosen);
  add_calibrate_command(app, chosen);
  add_grade_commands(app, chosen);
  add_sandbox_commands(app, chosen);
  add_livecodebench_commands(app, chosen);
  add_model_commands(app, chosen);
  add_env_commands(app, chosen);
  add_doctor_command(app, chosen);
  add_completion_command(app, chosen);
  GlobalFlags flags;
  add_global_flags(app, flags);

  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::Success& success) {
    std::ostringstream text;
    app.exit(success, text, text);  // --help or --version
    print_result(text.str());
    return ExitCode::Done;
  } catch (const CLI::ParseError& error) {
    return explain_parse_error(app, error);
  }
  if (!chosen) {
    const std::string help = deepest(app)->help();
    if (arguments.empty()) {
      print_result(help);
      return ExitCode::Done;
    }
    std::fputs(help.c_str(), stderr);
    return ExitCode::Usage;
  }
  return chosen(make_context(flags, environment, std::move(stop)));
}

}  // namespace

int run_app(const std::vector<std::string>& arguments,
            const std::map<std::string, std::string>& environment, std::stop_token stop) {
  return static_cast<int>(finish_output(run_command(arguments, environment, std::move(stop))));
}

}  // namespace eval::cli
