#pragma once

#include <string>
#include <vector>

#include "evaluator/cli/context.h"
#include "problems/problem.h"

namespace eval::cli {

struct VerifyOptions {
  int jobs = 1;
  std::string profile = "default";  // environment profile
  bool generators = false;          // build the generators too
};

// Checks the data of the suites' problems (input validators, answers), judges every reference
// submission with `jobs` workers, and prints how each compares with its promise and how far the
// accepted and the slow ones are from the time limit. Regression if anything is not as promised, Fault
// if something could not be judged, else Done.
ExitCode verify_suites(const Context& context, const std::vector<problems::Suite>& suites,
                       const VerifyOptions& options);

}  // namespace eval::cli
