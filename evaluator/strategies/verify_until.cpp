#include "evaluator/strategies/verify_until.h"

#include <utility>

#include "base/text.h"
#include "judges/proof/prompts.h"

namespace eval::evaluator {
namespace {

using judges::proof::fill_prompt;
using runners::Generation;
using runners::Prompt;

std::string proof_of(const Generation& generation) {
  std::string section = solution_section(generation.text);
  return section.empty() ? std::string(trim(generation.text)) : section;
}

// The prompt that follows the generations so far (nullopt: complete), and the turn of the solution
// that stands.
struct Step {
  std::optional<Prompt> prompt;
  std::size_t solution = 0;
};

class Walk {
 public:
  Walk(const VerifyUntilParameters& parameters, const StrategyView& view)
      : parameters_(parameters), view_(view) {}

  Step run() {
    if (!take_solution(view_.first)) return step_;
    if (!take_solution(with_proof("improve-1", ""))) return step_;
    std::int64_t passes = 0;
    std::int64_t failures = 0;
    for (std::int64_t iteration = 0; iteration < parameters_.iterations; ++iteration) {
      const Generation* report = take(verify_prompt());
      if (report == nullptr) return step_;
      const auto score = report->finish_reason == runners::FinishReason::Stop
                             ? boxed_score(report->text)
                             : std::nullopt;
      if (!score) continue;
      if (*score >= 1) {
        failures = 0;
        if (++passes == parameters_.passes) return step_;
        continue;
      }
      passes = 0;
      if (++failures == parameters_.failures) return step_;
      if (!take_solution(with_proof("correct-1", judges::proof::make_inert(report->text)))) {
        return step_;
      }
    }
    return step_;
  }

 private:
  const Generation* take(Prompt prompt) {
    if (at_ < view_.so_far.size()) return &view_.so_far[at_++];
    step_.prompt = std::move(prompt);
    return nullptr;
  }

  // A reply that was cut off does not replace a whole solution.
  bool take_solution(Prompt prompt) {
    const std::size_t turn = at_;
    const Generation* generation = take(std::move(prompt));
    if (generation == nullptr) return false;
    const bool is_whole = generation->finish_reason == runners::FinishReason::Stop;
    if (is_whole || turn == 0) step_.solution = turn;
    return true;
  }

  Prompt with_proof(std::string_view name, const std::string& evaluations) const {
    const std::string proof = judges::proof::make_inert(proof_of(view_.so_far[step_.solution]));
    return user_prompt(fill_prompt(
        strategy_template(name),
        {{"problem", view_.problem.statement}, {"proof", proof}, {"evaluations", evaluations}}));
  }

  Prompt verify_prompt() const {
    const auto quoted = judges::proof::quote_proof(proof_of(view_.so_far[step_.solution]),
                                                   view_.problem.content_hash);
    return user_prompt(fill_prompt(
        judges::proof::prompt_template("verifier-1"),
        {{"problem", view_.problem.statement}, {"proof", quoted.text}, {"nonce", quoted.nonce}}));
  }

  const VerifyUntilParameters& parameters_;
  const StrategyView& view_;
  std::size_t at_ = 0;
  Step step_;
};

}  // namespace

Result<VerifyUntilParameters> verify_until_parameters(std::string_view text) {
  VerifyUntilParameters parameters;
  if (text.empty()) return parameters;
  EVAL_TRY(read_parameters(text, {{"passes", &parameters.passes, 1, 1000},
                                  {"failures", &parameters.failures, 1, 1000},
                                  {"iterations", &parameters.iterations, 1, 10'000},
                                  {"tokens", &parameters.budget.tokens, 0, 1'000'000'000'000},
                                  {"requests", &parameters.budget.requests, 0, 100'000'000}}));
  return parameters;
}

Strategy verify_until_strategy(std::string name, const VerifyUntilParameters& parameters) {
  Strategy strategy;
  strategy.name = std::move(name);
  strategy.has_turns = true;
  strategy.next = [parameters](const StrategyView& view) {
    std::vector<Prompt> prompts;
    if (auto prompt = Walk(parameters, view).run().prompt) prompts.push_back(*std::move(prompt));
    keep_in_budget(parameters.budget, view.so_far, prompts);
    return prompts;
  };
  strategy.chosen = [parameters](const StrategyView& view) {
    return Walk(parameters, view).run().solution;
  };
  return strategy;
}

}  // namespace eval::evaluator
