#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eval::judges::answer {

// A piece of an answer. Kinds: '0' number, 'x' variable, 'f' function, 'w' "and"/"or", and the
// character itself for + - * / ^ _ ! ( ) [ ] { } , = | and
//   '<' '>'  \{ and \}      'L' 'R'  \lfloor \rfloor    'l' 'r'  \lceil \rceil
//   'p' \pm  'U' \cup       'F' \frac   'B' \binom      'S' \sqrt  'I' \infty
struct Token {
  char kind = '0';
  std::string text;
};

// nullopt for a sign or word that answers made of formulas do not have. Dollar signs, spacing
// commands, \left and \right, units and a final full stop are dropped.
std::optional<std::vector<Token>> tokenise(std::string_view text);

}  // namespace eval::judges::answer
