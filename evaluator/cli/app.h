#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "evaluator/cli/context.h"

namespace eval::cli {

// Parses `arguments` (without the program's name), runs the command and returns its exit code,
// Fault instead of Done if standard output could not be written. `environment` holds what commands
// may look at. Never throws on bad input.
int run_app(const std::vector<std::string>& arguments,
            const std::map<std::string, std::string>& environment, std::stop_token stop);

}  // namespace eval::cli
