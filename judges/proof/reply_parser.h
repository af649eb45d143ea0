#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "judges/proof/procedure.h"

// What a grader wrote -> a mark. Pure. A reply without a mark in exactly the form asked for has none:
// guessing one would turn a fault of the grader into a mark of the proof.
namespace eval::judges::proof {

struct PartMark {
  int number = 0;  // 1-based, as in the rubric
  double points = 0;
  std::string comment;
  friend bool operator==(const PartMark&, const PartMark&) = default;
};

struct ParsedMark {
  double mark = 0;  // 0..7
  std::vector<PartMark> parts;
  std::string comment;  // for people
  friend bool operator==(const ParsedMark&, const ParsedMark&) = default;
};

// By preset:
//   proofautograder  the first <points>N out of 7</points>, N one of 0, 1, 6, 7
//   verifier         the last \boxed{S}, S one of 0, 0.5, 1 (times 7)
//   matharena        the last <points>N</points>, N whole and 0..7
//   rubric-0-7       all <points>N</points> must agree; where there are <part>s, N is their sum
std::optional<ParsedMark> parse_mark(std::string_view reply, Preset preset);

// The text between the last <name> and the </name> behind it; nullopt if it is not there or empty.
std::optional<std::string> tagged_text(std::string_view reply, std::string_view name);

// The content of the last \boxed{...} with its braces balanced; nullopt if there is none.
std::optional<std::string> last_boxed(std::string_view text);

}  // namespace eval::judges::proof
