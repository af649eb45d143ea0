#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// Final answers as values: numbers, expressions, lists, tuples, intervals, definitions.
namespace eval::judges::answer {

struct Node;
using NodePtr = std::shared_ptr<const Node>;

// An expression. `Number` holds its digits ("12", "0.75"), so that no digit is lost.
struct Node {
  enum class Kind { Number, Variable, Add, Multiply, Divide, Power, Negate, Call };
  Kind kind = Kind::Number;
  std::string text;  // digits, variable, or function ("sqrt", "sin", "binom", "floor", ...)
  std::vector<NodePtr> children;
};

// What an answer is, taken apart as far as it can be.
struct FinalAnswer {
  enum class Kind {
    Expression,  // `value`
    List,        // several answers, in no order: "a, b", "{a, b}", "\pm a"
    Tuple,       // "(a, b, c)"; a pair may also be an open interval
    Interval,    // "[a, b)"
    Union,       // of intervals
    Definition,  // "f(x) = value": `name`, `arguments`
    Equation,    // "lhs = rhs": elements[0] and elements[1]
  };
  Kind kind = Kind::Expression;
  NodePtr value;
  std::vector<FinalAnswer> elements;
  std::string name;
  std::vector<std::string> arguments;
  bool closed_low = false;
  bool closed_high = false;
};

// Reads LaTeX or plain text. nullopt for anything with words, conditions or signs this grammar does
// not have: such an answer is for others to judge.
std::optional<FinalAnswer> parse_answer(std::string_view text);

// The variables in an expression ("x", "alpha"); constants like pi and e are none.
std::set<std::string> variables_of(const NodePtr& node);

}  // namespace eval::judges::answer
