#include "evaluator/strategies/self_repair.h"

#include <utility>
#include <vector>

#include "evaluator/feedback.h"
#include "evaluator/livecodebench_prompt.h"
#include "evaluator/prompt.h"

namespace eval::evaluator {

Strategy self_repair_strategy(std::string name) {
  Strategy strategy;
  strategy.name = std::move(name);
  strategy.has_turns = true;
  strategy.judged_turns = 1;
  strategy.next = [](const StrategyView& view) {
    std::vector<runners::Prompt> prompts;
    if (view.so_far.empty()) prompts.push_back(view.first);
    if (view.so_far.size() != 1) return prompts;
    const auto feedback = feedback_of(view.so_far.front());
    if (feedback && !feedback->is_accepted) {
      prompts.push_back(livecodebench_repair_prompt(livecodebench_style_of(view.prompt_template),
                                                    view.problem.statement, feedback->code,
                                                    feedback->metadata));
    }
    return prompts;
  };
  strategy.chosen = [](const StrategyView& view) { return view.so_far.size() - 1; };
  return strategy;
}

}  // namespace eval::evaluator
