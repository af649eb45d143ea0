#pragma once

#include "evaluator/cli/commands.h"

namespace eval::cli {

// `evalctl model tokenize`.
void add_model_tokenize(CLI::App& parent, Action& chosen);

}  // namespace eval::cli
