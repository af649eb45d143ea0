#include <CLI/CLI.hpp>

#include "evaluator/cli/commands.h"
#include "evaluator/cli/model_info.h"
#include "evaluator/cli/model_tokenize.h"
#include "evaluator/cli/model_tools.h"

namespace eval::cli {

void add_model_commands(CLI::App& app, Action& chosen) {
  CLI::App* parent = app.add_subcommand("model", "Look at and try models that run in this process");
  parent->require_subcommand(1);
  add_model_info(*parent, chosen);
  add_model_tokenize(*parent, chosen);
  add_model_chat(*parent, chosen);
  add_model_bench(*parent, chosen);
  add_model_verify(*parent, chosen);
}

}  // namespace eval::cli
