#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "reports/report_model.h"

// How far a proof grader is from people, and what that makes of its marks. Pure; seeded.
namespace eval::evaluator {

inline constexpr std::size_t kMarks = 8;      // 0..7
inline constexpr int kSolvedMark = 6;         // "solved": IMO-Bench's and NeMo-Skills' threshold
inline constexpr int kOvergradeHumanMax = 1;  // at most this from people ...
using MarkTable = std::array<std::array<int, kMarks>, kMarks>;  // [people's mark][grader's mark]

// One proof with the mark of people and that of the grader, both of 7.
struct MarkPair {
  std::string problem;  // proofs of one problem are not independent
  double people = 0;
  double grader = 0;
};

// One number of a card; no estimate where it is not defined (a kappa of a single mark).
struct CardFigure {
  std::string name;   // "exact", "within 1", "kappa", ...
  std::string label;  // for people
  std::optional<reports::Estimate> estimate;
  friend bool operator==(const CardFigure&, const CardFigure&) = default;
};

// What is known of a grader: its calibration on one set of proofs that people have marked.
struct GraderCard {
  std::string grader;  // proof::grader_key: who and by which procedure
  std::string set;     // Suite::name, pinned by content
  std::string set_hash;
  int proofs = 0;        // with a mark of the grader
  int without_mark = 0;  // JE: refused, truncated, unparsable
  int canaries = 0;
  int canaries_passed = 0;
  std::vector<CardFigure> figures;
  MarkTable table{};
  std::uint64_t seed = 0;       // of the bootstrap
  std::int64_t created_ms = 0;  // Unix ms, UTC
  friend bool operator==(const GraderCard&, const GraderCard&) = default;
};

// Fills `figures`, `table`, `proofs` and `seed`:
//
//   exact, within 1        shares of proofs, whole marks compared
//   kappa                  Cohen's, weights 1 - (i-j)^2/49 (quadratic)
//   pearson, spearman      of the marks as given; ranks of ties are averaged
//   mae                    mean absolute error of the marks as given, divided by 7
//   solved precision, recall, f1    "solved" is 6 or more; positive is what people call solved
//   overgrade              share of the proofs people give 0 or 1 that the grader calls solved
//
// Intervals are 95 %: Wilson for shares where every problem has one proof; else a percentile bootstrap
// that draws whole problems again (over proofs where every problem has one), or Wilson where the share
// is 0 or 1 and a bootstrap has no width.
GraderCard calibrate(std::span<const MarkPair> pairs, std::uint64_t seed);

// The table alone.
MarkTable mark_table(std::span<const MarkPair> pairs);

// P(grader's mark | people's mark) with its Wilson interval; nullopt where people never gave `people`.
std::optional<reports::Estimate> table_share(const MarkTable& table, int people, int grader);

// With `table_shares`, the shares of each row with their intervals, which reading back leaves out.
Json to_json(const GraderCard& card);
Result<GraderCard> card_from_json(const Json& json);

// A mark in a table of results, for what it says about the mark people would give.
struct KnownMark {
  std::optional<double> mark;  // of 7; nullopt: none (JE, not judged): anything is possible
  bool by_people = false;      // then it is what it is
};

// The distribution of a sum of marks people would give, 0..7 n.
struct TotalDistribution {
  std::vector<double> probability;  // [total]
  double mean = 0;
  int low = 0, high = 0;  // central 95 %
  double at_least(double total) const;
};

// What the card makes of the marks. The posterior of people's mark given the grader's is a Dirichlet
// with the counts of the card's column and one observation spread evenly on top (a mark the card has
// never seen says nothing). Problems of the same mark share their unknown probabilities: they are a
// Dirichlet-multinomial together, not independent draws. It rests on the proofs at hand being like
// those of the calibration set; reports say so.
TotalDistribution total_distribution(const MarkTable& table, std::span<const KnownMark> marks);

}  // namespace eval::evaluator
