#pragma once

#include <map>
#include <optional>
#include <string>

#include "judges/verdict.h"

namespace eval::judges {

// The files of a checker's feedback folder, by name. They live on between the passes of a multi-pass
// problem.
using Feedback = std::map<std::string, std::string>;

// What a checker said about one output.
struct CheckOutcome {
  Verdict verdict = Verdict::JE;  // AC, WA, PC for a fraction below 1, or JE: the checker failed
  std::optional<double> points;   // from score.txt, or a testlib checker's points
  // A factor of the testcase's full score: score_multiplier.txt (always AC), or a CMS outcome.
  std::optional<double> fraction;
  std::string message;
  Feedback feedback = {};  // what the checker left, for the next pass
  friend bool operator==(const CheckOutcome&, const CheckOutcome&) = default;
};

}  // namespace eval::judges
