#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "runners/runner.h"

// What the store keeps about reproducing completions.
namespace eval::evaluator {

// A completion whose token ids are known by their hash, and all that is needed to ask for it again.
struct StoredCompletion {
  std::string problem_id;
  int attempt = 0;
  int turn = 0;
  std::uint64_t attempt_seed = 0;
  runners::Prompt prompt;
  std::string token_hash;
  std::string fingerprint;
};

// What came of replaying a share of a run: `evalctl model verify-repro`.
struct ReproCheck {
  std::string fingerprint;             // of the runner that replayed
  double share = 0;                    // asked for
  int stored = 0;                      // completions of the run with a token hash
  int replayed = 0;                    // replays compared; one completion counts once for each way
  int equal = 0;                       // of those
  std::vector<std::string> ways;       // "3 at once, shuffled"
  std::vector<std::string> differing;  // "quickstart/ferry attempt 2 turn 0 (3 at once, shuffled)"
  std::int64_t made_ms = 0;            // Unix ms, UTC
  friend bool operator==(const ReproCheck&, const ReproCheck&) = default;
};
Json to_json(const ReproCheck& check);
Result<ReproCheck> repro_check_from_json(const Json& json);

}  // namespace eval::evaluator
