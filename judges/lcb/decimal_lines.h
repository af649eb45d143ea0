#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// How LiveCodeBench compares what a program printed with what was expected. Pure.
namespace eval::judges {

// A number as Python's decimal module reads it, exact: digits x 10^exponent.
struct DecimalValue {
  enum class Kind { Finite, Infinite, QuietNan, SignallingNan };
  Kind kind = Kind::Finite;
  bool negative = false;
  std::string digits;  // without leading or trailing zeros; empty for zero and for no finite number
  long long exponent = 0;
  friend bool operator==(const DecimalValue&, const DecimalValue&) = default;
};

// `text` by the grammar of decimal.Decimal: sign, digits (of any script) with a point, exponent; or
// inf, infinity, nan, snan in any case, NaNs with digits behind them. Underscores are ignored wherever
// they stand. nullopt for all else, and for exponents that the module refuses.
std::optional<DecimalValue> parse_decimal(std::string_view text);

struct LineComparison {
  bool equal = false;
  // The official evaluator itself fails (an sNaN is compared): error code -4 and not -2.
  bool raises = false;
  std::string message;  // where the texts differ, in the official evaluator's words; empty if equal
  friend bool operator==(const LineComparison&, const LineComparison&) = default;
};

// Both texts stripped, split at "\n", each line stripped (white space as Unicode has it). The number
// of lines must agree; a pair of lines is equal as text, or if both split into words that are all
// decimals and the lists are equal as numbers. There is no tolerance.
LineComparison compare_decimal_lines(std::string_view expected, std::string_view output);

}  // namespace eval::judges
