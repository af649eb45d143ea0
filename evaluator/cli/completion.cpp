#include "evaluator/cli/completion.h"

#include <fmt/format.h>

#include "base/text.h"

namespace eval::cli {
namespace {

// The words that may follow a command: its subcommands and long options.
std::string words_of(const CommandInfo& command) {
  std::vector<std::string> words = command.subcommands;
  for (const auto& option : command.options) words.push_back(option.name);
  return join(words, " ");
}

std::string single_quoted(std::string_view text) {
  return "'" + replace_all(std::string(text), "'", R"('\'')") + "'";
}

// The part bash and zsh share: a function that walks the words typed so far down the command tree
// and prints the candidates for the next one, or nothing where a file name belongs.
std::string candidate_function(const std::vector<CommandInfo>& commands) {
  std::string text =
      "_evalctl_candidates() {\n"
      "  local path=\"\" word previous=\"\"\n"
      "  for word in \"$@\"; do\n"
      "    case \"$path|$word\" in\n";
  for (const CommandInfo& command : commands) {
    for (const std::string& name : command.subcommands) {
      const std::string child = command.path.empty() ? name : command.path + " " + name;
      text += fmt::format("      '{}|{}') path='{}' ;;\n", command.path, name, child);
    }
  }
  text +=
      "    esac\n"
      "    previous=\"$word\"\n"
      "  done\n"
      "  case \"$path|$previous\" in\n";
  for (const CommandInfo& command : commands) {
    for (const auto& option : command.options) {
      if (!option.takes_value) continue;
      text += fmt::format("    '{}|{}') printf '%s' '{}'; return ;;\n", command.path, option.name,
                          join(option.choices, " "));
    }
  }
  text += "  esac\n  case \"$path\" in\n";
  for (const CommandInfo& command : commands) {
    text += fmt::format("    '{}') printf '%s' '{}' ;;\n", command.path, words_of(command));
  }
  text += "  esac\n}\n";
  return text;
}

std::string bash_script(const std::vector<CommandInfo>& commands) {
  return "# bash completion for evalctl: source <(evalctl completion bash)\n" +
         candidate_function(commands) +
         R"sh(_evalctl() {
  local current="${COMP_WORDS[COMP_CWORD]}"
  local candidates
  candidates="$(_evalctl_candidates "${COMP_WORDS[@]:1:COMP_CWORD-1}")"
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
complete -o bashdefault -o default -F _evalctl evalctl
)sh";
}

std::string zsh_script(const std::vector<CommandInfo>& commands) {
  return "#compdef evalctl\n# zsh completion for evalctl: source <(evalctl completion zsh)\n" +
         candidate_function(commands) +
         R"sh(_evalctl() {
  local -a candidates
  candidates=(${=:-"$(_evalctl_candidates "${(@)words[2,CURRENT-1]}")"})
  if (( ${#candidates} ));
then compadd-- $candidates fi _files
}
compdef _evalctl evalctl
)sh";
}

// fish asks for one rule per candidate, each with the condition under which it applies.
std::string fish_script(const std::vector<CommandInfo>& commands) {
  std::string text =
      "# fish completion for evalctl: evalctl completion fish | source\n"
      "function __evalctl_path\n"
      "  set -l path ''\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    switch \"$path|$word\"\n";
  for (const CommandInfo& command : commands) {
    for (const std::string& name : command.subcommands) {
      const std::string child = command.path.empty() ? name : command.path + " " + name;
      text += fmt::format("      case '{}|{}'\n        set path '{}'\n", command.path, name, child);
    }
  }
  text +=
      "    end\n"
      "  end\n"
      "  test \"$path\" = \"$argv\"\n"
      "end\n";
  for (const CommandInfo& command : commands) {
    const std::string condition = fmt::format("-n \"__evalctl_path '{}'\"", command.path);
    for (const CommandInfo& child : commands) {
      for (const std::string& name : command.subcommands) {
        const std::string path = command.path.empty() ? name : command.path + " " + name;
        if (child.path != path) continue;
        text += fmt::format("complete -c evalctl -f {} -a {} -d {}\n", condition, name,
                            single_quoted(child.description));
      }
    }
    for (const auto& option : command.options) {
      if (!option.name.starts_with("--")) continue;
      std::string value;
      if (option.takes_value) {
        value = option.choices.empty() ? " -r -F"
                                       : " -x -a " + single_quoted(join(option.choices, " "));
      }
      text += fmt::format("complete -c evalctl {} -l {}{} -d {}\n", condition,
                          option.name.substr(2), value, single_quoted(option.description));
    }
  }
  return text;
}

}  // namespace

Result<std::string> completion_script(std::string_view shell,
                                      const std::vector<CommandInfo>& commands) {
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh") return zsh_script(commands);
  if (shell == "fish") return fish_script(commands);
  return fail(ErrorCode::Usage, fmt::format("there is no completion for the shell \"{}\"", shell),
              {}, "choose bash, zsh or fish");
}

}  // namespace eval::cli
