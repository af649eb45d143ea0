#include "judges/answer/equivalence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/text.h"
#include "judges/answer/expression.h"
#include "judges/answer/value.h"

namespace eval::judges::answer {
namespace {

// Points tried, and how many must be usable: two functions that agree at six random points and differ
// do not occur by accident.
constexpr int kPointsMax = 40;
constexpr int kPointsWanted = 6;
constexpr std::uint64_t kSeed = 20250715;
// Two lists of more elements than this are not compared pair by pair.
constexpr std::size_t kElementsMax = 200;

Comparison same(std::string reason) {
  return {Equivalence::Same, std::move(reason)};
}
Comparison different(std::string reason) {
  return {Equivalence::Different, std::move(reason)};
}
Comparison undecided(std::string reason) {
  return {Equivalence::Undecided, std::move(reason)};
}

Comparison compare(const FinalAnswer& a, const FinalAnswer& b);

Comparison compare_constants(const NodePtr& a, const NodePtr& b) {
  const auto x = evaluate(a, {});
  const auto y = evaluate(b, {});
  if (!x || !y) return undecided("a value cannot be computed");
  if (are_equal(*x, *y)) return same("both are " + to_text(*x));
  return different(fmt::format("{} against {}", to_text(*x), to_text(*y)));
}

// Whole numbers first: many answers hold n with factorials or binomials, which fractions do not have.
Value coordinate(SplitMix64& random, int round) {
  if (round < kPointsMax / 2) return make_value(static_cast<long long>(random.below(12)) + 2, 1);
  const long long sign = random.below(2) == 0 ? 1 : -1;
  return make_value(sign * (static_cast<long long>(random.below(90)) + 1),
                    static_cast<long long>(random.below(12)) + 1);
}

Comparison compare_functions(const NodePtr& a, const NodePtr& b,
                             const std::set<std::string>& names) {
  SplitMix64 random(kSeed);
  int agreed = 0;
  for (int round = 0; round < kPointsMax && agreed < kPointsWanted * 2; ++round) {
    Point point;
    for (const std::string& name : names) point.emplace(name, coordinate(random, round));
    const auto x = evaluate(a, point);
    const auto y = evaluate(b, point);
    if (!x && !y) continue;
    if (!x || !y) return undecided("one is defined where the other is not");
    if (!are_equal(*x, *y)) {
      return different(fmt::format("{} against {} at a point", to_text(*x), to_text(*y)));
    }
    ++agreed;
  }
  if (agreed < kPointsWanted) return undecided("too few points at which both are defined");
  return same(fmt::format("equal at {} points", agreed));
}

bool is_infinite(const NodePtr& node) {
  return node->kind == Node::Kind::Variable && node->text.ends_with("infinity");
}

Comparison compare_values(const NodePtr& a, const NodePtr& b) {
  if (is_infinite(a) || is_infinite(b)) {
    if (!is_infinite(a) || !is_infinite(b)) return different("infinite against finite");
    return a->text == b->text ? same("both infinite") : different("infinite of other sign");
  }
  std::set<std::string> names = variables_of(a);
  const std::set<std::string> others = variables_of(b);
  if (names.empty() && others.empty()) return compare_constants(a, b);
  if (names != others) {
    names.insert(others.begin(), others.end());
    Comparison result = compare_functions(a, b, names);
    if (result.outcome == Equivalence::Different) return undecided("the variables differ");
    return result;
  }
  return compare_functions(a, b, names);
}

// The expression with each argument renamed to its position, so that f(t) = t and f(x) = x agree.
NodePtr with_positions(const NodePtr& node, const std::vector<std::string>& arguments) {
  if (node->kind == Node::Kind::Variable) {
    const auto found = std::ranges::find(arguments, node->text);
    if (found == arguments.end()) return node;
    return std::make_shared<const Node>(
        Node{Node::Kind::Variable, fmt::format("#{}", found - arguments.begin()), {}});
  }
  Node copy{node->kind, node->text, {}};
  for (const NodePtr& child : node->children) {
    copy.children.push_back(with_positions(child, arguments));
  }
  return std::make_shared<const Node>(std::move(copy));
}

Comparison compare_definitions(const FinalAnswer& a, const FinalAnswer& b) {
  if (a.arguments.size() != b.arguments.size()) return undecided("definitions of other form");
  Comparison result =
      compare_values(with_positions(a.value, a.arguments), with_positions(b.value, b.arguments));
  const bool is_plain = a.arguments.empty();
  if (is_plain && a.name != b.name && result.outcome != Equivalence::Same) {
    return undecided("the names differ");
  }
  return result;
}

bool all_constant(const FinalAnswer& answer) {
  if (answer.kind == FinalAnswer::Kind::Expression ||
      answer.kind == FinalAnswer::Kind::Definition) {
    return variables_of(answer.value).empty();
  }
  return answer.kind != FinalAnswer::Kind::Equation &&
         std::ranges::all_of(answer.elements, all_constant);
}

Comparison compare_in_order(const FinalAnswer& a, const FinalAnswer& b) {
  if (a.elements.size() != b.elements.size()) {
    return different(fmt::format("{} components against {}", a.elements.size(), b.elements.size()));
  }
  for (std::size_t i = 0; i < a.elements.size(); ++i) {
    Comparison result = compare(a.elements[i], b.elements[i]);
    if (result.outcome != Equivalence::Same) {
      result.reason = fmt::format("component {}: {}", i + 1, result.reason);
      return result;
    }
  }
  return same("all components agree");
}

// Elements that are there once each.
std::vector<const FinalAnswer*> distinct(const FinalAnswer& answer) {
  std::vector<const FinalAnswer*> elements;
  for (const FinalAnswer& element : answer.elements) {
    const bool known = std::ranges::any_of(elements, [&](const FinalAnswer* other) {
      return compare(*other, element).outcome == Equivalence::Same;
    });
    if (!known) elements.push_back(&element);
  }
  return elements;
}

Comparison compare_unordered(const FinalAnswer& a, const FinalAnswer& b) {
  if (a.elements.size() > kElementsMax || b.elements.size() > kElementsMax) {
    return undecided("too many elements");
  }
  const auto left = distinct(a);
  auto right = distinct(b);
  const std::string sizes = fmt::format("{} answers against {}", left.size(), right.size());
  bool any_undecided = !(all_constant(a) && all_constant(b)) && left.size() != right.size();
  for (const FinalAnswer* element : left) {
    const auto partner = std::ranges::find_if(right, [&](const FinalAnswer* other) {
      const Comparison result = compare(*element, *other);
      any_undecided = any_undecided || result.outcome == Equivalence::Undecided;
      return result.outcome == Equivalence::Same;
    });
    if (partner == right.end()) {
      return any_undecided ? undecided("an answer has no partner for sure")
                           : different("an answer has no partner");
    }
    right.erase(partner);
  }
  if (right.empty()) return same("the same answers");
  return any_undecided ? undecided(sizes) : different(sizes);
}

Comparison compare_equations(const FinalAnswer& a, const FinalAnswer& b) {
  const auto difference = [](const FinalAnswer& equation, bool flipped) -> NodePtr {
    const FinalAnswer& left = equation.elements[flipped ? 1 : 0];
    const FinalAnswer& right = equation.elements[flipped ? 0 : 1];
    if (left.kind != FinalAnswer::Kind::Expression || right.kind != FinalAnswer::Kind::Expression) {
      return nullptr;
    }
    const auto minus = std::make_shared<const Node>(Node{Node::Kind::Negate, "", {right.value}});
    return std::make_shared<const Node>(Node{Node::Kind::Add, "", {left.value, minus}});
  };
  const NodePtr x = difference(a, false);
  for (const bool flipped : {false, true}) {
    const NodePtr y = difference(b, flipped);
    const bool agree =
        x != nullptr && y != nullptr && compare_values(x, y).outcome == Equivalence::Same;
    if (agree) return same("the same equation");
  }
  // 2x = 4 and x = 2 are the same too; that is beyond us.
  return undecided("equations of other form");
}

Comparison compare_intervals(const FinalAnswer& a, const FinalAnswer& b) {
  Comparison ends = compare_in_order(a, b);
  if (ends.outcome != Equivalence::Same) return ends;
  const bool agree = a.closed_low == b.closed_low && a.closed_high == b.closed_high;
  return agree ? same("the same interval")
               : different("an end is open in one and closed in the other");
}

Comparison compare(const FinalAnswer& a, const FinalAnswer& b) {
  using Kind = FinalAnswer::Kind;
  // "x = 3" and "3"; "f(x) = 3x" and "3x".
  if (a.kind == Kind::Definition && b.kind == Kind::Expression)
    return compare_values(a.value, b.value);
  if (a.kind == Kind::Expression && b.kind == Kind::Definition)
    return compare_values(a.value, b.value);
  if (a.kind != b.kind) {
    const bool is_list = a.kind == Kind::List || b.kind == Kind::List;
    if (is_list && all_constant(a) && all_constant(b)) {
      // One answer against several; {3} and 3 agree.
      FinalAnswer left = a;
      FinalAnswer right = b;
      for (FinalAnswer* side : {&left, &right}) {
        if (side->kind == Kind::List) continue;
        FinalAnswer list;
        list.kind = Kind::List;
        list.elements.push_back(*side);
        *side = std::move(list);
      }
      return compare_unordered(left, right);
    }
    const bool is_interval = (a.kind == Kind::Interval && b.kind == Kind::Tuple) ||
                             (a.kind == Kind::Tuple && b.kind == Kind::Interval);
    if (is_interval) return different("an end is open in one and closed in the other");
    return undecided("answers of other form");
  }
  switch (a.kind) {
    case Kind::Expression:
      return compare_values(a.value, b.value);
    case Kind::List:
    case Kind::Union:
      return compare_unordered(a, b);
    case Kind::Tuple:
      return compare_in_order(a, b);
    case Kind::Interval:
      return compare_intervals(a, b);
    case Kind::Definition:
      return compare_definitions(a, b);
    case Kind::Equation:
      return compare_equations(a, b);
  }
  return undecided("answers of other form");
}

// Letters and signs without spacing and dollar signs.
std::string squeezed(std::string_view text) {
  std::string result;
  for (const char c : trim(text)) {
    const bool dropped = std::isspace(static_cast<unsigned char>(c)) != 0 || c == '$';
    if (!dropped) result += c;
  }
  while (result.ends_with('.')) result.pop_back();
  return result;
}

// "12,345" as one number; nullopt if the text is not of this form.
std::optional<std::string> without_thousands(std::string_view text) {
  const std::string plain = squeezed(text);
  const std::vector<std::string> groups = split(plain, ',');
  if (groups.size() < 2 || groups.front().empty() || groups.front().size() > 3) return std::nullopt;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const bool is_group = (i == 0 || groups[i].size() == 3) && parse_integer(groups[i]).has_value();
    if (!is_group) return std::nullopt;
  }
  return join(groups, "");
}

Comparison compare_texts(std::string_view reference, std::string_view given) {
  const auto a = parse_answer(reference);
  const auto b = parse_answer(given);
  if (!a) return undecided("the reference is not a formula we can read");
  if (!b) return undecided("the answer is not a formula we can read");
  return compare(*a, *b);
}

}  // namespace

Comparison compare_answers(std::string_view reference, std::string_view given) {
  if (trim(given).empty()) return different("there is no answer");
  if (squeezed(reference) == squeezed(given)) return same("the same text");
  Comparison result = compare_texts(reference, given);
  if (result.outcome == Equivalence::Same) return result;
  // "1,234" may be a list of two numbers or one number.
  const auto whole = without_thousands(given);
  const auto whole_reference = without_thousands(reference);
  if (whole || whole_reference) {
    const Comparison other =
        compare_texts(whole_reference ? *whole_reference : std::string(reference),
                      whole ? *whole : std::string(given));
    if (other.outcome == Equivalence::Same) return other;
  }
  return result;
}

}  // namespace eval::judges::answer
