#include "judges/lcb/python_equality.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/text.h"
#include "judges/lcb/python_value.h"

namespace eval::judges {
namespace {

// numpy's NPY_MAXDIMS until 2.0.
constexpr long long kDimensionsMax = 32;
// Arrays of objects in arrays of objects. Each looks through all of the expected value.
constexpr int kArraysMax = 8;

using Sizes = std::vector<long long>;

// Takes values and their parts off the front of a spelling.
class Spelling {
 public:
  explicit Spelling(std::string_view text) : rest_(text) {}

  char kind() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool at_end() const { return rest_.empty(); }

  void skip(std::size_t bytes) { rest_.remove_prefix(std::min(bytes, rest_.size())); }

  // What is before `mark`, which is taken too; nullopt if there is none.
  std::optional<std::string_view> take_until(char mark) {
    const std::size_t end = rest_.find(mark);
    if (end == rest_.npos) return std::nullopt;
    const std::string_view part = rest_.substr(0, end);
    skip(end + 1);
    return part;
  }

  // The number before `mark`, after a letter for the kind.
  std::optional<long long> take_count(char mark) {
    skip(1);
    const auto digits = take_until(mark);
    const auto count = digits ? parse_integer(*digits) : std::nullopt;
    return count && *count >= 0 ? count : std::nullopt;
  }

  // A value that has no parts, as it is spelled; empty if it is cut.
  std::string_view take_plain() {
    const std::string_view start = rest_;
    if (kind() == 's') {
      const auto bytes = take_count(':');
      if (!bytes || static_cast<std::size_t>(*bytes) > rest_.size()) return {};
      skip(static_cast<std::size_t>(*bytes));
    } else if (!take_until(';')) {
      return {};
    }
    return start.substr(0, start.size() - rest_.size());
  }

 private:
  std::string_view rest_;
};

// What numpy.asarray() makes of a JSON value.
struct Expected {
  Sizes sizes;
  bool has_objects = false;  // null or a dict
  bool has_texts = false;
};

void skip_value(Spelling& text, Expected& found) {
  if (text.kind() == 'l') {
    const auto count = text.take_count('[');
    for (long long i = 0; count && i < *count && !text.at_end(); ++i) skip_value(text, found);
    return text.skip(1);
  }
  if (text.kind() == 'd') {
    found.has_objects = true;
    const auto count = text.take_count('{');
    Expected ignored;
    for (long long i = 0; count && i < 2 * *count && !text.at_end(); ++i) skip_value(text, ignored);
    return text.skip(1);
  }
  found.has_objects = found.has_objects || text.kind() == 'n';
  found.has_texts = found.has_texts || text.kind() == 's';
  static_cast<void>(text.take_plain());
}

// The shape of the value that `text` begins with, which is taken; nullopt if lists of one level differ in it.
std::optional<Sizes> take_sizes(Spelling& text, Expected& found) {
  if (text.kind() != 'l') {
    skip_value(text, found);
    return Sizes{};
  }
  const long long count = text.take_count('[').value_or(0);
  Sizes sizes;
  for (long long i = 0; i < count; ++i) {
    const auto inner = take_sizes(text, found);
    if (!inner || (i > 0 && *inner != sizes)) return std::nullopt;
    sizes = *inner;
  }
  text.skip(1);
  sizes.insert(sizes.begin(), count);
  return sizes;
}

// How many values come of holding one shape against the other; nullopt if they do not fit.
std::optional<long long> stretched_count(Sizes first, Sizes second) {
  if (first.size() < second.size()) std::swap(first, second);
  second.insert(second.begin(), first.size() - second.size(), 1);
  // Only whether it is 0, 1 or more counts.
  long long count = 1;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i] != second[i] && first[i] != 1 && second[i] != 1) return std::nullopt;
    count = std::min(2LL, count * std::min(2LL, first[i] == 1 ? second[i] : first[i]));
  }
  return count;
}

class Comparison {
 public:
  Comparison(std::string_view value, std::string_view expected)
      : value_(value), expected_(expected) {}

  // Afterwards both are behind the value that was compared, if it is equal.
  Equality compare(int depth) {
    const char kind = value_.kind();
    if (depth > kPythonValueDepthMax) return Equality::Unequal;
    if (kind == 'a') return compare_array(depth);
    // "y" is NaN, equal to nothing; no honest process sends it.
    if (kind != expected_.kind() || kind == 'y') return Equality::Unequal;
    if (kind == 'l') return compare_parts('[', depth);
    if (kind == 'd') return compare_parts('{', depth);
    const std::string_view plain = value_.take_plain();
    return !plain.empty() && plain == expected_.take_plain() ? Equality::Equal : Equality::Unequal;
  }

 private:
  Equality compare_parts(char open, int depth) {
    const auto count = value_.take_count(open);
    if (!count || count != expected_.take_count(open)) return Equality::Unequal;
    for (long long i = 0; i < *count; ++i) {
      if (open == '{' && value_.take_plain() != expected_.take_plain()) return Equality::Unequal;
      const Equality item = compare(depth + 1);
      if (item != Equality::Equal) return item == Equality::Raises ? item : Equality::Unequal;
    }
    value_.skip(1);
    expected_.skip(1);
    return Equality::Equal;
  }

  Equality compare_array(int depth) {
    if (++arrays_ > kArraysMax) return Equality::Unequal;
    value_.skip(1);
    const char kind = value_.kind();
    const auto dimensions = value_.take_count('[');
    if (!dimensions || *dimensions > kDimensionsMax) return Equality::Unequal;
    Sizes sizes;
    for (long long i = 0; i < *dimensions; ++i) {
      const auto digits = value_.take_until(',');
      const auto size = digits ? parse_integer(*digits) : std::nullopt;
      if (!size || *size < 0) return Equality::Unequal;
      sizes.push_back(*size);
    }
    value_.skip(1);
    const bool has_value = std::ranges::all_of(sizes, [](long long size) { return size == 1; });
    Spelling ahead = expected_;
    Expected found;
    const auto expected_sizes = take_sizes(ahead, found);
    if (!expected_sizes) return Equality::Unequal;
    const auto count = stretched_count(std::move(sizes), *expected_sizes);
    if (!count || !comparable(kind, found)) return Equality::Unequal;
    if (*count == 0) return Equality::Empty;
    if (*count > 1) return Equality::Raises;
    return has_value ? compare_only_value(expected_sizes->size(), depth) : Equality::Unequal;
  }

  // Numbers and texts are not held against each other one by one.
  static bool comparable(char kind, const Expected& found) {
    return found.has_objects || kind == 'o' || (kind == 's') == found.has_texts;
  }

  Equality compare_only_value(std::size_t lists, int depth) {
    for (std::size_t i = 0; i < lists; ++i) static_cast<void>(expected_.take_count('['));
    const Equality equality = compare(depth + 1);
    expected_.skip(lists);
    --arrays_;
    return equality;
  }

  Spelling value_;
  Spelling expected_;
  int arrays_ = 0;  // that the value at hand is in, itself included
};

}  // namespace

Equality python_equality(std::string_view value, std::string_view expected) {
  if (value == expected && value.find("y;") == value.npos) return Equality::Equal;
  Comparison comparison(value, expected);
  return comparison.compare(0);
}

}  // namespace eval::judges
