#include "judges/answer/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <numbers>
#include <vector>

namespace eval::judges::answer {

using Integer = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;

struct Value::Exact {
  Rational number;
};

namespace {

// An exact number above this is carried on in floating point: "2^{10^{100}}" must end.
constexpr unsigned kBitsMax = 1U << 16;
constexpr long kFactorialMax = 2000;
constexpr long double kTolerance = 1e-12L;

using MaybeValue = std::optional<Value>;

unsigned bits_of(const Rational& number) {
  const Integer upper = abs(numerator(number));
  const Integer lower = denominator(number);
  return (upper == 0 ? 0U : static_cast<unsigned>(msb(upper)) + 1U) +
         static_cast<unsigned>(msb(lower)) + 1U;
}

MaybeValue exact_value(Rational number) {
  if (bits_of(number) > kBitsMax) {
    const auto approximate = static_cast<long double>(number);
    if (!std::isfinite(approximate)) return std::nullopt;
    return Value(approximate);
  }
  return Value(std::make_shared<const Value::Exact>(Value::Exact{std::move(number)}));
}

MaybeValue approximate_value(long double number) {
  if (!std::isfinite(number)) return std::nullopt;
  return Value(number);
}

bool is_whole(const Rational& number) {
  return denominator(number) == 1;
}

std::optional<long> small_whole(const Value& value, long most) {
  if (value.exact() == nullptr || !is_whole(value.exact()->number)) return std::nullopt;
  const Rational& number = value.exact()->number;
  if (number < -most || number > most) return std::nullopt;
  return static_cast<long>(numerator(number));
}

MaybeValue number_of(const std::string& digits) {
  const std::size_t point = digits.find('.');
  const std::string whole = point == std::string::npos ? digits : digits.substr(0, point);
  const std::string part = point == std::string::npos ? "" : digits.substr(point + 1);
  if (whole.size() + part.size() > 4000) return std::nullopt;
  std::string all = whole + part;
  // A leading zero would be read as octal.
  all.erase(0, std::min(all.find_first_not_of('0'), all.size() - 1));
  const Integer numerator_value(all);
  const Integer scale = pow(Integer(10), static_cast<unsigned>(part.size()));
  return exact_value(Rational(numerator_value, scale));
}

MaybeValue integer_power(const Rational& base, long exponent) {
  const auto count = static_cast<unsigned>(std::labs(exponent));
  if (base == 0 && exponent < 0) return std::nullopt;
  const bool is_small = static_cast<std::uint64_t>(bits_of(base)) * count <= kBitsMax;
  if (!is_small) {
    return approximate_value(
        std::pow(static_cast<long double>(base), static_cast<long double>(exponent)));
  }
  const Integer upper = pow(numerator(base), count);
  const Integer lower = pow(denominator(base), count);
  return exact_value(exponent >= 0 ? Rational(upper, lower) : Rational(lower, upper));
}

// The exact root if there is one.
std::optional<Integer> exact_root(const Integer& number, unsigned degree) {
  if (number < 0) return std::nullopt;
  if (number < 2) return number;
  Integer low = 1;
  Integer high = Integer(1) << (static_cast<unsigned>(msb(number)) / degree + 1);
  while (low < high) {
    const Integer middle = (low + high + 1) / 2;
    if (pow(middle, degree) <= number) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  if (pow(low, degree) != number) return std::nullopt;
  return low;
}

MaybeValue root_of(const Value& value, long degree) {
  if (degree < 1 || degree > 64) return std::nullopt;
  const bool is_negative = value.approximate() < 0;
  const bool is_odd = degree % 2 == 1;
  if (is_negative && !is_odd) return std::nullopt;
  if (value.exact() != nullptr) {
    const Rational number = abs(value.exact()->number);
    const auto upper = exact_root(numerator(number), static_cast<unsigned>(degree));
    const auto lower = exact_root(denominator(number), static_cast<unsigned>(degree));
    if (upper && lower) {
      const Rational root(*upper, *lower);
      return exact_value(is_negative ? Rational(-root) : root);
    }
  }
  const long double root =
      std::pow(std::fabs(value.approximate()), 1 / static_cast<long double>(degree));
  return approximate_value(is_negative ? -root : root);
}

MaybeValue power_of(const Value& base, const Value& exponent) {
  if (const auto whole = small_whole(exponent, 100'000)) {
    if (base.exact() != nullptr) return integer_power(base.exact()->number, *whole);
    return approximate_value(std::pow(base.approximate(), static_cast<long double>(*whole)));
  }
  // a^(p/q) as the q-th root of a^p, so that 8^{1/3} is exactly 2.
  if (exponent.exact() != nullptr && base.exact() != nullptr &&
      denominator(exponent.exact()->number) <= 64 &&
      abs(numerator(exponent.exact()->number)) <= 1000) {
    const auto inner =
        integer_power(base.exact()->number, static_cast<long>(numerator(exponent.exact()->number)));
    if (!inner) return std::nullopt;
    return root_of(*inner, static_cast<long>(denominator(exponent.exact()->number)));
  }
  if (base.approximate() < 0) return std::nullopt;
  return approximate_value(std::pow(base.approximate(), exponent.approximate()));
}

MaybeValue factorial_of(const Value& value) {
  const auto n = small_whole(value, kFactorialMax);
  if (!n || *n < 0) return std::nullopt;
  Integer product = 1;
  for (long i = 2; i <= *n; ++i) product *= i;
  return exact_value(Rational(product));
}

MaybeValue binomial_of(const Value& upper, const Value& lower) {
  const auto n = small_whole(upper, 100'000);
  const auto k = small_whole(lower, kFactorialMax);
  if (!n || !k || *k < 0 || *n < 0) return std::nullopt;
  if (*k > *n) return exact_value(Rational(0));
  Integer product = 1;
  for (long i = 1; i <= *k; ++i) product = product * (*n - *k + i) / i;
  return exact_value(Rational(product));
}

MaybeValue rounded(const Value& value, bool up) {
  if (value.exact() == nullptr) {
    const long double x = value.approximate();
    return approximate_value(up ? std::ceil(x) : std::floor(x));
  }
  const Rational& number = value.exact()->number;
  Integer whole = numerator(number) / denominator(number);
  if (!is_whole(number) && number < 0 && !up) whole -= 1;
  if (!is_whole(number) && number > 0 && up) whole += 1;
  return exact_value(Rational(whole));
}

MaybeValue whole_function(const std::string& name, const Value& a, const Value& b) {
  const bool whole = a.exact() != nullptr && b.exact() != nullptr && is_whole(a.exact()->number) &&
                     is_whole(b.exact()->number);
  if (!whole) return std::nullopt;
  const Integer x = numerator(a.exact()->number);
  const Integer y = numerator(b.exact()->number);
  return exact_value(Rational(name == "gcd" ? Integer(gcd(x, y)) : Integer(lcm(x, y))));
}

MaybeValue real_function(const std::string& name, long double x) {
  if (name == "sin") return approximate_value(std::sin(x));
  if (name == "cos") return approximate_value(std::cos(x));
  if (name == "tan") return approximate_value(std::tan(x));
  if (name == "cot") return approximate_value(1 / std::tan(x));
  if (name == "sec") return approximate_value(1 / std::cos(x));
  if (name == "csc") return approximate_value(1 / std::sin(x));
  if (name == "arcsin") return approximate_value(std::asin(x));
  if (name == "arccos") return approximate_value(std::acos(x));
  if (name == "arctan") return approximate_value(std::atan(x));
  if (name == "sinh") return approximate_value(std::sinh(x));
  if (name == "cosh") return approximate_value(std::cosh(x));
  if (name == "tanh") return approximate_value(std::tanh(x));
  if (name == "exp") return approximate_value(std::exp(x));
  if (name == "ln" && x > 0) return approximate_value(std::log(x));
  // A bare "log" is the natural one to some and the decimal one to others: not ours to decide.
  return std::nullopt;
}

MaybeValue call(const std::string& name, const std::vector<Value>& arguments) {
  const Value& first = arguments.front();
  if (arguments.size() == 2) {
    const Value& second = arguments[1];
    if (name == "binom") return binomial_of(first, second);
    if (name == "root") {
      const auto degree = small_whole(second, 64);
      return degree ? root_of(first, *degree) : std::nullopt;
    }
    if (name == "log_base" && first.approximate() > 0 && second.approximate() > 0) {
      return approximate_value(std::log(first.approximate()) / std::log(second.approximate()));
    }
    if (name == "gcd" || name == "lcm") return whole_function(name, first, second);
  }
  if (name == "max" || name == "min") {
    const auto less = [](const Value& a, const Value& b) {
      return a.approximate() < b.approximate();
    };
    return name == "max" ? *std::ranges::max_element(arguments, less)
                         : *std::ranges::min_element(arguments, less);
  }
  if (arguments.size() != 1) return std::nullopt;
  if (name == "sqrt") return root_of(first, 2);
  if (name == "factorial") return factorial_of(first);
  if (name == "floor" || name == "ceil") return rounded(first, name == "ceil");
  if (name == "abs") {
    if (first.exact() != nullptr) return exact_value(abs(first.exact()->number));
    return approximate_value(std::fabs(first.approximate()));
  }
  return real_function(name, first.approximate());
}

MaybeValue variable(const std::string& name, const Point& point) {
  if (name == "pi") return Value(std::numbers::pi_v<long double>);
  const auto found = point.find(name);
  if (found != point.end()) return found->second;
  if (name == "e") return Value(std::numbers::e_v<long double>);
  return std::nullopt;
}

MaybeValue arithmetic(Node::Kind kind, const Value& a, const Value& b) {
  const bool exact = a.exact() != nullptr && b.exact() != nullptr;
  if (kind == Node::Kind::Divide) {
    if (b.approximate() == 0) return std::nullopt;
    if (exact) return exact_value(Rational(a.exact()->number / b.exact()->number));
    return approximate_value(a.approximate() / b.approximate());
  }
  if (kind == Node::Kind::Add) {
    if (exact) return exact_value(Rational(a.exact()->number + b.exact()->number));
    return approximate_value(a.approximate() + b.approximate());
  }
  if (exact) return exact_value(Rational(a.exact()->number * b.exact()->number));
  return approximate_value(a.approximate() * b.approximate());
}

}  // namespace

Value::Value(std::shared_ptr<const Exact> exact)
    : exact_(std::move(exact)), approximate_(static_cast<long double>(exact_->number)) {}

MaybeValue evaluate(const NodePtr& node, const Point& point) {
  if (node->kind == Node::Kind::Number) return number_of(node->text);
  if (node->kind == Node::Kind::Variable) return variable(node->text, point);
  std::vector<Value> values;
  for (const NodePtr& child : node->children) {
    auto value = evaluate(child, point);
    if (!value) return std::nullopt;
    values.push_back(*std::move(value));
  }
  switch (node->kind) {
    case Node::Kind::Number:
    case Node::Kind::Variable:
      return std::nullopt;
    case Node::Kind::Negate:
      if (values[0].exact() != nullptr) return exact_value(Rational(-values[0].exact()->number));
      return approximate_value(-values[0].approximate());
    case Node::Kind::Power:
      return power_of(values[0], values[1]);
    case Node::Kind::Call:
      return call(node->text, values);
    case Node::Kind::Add:
    case Node::Kind::Multiply:
    case Node::Kind::Divide:
      return arithmetic(node->kind, values[0], values[1]);
  }
  return std::nullopt;
}

Value make_value(long long numerator, long long denominator) {
  return Value(std::make_shared<const Value::Exact>(
      Value::Exact{Rational(Integer(numerator), Integer(denominator))}));
}

bool are_equal(const Value& a, const Value& b) {
  if (a.exact() != nullptr && b.exact() != nullptr) return a.exact()->number == b.exact()->number;
  const long double scale =
      std::max({1.0L, std::fabs(a.approximate()), std::fabs(b.approximate())});
  return std::fabs(a.approximate() - b.approximate()) <= kTolerance * scale;
}

std::string to_text(const Value& value) {
  if (value.exact() == nullptr)
    return fmt::format("{:.12g}", static_cast<double>(value.approximate()));
  const std::string text = value.exact()->number.str();
  return text.size() <= 40 ? text
                           : fmt::format("{:.12g}", static_cast<double>(value.approximate()));
}

}  // namespace eval::judges::answer
