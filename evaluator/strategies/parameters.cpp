#include "evaluator/strategies/parameters.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/embedded.h"
#include "base/text.h"
#include "judges/proof/reply_parser.h"

EVAL_EMBEDDED(eval_strategy_agent_instance_1)
EVAL_EMBEDDED(eval_strategy_agent_system_1)
EVAL_EMBEDDED(eval_strategy_generate_1)
EVAL_EMBEDDED(eval_strategy_refine_1)
EVAL_EMBEDDED(eval_strategy_meta_verify_1)
EVAL_EMBEDDED(eval_strategy_improve_1)
EVAL_EMBEDDED(eval_strategy_correct_1)

namespace eval::evaluator {

void keep_in_budget(const StrategyBudget& budget, const std::vector<runners::Generation>& so_far,
                    std::vector<runners::Prompt>& prompts) {
  std::size_t room = kTurnsAtOnce;
  if (budget.requests > 0) {
    const auto used = static_cast<std::int64_t>(so_far.size());
    room =
        std::min(room, static_cast<std::size_t>(std::max<std::int64_t>(0, budget.requests - used)));
  }
  if (budget.tokens > 0) {
    std::int64_t used = 0;
    for (const runners::Generation& generation : so_far) {
      used += generation.prompt_tokens.value_or(0) + generation.completion_tokens.value_or(0);
    }
    if (used >= budget.tokens) room = 0;
  }
  if (prompts.size() > room) prompts.resize(room);
}

Result<void> read_parameters(std::string_view text, const std::vector<StrategyParameter>& known) {
  for (const std::string& entry : split(text, ',')) {
    const std::size_t equals = entry.find('=');
    const std::string name(trim(entry.substr(0, equals)));
    const auto found = std::ranges::find(known, std::string_view(name), &StrategyParameter::name);
    if (found == known.end()) {
      std::vector<std::string> names;
      for (const StrategyParameter& parameter : known) names.emplace_back(parameter.name);
      const auto close = closest_match(name, names);
      return fail(
          ErrorCode::Usage, fmt::format("the strategy has no parameter \"{}\"", name), {},
          close ? fmt::format("did you mean \"{}\"?", *close) : "known: " + join(names, ", "));
    }
    const auto value =
        equals == std::string::npos ? std::nullopt : parse_integer(entry.substr(equals + 1));
    if (!value || *value < found->least || *value > found->most) {
      return fail(ErrorCode::Usage, fmt::format("\"{}\" should be a whole number from {} to {}",
                                                name, found->least, found->most));
    }
    *found->value = *value;
  }
  return {};
}

std::string solution_section(std::string_view reply) {
  const std::vector<std::string_view> lines = split_lines(reply);
  const auto heading = [](std::string_view line, std::string_view words) {
    line = trim(line);
    if (!line.starts_with('#')) return false;
    const std::size_t start = line.find_first_not_of("# *");
    if (start == std::string_view::npos) return false;
    return to_lower(line.substr(start)).starts_with(words);
  };
  const auto start =
      std::ranges::find_if(lines, [&](std::string_view line) { return heading(line, "solution"); });
  if (start == lines.end()) return {};
  std::string section;
  for (auto line = start + 1; line != lines.end() && !heading(*line, "self evaluation") &&
                              !heading(*line, "self-evaluation");
       ++line) {
    section += *line;
    section += '\n';
  }
  return std::string(trim(section));
}

std::optional<double> boxed_score(std::string_view reply) {
  const auto mark = judges::proof::parse_mark(reply, judges::proof::Preset::Verifier);
  if (!mark) return std::nullopt;
  return mark->mark / judges::proof::kMarkMax;
}

runners::Prompt user_prompt(std::string text) {
  runners::Prompt prompt;
  prompt.messages.push_back({runners::Role::User, std::move(text)});
  return prompt;
}

std::string_view strategy_template(std::string_view name) {
  if (name == "generate-1") return eval_strategy_generate_1();
  if (name == "refine-1") return eval_strategy_refine_1();
  if (name == "meta-verify-1") return eval_strategy_meta_verify_1();
  if (name == "agent-system-1") return eval_strategy_agent_system_1();
  if (name == "agent-instance-1") return eval_strategy_agent_instance_1();
  if (name == "improve-1") return eval_strategy_improve_1();
  EVAL_CHECK(name == "correct-1");
  return eval_strategy_correct_1();
}

}  // namespace eval::evaluator
