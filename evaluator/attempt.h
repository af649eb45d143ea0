#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "judges/judgement.h"
#include "judges/submission.h"
#include "runners/runner.h"

namespace eval::evaluator {

enum class AttemptState { Planned, Generated, Judged, Failed };
std::string_view attempt_state_name(
    AttemptState state);  // "planned", "generated", "judged", "failed"

// The seed of a turn: the first one's is the attempt's; the others, which may share a prompt, have each
// their own.
std::uint64_t seed_of_turn(std::uint64_t attempt_seed, int turn);

// At which stage an attempt's error happened.
enum class Stage { Generate, Extract, Judge };
std::string_view stage_name(Stage stage);

struct AttemptError {
  Stage stage = Stage::Generate;
  int try_number = 1;
  Error error;
  std::int64_t at_ms = 0;
  friend bool operator==(const AttemptError&, const AttemptError&) = default;
};

// A submission with how it came about.
struct ExtractedSubmission {
  judges::Submission submission;
  std::string rule;  // extraction rule, or "verbatim"
  friend bool operator==(const ExtractedSubmission&, const ExtractedSubmission&) = default;
};

// One independent try: (run, problem, index), with its own seed, and all that happened in it.
struct Attempt {
  std::int64_t id = 0;  // row id in the store
  std::string problem_id;
  int index = 0;
  std::uint64_t seed = 0;
  AttemptState state = AttemptState::Planned;
  std::optional<runners::Prompt> prompt;
  std::vector<runners::Generation> generations;   // one per turn
  std::optional<ExtractedSubmission> submission;  // the one judged
  // Oldest first, those by people after all others; the last counts.
  std::vector<judges::Judgement> judgements;
  std::vector<AttemptError> errors;
  friend bool operator==(const Attempt&, const Attempt&) = default;

  // The verdict that counts: the latest judgement's, IE if the attempt failed, nullopt if not judged.
  std::optional<judges::Verdict> verdict() const;
  double points() const;
  bool truncated() const;  // the last generation ended by length
};

}  // namespace eval::evaluator
