#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluator/strategy.h"

// What strategies of several turns share.
namespace eval::evaluator {

// Prompts asked for at once: enough to keep a server busy with one attempt, few enough that a budget
// is overstepped by little.
inline constexpr std::size_t kTurnsAtOnce = 16;

// What an attempt may cost; 0 is no limit. A strategy out of budget is complete: its best proof so far
// is judged.
struct StrategyBudget {
  std::int64_t tokens = 0;    // of prompts and replies, as far as the server counts
  std::int64_t requests = 0;  // turns
};

// Cuts `prompts` to what the budget and kTurnsAtOnce leave.
void keep_in_budget(const StrategyBudget& budget, const std::vector<runners::Generation>& so_far,
                    std::vector<runners::Prompt>& prompts);

// "a=1,b=2" assigned to named numbers; every value must lie in its range.
struct StrategyParameter {
  std::string_view name;
  std::int64_t* value;
  std::int64_t least;
  std::int64_t most;
};
Result<void> read_parameters(std::string_view text, const std::vector<StrategyParameter>& known);

// The text under "## Solution" up to "## Self Evaluation" (or the end); empty if there is no such
// heading.
std::string solution_section(std::string_view reply);

// The score in the last \boxed{}: 0, 0.5 or 1.
std::optional<double> boxed_score(std::string_view reply);

runners::Prompt user_prompt(std::string text);

// Templates of strategies/prompts: "generate-1", "refine-1", "meta-verify-1", "improve-1", "correct-1",
// "agent-system-1", "agent-instance-1".
std::string_view strategy_template(std::string_view name);

}  // namespace eval::evaluator
