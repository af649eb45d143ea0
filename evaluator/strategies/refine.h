#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluator/strategies/parameters.h"
#include "evaluator/strategy.h"

// generate_verify_refine: DeepSeekMath-V2's loop (2025), as Nemotron-Cascade 2 runs it too.
//
//   round 1   `proofs` solutions, each with a self-evaluation
//   then      each new proof is verified `verifications` times (0, 0.5, 1); the proofs are ranked by
//             mean score, then self-score, then age; the loop ends when the best mean reaches
//             `stop` or after `rounds`
//   round n   the best `pool` proofs of all rounds, each with `analyses` of its evaluations (lowest
//             scores first), are refined `refinements` times each
//
// Replies that are cut off or lack their section or score are dropped, as the released code does. The
// best proof is judged. Verifying and refining see the proof quoted and inert (judges/proof/prompts.h).
namespace eval::evaluator {

struct RefineParameters {
  std::int64_t proofs = 4;
  std::int64_t verifications = 4;
  std::int64_t pool = 2;
  std::int64_t analyses = 4;
  std::int64_t refinements = 2;
  std::int64_t rounds = 2;
  // The loop ends at this mean score. 99999 millionths, not 1: the released code's > 0.99999.
  double stop = 0.99999;
  // Analyses come evenly from each score where there are several (the released code), else simply the
  // lowest.
  bool spreads_analyses = false;
  // Meta-verification: each evaluation of 0.75 or less is itself judged so often; one that gets a mean
  // below 0.5 does not count. 0: off, as in all published runs.
  std::int64_t meta = 0;
  StrategyBudget budget;
};

// "deepseekmath-v2"            the released script: 128 proofs, 64 verifications, 32 x 8, 4 each, 16 rounds
// "deepseekmath-v2-paper"      the paper's search: 64, 64, 64 x 8, 1 each, 16 rounds, all 64 must pass
// "nemotron-cascade-2"         128, 64, 32 x 8, 4 each, 8 rounds
// "nemotron-cascade-2-reduced" 32, 16, 8 x 8, 4 each, 2 rounds (ProofBench Basic and some Advanced)
// "small"                      ours, to try things out: 4, 4, 2 x 4, 2 each, 2 rounds
std::vector<std::string> refine_preset_names();

// From "PRESET" or "PRESET,name=value,..." or "name=value,..." (then "small" is the base). Parameters:
// proofs, verifications, pool, analyses, refinements, rounds, meta, tokens, requests.
Result<RefineParameters> refine_parameters(std::string_view text);

Strategy refine_strategy(std::string name, const RefineParameters& parameters);

}  // namespace eval::evaluator
