#pragma once

#include <vector>

#include "evaluator/cli/context.h"
#include "problems/problem.h"

namespace eval::cli {

// Judges every reference submission of the suites with `jobs` workers and prints how each compares
// with its promise. Regression if any disagrees, Fault if any could not be judged, else Done.
ExitCode verify_suites(const Context& context, const std::vector<problems::Suite>& suites,
                       int jobs);

}  // namespace eval::cli
