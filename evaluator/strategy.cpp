#include "evaluator/strategy.h"

#include <fmt/format.h>

#include "base/text.h"

namespace eval::evaluator {
namespace {

std::optional<runners::Prompt> single_shot(const runners::Prompt& first,
                                           const std::vector<runners::Generation>& so_far) {
  if (!so_far.empty()) return std::nullopt;
  return first;
}

}  // namespace

std::vector<std::string> strategy_names() {
  return {"single_shot"};
}

Result<Strategy> strategy_from_name(std::string_view name) {
  if (name == "single_shot") return Strategy{"single_shot", single_shot};
  const auto close = closest_match(name, strategy_names());
  return fail(ErrorCode::Usage, fmt::format("there is no strategy \"{}\"", name), {},
              close ? fmt::format("did you mean \"{}\"?", *close)
                    : "known: " + join(strategy_names(), ", "));
}

}  // namespace eval::evaluator
