#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "evaluator/strategies/parameters.h"
#include "evaluator/strategy.h"

// bash_agent: the loop of mini-swe-agent (its text form). A linear history: a system line, one instance prompt,
// then in turn what the model said and what its action gave. Each reply holds exactly one fenced block tagged
// bash; it runs in a fresh shell in the repository for at most `timeout` seconds. A reply without one is
// answered with what is wanted, and three of them in a row end the attempt. The attempt is complete when
// a command prints kSubmissionMarker (agent_world.h) as its first line and ends well; what it prints after is
// the patch. Without it, at a limit, nothing is submitted.
namespace eval::evaluator {

struct BashAgentParameters {
  std::int64_t steps = 250;        // turns
  std::int64_t timeout = 60;       // of an action, seconds
  std::int64_t format_errors = 3;  // in a row
  StrategyBudget budget;           // tokens and requests
  // In cents; 0: not counted. Prices are cents for a million tokens.
  std::int64_t cost = 300;
  std::int64_t prompt_price = 0;
  std::int64_t completion_price = 0;
};

// "steps=100,tokens=2000000"; Usage for an unknown name or a value out of range.
Result<BashAgentParameters> bash_agent_parameters(std::string_view text);

Strategy bash_agent_strategy(std::string name, const BashAgentParameters& parameters);

// The one bash block of a reply.
ActionRequest bash_action(const runners::Generation& generation);

}  // namespace eval::evaluator
