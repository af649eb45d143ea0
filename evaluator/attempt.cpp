#include "evaluator/attempt.h"

#include <limits>

#include "base/random.h"

namespace eval::evaluator {

std::uint64_t seed_of_turn(std::uint64_t attempt_seed, int turn) {
  constexpr std::uint64_t kPositive = std::numeric_limits<std::int64_t>::max();
  if (turn == 0) return attempt_seed;
  return derive_seed(attempt_seed, "turn", static_cast<std::uint64_t>(turn)) & kPositive;
}

std::string_view attempt_state_name(AttemptState state) {
  switch (state) {
    case AttemptState::Planned:
      return "planned";
    case AttemptState::Generated:
      return "generated";
    case AttemptState::Judged:
      return "judged";
    case AttemptState::Failed:
      return "failed";
  }
  return "";
}

std::string_view stage_name(Stage stage) {
  switch (stage) {
    case Stage::Generate:
      return "generate";
    case Stage::Extract:
      return "extract";
    case Stage::Judge:
      return "judge";
  }
  return "";
}

std::optional<judges::Verdict> Attempt::verdict() const {
  if (state == AttemptState::Failed) return judges::Verdict::IE;
  if (judgements.empty()) return std::nullopt;
  return judgements.back().verdict;
}

double Attempt::points() const {
  if (state == AttemptState::Failed || judgements.empty()) return 0;
  return judgements.back().points;
}

bool Attempt::truncated() const {
  return !generations.empty() && generations.back().finish_reason == runners::FinishReason::Length;
}

}  // namespace eval::evaluator
