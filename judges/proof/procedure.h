#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "judges/verdict.h"

// How a proof gets its mark: which prompts, how many gradings, and what is made of them. All of it is
// in the name, because the choice moves a model by a third of the scale.
namespace eval::judges::proof {

// What markers give, whatever the problem's own full marks are.
inline constexpr double kMarkMax = 7;

enum class MarkAggregation {
  Mean,
  Min,
  Median,    // of an even number the lower middle one
  Majority,  // the most frequent mark, of several the lowest
  AnyZero,   // 0 if any marker gave 0, else the mean (Nemotron-Cascade 2 on ProofBench)
};
std::string_view mark_aggregation_name(MarkAggregation aggregation);  // "mean", ..., "any-zero"

enum class Preset {
  ProofAutoGrader,  // marks 0, 1, 6, 7; the first points tag counts (IMO-Bench)
  MathArena,        // scheme from the reference, neutral rewriting, second round on disagreement
  Verifier,         // 0, 0.5 or 1, times 7 (DeepSeekMath-V2); sees neither reference nor rubric
  Rubric,           // 0..7 against the rubric, part by part (ours)
};
std::string_view preset_name(Preset preset);  // "proofautograder", "matharena", ...

// A named, versioned way to grade: "proofautograder-v1:any-zero-64".
struct Procedure {
  Preset preset = Preset::Rubric;
  int version = 1;  // of the preset's prompts and parser; a changed word is a new version
  MarkAggregation aggregation = MarkAggregation::Median;
  int gradings = 3;
  std::string name() const;
  friend bool operator==(const Procedure&, const Procedure&) = default;
};

// More gradings of one proof than this is a slip of the finger.
inline constexpr int kGradingsMax = 1024;

// From "PRESET", "PRESET-vN", each with ":AGGREGATION-COUNT" behind it or not, and "any-zero-N" for
// "proofautograder-v1:any-zero-N". Without an aggregation: proofautograder mean-1, matharena min-3,
// verifier mean-8, rubric-0-7 median-3. Usage for anything else, with the closest name.
Result<Procedure> procedure_from_name(std::string_view name);
std::vector<std::string> procedure_names();  // those that can be written without parameters

// Precondition: not empty.
double aggregate_marks(std::span<const double> marks, MarkAggregation aggregation);

// A mark as a whole number 0..7: the nearest, halves down, so that doubt never counts for a proof.
int whole_mark(double mark);

// AC for a whole mark of 7, WA for 0, PC between. Points keep their fraction.
Verdict verdict_of_mark(double mark);

// At least this many of `gradings` must have brought a mark: more than half. With fewer the proof has
// no mark (JE); the others are counted apart.
int quorum(int gradings);

}  // namespace eval::judges::proof
