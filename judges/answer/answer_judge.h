#pragma once

#include <memory>
#include <optional>

#include "judges/judge.h"
#include "judges/proof/ask.h"

namespace eval::judges::answer {

inline constexpr const char* kAnswerJudgeVersion = "1";

struct AnswerJudgeOptions {
  // Asked where our own code cannot decide; nullopt: such answers are JE.
  std::optional<proof::ProofGrader> model;
  proof::AskOptions ask;
};

// Judges final answers of is_answer_only problems: AC or WA by our own code (equivalence.h); what it
// cannot decide goes to the model. Both are tests of the Judgement: "own code" (verdict JE, run_status
// "undecided" where it cannot tell) and "model (NAME)". Without a model, or with no readable reply
// from it, the verdict is JE: never a zero.
std::unique_ptr<Judge> make_answer_judge(AnswerJudgeOptions options);

}  // namespace eval::judges::answer
