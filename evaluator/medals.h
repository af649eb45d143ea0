#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "judges/verdict.h"
#include "reports/report_model.h"

// What a score would have earned at a contest, from medals.json beside this file, which is part of
// the program: cutoffs by contest and year with their source and how sure they are.
namespace eval::evaluator {

enum class ContestKind { Imo, Ioi, IcpcWorldFinals };

// By the form of the key: "imo-2025", "ioi-2025", "icpc-wf-2025"; nullopt for any other. The year need
// not be in the table.
std::optional<ContestKind> contest_kind(std::string_view contest);

// Keys of all contests in the table, by contest and year.
std::vector<std::string> list_contests();

struct ContestScore {
  double score = 0;                    // points; for ICPC the number of problems solved
  int problems = 0;                    // how many of the contest's problems the run has
  std::optional<double> penalty = {};  // ICPC: minutes, where a time model is declared
};

// The medal, the distance to each cutoff, and for ICPC the range of ranks. The system is ranked as one
// more participant. "unknown" where a cutoff that would decide is not known, or where the penalty
// would. NotFound with the closest key for a contest that is not in the table.
Result<reports::MedalOutcome> medal_outcome(std::string_view contest, const ContestScore& score);

// A declared answer to "when would a system have submitted?", since a run has no contest clock:
// attempt i (from 0) of every problem is submitted i + 1 times this many minutes after the start, the
// problems in parallel.
struct IcpcTimeModel {
  double minutes_per_attempt = 0;
  friend bool operator==(const IcpcTimeModel&, const IcpcTimeModel&) = default;
};

// Penalty minutes under the rules of the ICPC World Finals: for each solved problem the minute of
// acceptance (rounded down) and 20 for each rejected run before it. Compile errors are free, and what
// was never a submission (NA, JE, IE, not judged) cannot be rejected. `problems` holds the verdicts of
// each problem's attempts in order.
double icpc_penalty(std::span<const std::vector<std::optional<judges::Verdict>>> problems,
                    const IcpcTimeModel& model);

}  // namespace eval::evaluator
