#include "evaluator/strategy.h"

#include <fmt/format.h>

#include "base/text.h"
#include "evaluator/strategies/bash_agent.h"
#include "evaluator/strategies/refine.h"
#include "evaluator/strategies/self_repair.h"
#include "evaluator/strategies/verify_until.h"

namespace eval::evaluator {
namespace {

constexpr std::string_view kRefine = "generate_verify_refine";
constexpr std::string_view kBashAgent = "bash_agent";
constexpr std::string_view kVerifyUntil = "verify_until";
constexpr std::string_view kSelfRepair = "self_repair";

Strategy single_shot() {
  Strategy strategy;
  strategy.name = "single_shot";
  strategy.next = [](const StrategyView& view) {
    std::vector<runners::Prompt> prompts;
    if (view.so_far.empty()) prompts.push_back(view.first);
    return prompts;
  };
  strategy.chosen = [](const StrategyView& view) { return view.so_far.size() - 1; };
  return strategy;
}

}  // namespace

std::vector<std::string> strategy_names() {
  std::vector<std::string> names = {"single_shot"};
  for (const std::string& preset : refine_preset_names()) {
    names.push_back(fmt::format("{}:{}", kRefine, preset));
  }
  names.emplace_back(kVerifyUntil);
  names.emplace_back(kBashAgent);
  names.emplace_back(kSelfRepair);
  return names;
}

Result<Strategy> strategy_from_name(std::string_view name) {
  const std::size_t colon = name.find(':');
  const std::string_view head = name.substr(0, colon);
  const std::string_view tail = colon == std::string_view::npos ? "" : name.substr(colon + 1);
  if (name == "single_shot") return single_shot();
  if (name == kSelfRepair) return self_repair_strategy(std::string(name));
  if (head == kRefine && !tail.empty()) {
    return refine_strategy(std::string(name), EVAL_TRY(refine_parameters(tail)));
  }
  if (head == kVerifyUntil) {
    return verify_until_strategy(std::string(name), EVAL_TRY(verify_until_parameters(tail)));
  }
  if (head == kBashAgent) {
    return bash_agent_strategy(std::string(name), EVAL_TRY(bash_agent_parameters(tail)));
  }
  const auto close = closest_match(name, strategy_names());
  return fail(ErrorCode::Usage, fmt::format("there is no strategy \"{}\"", name), {},
              close ? fmt::format("did you mean \"{}\"?", *close)
                    : "known: " + join(strategy_names(), ", "));
}

}  // namespace eval::evaluator
