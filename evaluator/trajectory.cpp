#include "evaluator/trajectory.h"

#include <algorithm>

#include "evaluator/agent_world.h"
#include "evaluator/strategies/bash_agent.h"

namespace eval::evaluator {
namespace {

using runners::Generation;

// Cents for a million tokens.
struct Prices {
  double prompt = 0;
  double completion = 0;
};

std::optional<Prices> prices_of(std::string_view strategy) {
  constexpr std::string_view kAgent = "bash_agent:";
  if (!strategy.starts_with(kAgent)) return std::nullopt;
  const auto parameters = bash_agent_parameters(strategy.substr(kAgent.size()));
  if (!parameters || (parameters->prompt_price == 0 && parameters->completion_price == 0)) {
    return std::nullopt;
  }
  return Prices{static_cast<double>(parameters->prompt_price),
                static_cast<double>(parameters->completion_price)};
}

std::optional<double> cost_of(const Generation& generation, const std::optional<Prices>& prices) {
  if (!prices || !generation.prompt_tokens || !generation.completion_tokens) return std::nullopt;
  return (static_cast<double>(*generation.prompt_tokens) * prices->prompt +
          static_cast<double>(*generation.completion_tokens) * prices->completion) /
         1e6;
}

const std::string* file_of(const Generation& generation, std::string_view name) {
  const auto found = std::ranges::find(generation.files, name, &runners::RecordedFile::name);
  return found == generation.files.end() ? nullptr : &found->content;
}

}  // namespace

std::vector<reports::TurnView> trajectory_of(const Attempt& attempt, std::string_view strategy) {
  const std::vector<Generation>& generations = attempt.generations;
  const bool has_acted = !generations.empty() && file_of(generations.front(), kObservationFile);
  if (generations.size() < 2 && !has_acted) return {};
  const std::optional<Prices> prices = prices_of(strategy);
  std::vector<reports::TurnView> turns;
  for (const Generation& generation : generations) {
    reports::TurnView turn;
    turn.reply = generation.text;
    turn.reasoning = generation.reasoning;
    turn.finish_reason = runners::finish_reason_name(generation.finish_reason);
    turn.prompt_tokens = generation.prompt_tokens;
    turn.completion_tokens = generation.completion_tokens;
    turn.cost_cents = cost_of(generation, prices);
    turn.generation_ms = generation.total_time.count();
    if (const std::string* text = file_of(generation, kObservationFile)) turn.observation = *text;
    turn.submitted = file_of(generation, kPatchFile) != nullptr && turn.observation.has_value();
    turns.push_back(std::move(turn));
  }
  return turns;
}

}  // namespace eval::evaluator
