#include <CLI/CLI.hpp>
#include <memory>

#include "base/text.h"
#include "evaluator/cli/commands.h"
#include "evaluator/cli/completion.h"

namespace eval::cli {
namespace {

// CLI11 describes a closed set of values as "...{a,b,c}".
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  return split(type.substr(open + 1, close - open - 1), ',');
}

void collect(const CLI::App& app, const std::string& path, std::vector<CommandInfo>& commands) {
  CommandInfo info{
      .path = path, .description = app.get_description(), .subcommands = {}, .options = {}};
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      info.options.push_back({.name = "--" + name,
                              .description = option->get_description(),
                              .takes_value = option->get_items_expected_max() > 0,
                              .choices = choices_of(*option)});
    }
  }
  const auto children = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* child : children) info.subcommands.push_back(child->get_name());
  commands.push_back(std::move(info));
  for (const CLI::App* child : children) {
    collect(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), commands);
  }
}

}  // namespace

void add_completion_command(CLI::App& app, Action& chosen) {
  CLI::App* command = app.add_subcommand("completion", "Print a completion script for a shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->type_name("");
  const CLI::App* root = &app;
  command->callback([&chosen, shell, root] {
    chosen = [shell, root](const Context&) {
      std::vector<CommandInfo> commands;
      collect(*root, "", commands);
      const auto script = completion_script(*shell, commands);
      if (!script) return report_error(script.error());
      print_result(*script);
      return ExitCode::Done;
    };
  });
}

}  // namespace eval::cli
