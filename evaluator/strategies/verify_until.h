#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "evaluator/strategies/parameters.h"
#include "evaluator/strategy.h"

// verify_until: Huang & Yang's pipeline (2025). Solve with the problem's prompt, improve once, then
// verify; a verification of 1 is a pass, anything less a failure, after which the solution is corrected
// with the report. Accepted after `passes` in a row, given up after `failures` in a row (counted over
// corrections) or after `iterations` verifications. The last solution is judged either way. A
// verification without a readable score counts as an iteration alone.
namespace eval::evaluator {

struct VerifyUntilParameters {
  std::int64_t passes = 5;
  std::int64_t failures = 10;
  std::int64_t iterations = 30;
  StrategyBudget budget;
};

// From "" or "name=value,..." with passes, failures, iterations, tokens, requests.
Result<VerifyUntilParameters> verify_until_parameters(std::string_view text);

Strategy verify_until_strategy(std::string name, const VerifyUntilParameters& parameters);

}  // namespace eval::evaluator
