#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runners/runner.h"

// What happens inside one attempt, between its first prompt and the generation that is judged.
namespace eval::evaluator {

// A value: its name goes into the manifest, `next` decides the next turn from what was said so far
// and must be pure, so that an attempt can be replayed.
struct Strategy {
  std::string name;
  // The prompt of the next turn, nullopt when the attempt is complete. `first` is the problem's
  // prompt; `so_far` has the generation of every turn before.
  std::function<std::optional<runners::Prompt>(const runners::Prompt& first,
                                               const std::vector<runners::Generation>& so_far)>
      next;
};

// "single_shot": the problem's prompt once, and its generation is judged.
std::vector<std::string> strategy_names();

// Usage for an unknown name, with the closest one.
Result<Strategy> strategy_from_name(std::string_view name);

}  // namespace eval::evaluator
