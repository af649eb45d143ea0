#include "evaluator/strategies/bash_agent.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "evaluator/agent_world.h"
#include "judges/proof/prompts.h"

namespace eval::evaluator {
namespace {

using judges::proof::fill_prompt;
using runners::Generation;
using runners::Message;
using runners::Role;

const runners::RecordedFile* file_of(const Generation& generation, std::string_view name) {
  const auto found = std::ranges::find(generation.files, name, &runners::RecordedFile::name);
  return found == generation.files.end() ? nullptr : &*found;
}

bool has_submitted(const Generation& generation) {
  return file_of(generation, kPatchFile) != nullptr;
}

std::int64_t format_errors_at_end(const std::vector<Generation>& so_far) {
  std::int64_t count = 0;
  for (auto at = so_far.rbegin(); at != so_far.rend() && !bash_action(*at).script; ++at) ++count;
  return count;
}

// In millionths of a cent.
bool is_over_cost(const BashAgentParameters& parameters, const std::vector<Generation>& so_far) {
  std::int64_t cost = 0;
  for (const Generation& generation : so_far) {
    cost += generation.prompt_tokens.value_or(0) * parameters.prompt_price;
    cost += generation.completion_tokens.value_or(0) * parameters.completion_price;
  }
  return parameters.cost > 0 && cost >= parameters.cost * 1'000'000;
}

bool is_complete(const BashAgentParameters& parameters, const std::vector<Generation>& so_far) {
  if (so_far.empty()) return false;
  return has_submitted(so_far.back()) ||
         static_cast<std::int64_t>(so_far.size()) >= parameters.steps ||
         format_errors_at_end(so_far) >= parameters.format_errors ||
         is_over_cost(parameters, so_far);
}

runners::Prompt prompt_after(const StrategyView& view, const BashAgentParameters& parameters) {
  runners::Prompt prompt;
  prompt.messages.push_back({Role::System, std::string(trim(strategy_template("agent-system-1")))});
  prompt.messages.push_back(
      {Role::User, fill_prompt(strategy_template("agent-instance-1"),
                               {{"problem", view.problem.statement},
                                {"marker", std::string(kSubmissionMarker)},
                                {"timeout", std::to_string(parameters.timeout)}})});
  for (const Generation& turn : view.so_far) {
    prompt.messages.push_back({Role::Assistant, turn.text});
    const runners::RecordedFile* observation = file_of(turn, kObservationFile);
    prompt.messages.push_back(
        {Role::User, observation != nullptr ? observation->content : std::string()});
  }
  return prompt;
}

}  // namespace

ActionRequest bash_action(const Generation& generation) {
  ActionRequest request;
  std::vector<std::string> blocks;
  std::string* open = nullptr;
  for (const std::string_view line : split_lines(generation.text)) {
    if (open != nullptr) {
      if (line == "```") {
        open = nullptr;
      } else {
        *open += line;
        *open += '\n';
      }
    } else if (trim(line) == "```bash" || trim(line) == "```sh") {
      open = &blocks.emplace_back();
    }
  }
  const bool is_whole = open == nullptr && generation.finish_reason == runners::FinishReason::Stop;
  if (is_whole && blocks.size() == 1 && !trim(blocks.front()).empty()) {
    request.script = blocks.front();
    return request;
  }
  const std::string found =
      !is_whole ? "The reply was cut off."
                : fmt::format("The reply has {} blocks that begin with ```bash.", blocks.size());
  request.refusal = fmt::format(
      "{} Nothing was run. Give exactly one command, or several joined by && or ||, in exactly one "
      "block:\n\n"
      "THOUGHT: what you are about to do, and why\n\n```bash\ncommand\n```",
      found);
  return request;
}

Result<BashAgentParameters> bash_agent_parameters(std::string_view text) {
  BashAgentParameters parameters;
  if (text.empty()) return parameters;
  EVAL_TRY(read_parameters(text, {{"steps", &parameters.steps, 1, 10'000},
                                  {"timeout", &parameters.timeout, 1, 3'600},
                                  {"format_errors", &parameters.format_errors, 1, 1000},
                                  {"cost", &parameters.cost, 0, 1'000'000},
                                  {"prompt_price", &parameters.prompt_price, 0, 1'000'000},
                                  {"completion_price", &parameters.completion_price, 0, 1'000'000},
                                  {"tokens", &parameters.budget.tokens, 0, 1'000'000'000'000},
                                  {"requests", &parameters.budget.requests, 0, 100'000'000}}));
  return parameters;
}

Strategy bash_agent_strategy(std::string name, const BashAgentParameters& parameters) {
  Strategy strategy;
  strategy.name = std::move(name);
  strategy.has_turns = true;
  strategy.action_of = bash_action;
  strategy.action_time = std::chrono::seconds(parameters.timeout);
  strategy.next = [parameters](const StrategyView& view) {
    std::vector<runners::Prompt> prompts;
    if (is_complete(parameters, view.so_far)) return prompts;
    prompts.push_back(prompt_after(view, parameters));
    keep_in_budget(parameters.budget, view.so_far, prompts);
    return prompts;
  };
  strategy.chosen = [](const StrategyView& view) { return view.so_far.size() - 1; };
  return strategy;
}

}  // namespace eval::evaluator
