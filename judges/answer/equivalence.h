#pragma once

#include <string>
#include <string_view>

namespace eval::judges::answer {

enum class Equivalence {
  Same,
  Different,
  Undecided,  // our code cannot tell: words, conditions, forms it does not know
};

struct Comparison {
  Equivalence outcome = Equivalence::Undecided;
  std::string reason;  // a few words: "both are 1/2", "2 answers against 3"
};

// Whether two final answers mean the same. Exact where both are rational (numbers of any size; a
// decimal is exactly what it says, so 0.33 is not 1/3); else at random points of the variables in
// extended precision, to a relative 1e-12. Lists are compared without order; (a, b), {a, b} and [a, b)
// are different things, but "(a, b)" may be a pair or an open interval.
//
// Different is said only where both sides are understood: constants that differ, or functions of the
// same variables that differ somewhere. Everything else is Undecided.
Comparison compare_answers(std::string_view reference, std::string_view given);

}  // namespace eval::judges::answer
