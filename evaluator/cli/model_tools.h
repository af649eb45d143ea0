#pragma once

#include "evaluator/cli/commands.h"

namespace eval::cli {

// Commands below `model`.
void add_model_chat(CLI::App& parent, Action& chosen);    // model chat
void add_model_bench(CLI::App& parent, Action& chosen);   // model bench
void add_model_verify(CLI::App& parent, Action& chosen);  // model verify-repro

}  // namespace eval::cli
