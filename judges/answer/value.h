#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "judges/answer/expression.h"

namespace eval::judges::answer {

// The value of an expression at a point. Exact as long as it is rational and of sane size.
class Value {
 public:
  struct Exact;  // a rational number of any size
  explicit Value(long double approximate) : approximate_(approximate) {}
  explicit Value(std::shared_ptr<const Exact> exact);

  const Exact* exact() const { return exact_.get(); }
  long double approximate() const { return approximate_; }

 private:
  std::shared_ptr<const Exact> exact_;
  long double approximate_ = 0;
};

// A value for each variable; whole numbers and small fractions.
using Point = std::map<std::string, Value>;

// nullopt where it is not defined (division by zero, a root of something negative, overflow) or a
// variable has no value.
std::optional<Value> evaluate(const NodePtr& node, const Point& point);

// The rational number numerator / denominator.
Value make_value(long long numerator, long long denominator);

// Equal as exact numbers where both are, else within a relative 1e-12 (absolute below 1).
bool are_equal(const Value& a, const Value& b);

std::string to_text(const Value& value);

}  // namespace eval::judges::answer
