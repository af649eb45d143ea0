#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace eval::cli {

// One command as the shells need it: generated from the command tree, so it cannot fall behind.
struct CommandInfo {
  std::string path;  // "problems verify"; "" for evalctl itself
  std::string description;
  std::vector<std::string> subcommands;
  struct Option {
    std::string name;  // "--format"
    std::string description;
    bool takes_value = false;
    std::vector<std::string> choices;  // fixed values, if it has them
  };
  std::vector<Option> options;
};

// A completion script for "bash", "zsh" or "fish"; Usage for another shell.
Result<std::string> completion_script(std::string_view shell,
                                      const std::vector<CommandInfo>& commands);

}  // namespace eval::cli
