#include "judges/steps/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "base/text.h"
#include "judges/lcb/decimal_lines.h"
#include "judges/steps/token_checker.h"

namespace eval::judges {
namespace {

// Longest piece of a line shown in a message.
constexpr std::size_t kShownBytes = 80;
// CMS: "realprecision" without a number means six decimals.
constexpr long long kDefaultPrecision = 6;
// Beyond this a double has no digits left.
constexpr long long kPrecisionMax = 15;

// The white space of the C locale; CMS has the same six bytes.
constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view without_space_at_end(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string shown(std::string_view text) {
  return shorten(to_valid_utf8(text.substr(0, 4 * kShownBytes)), kShownBytes);
}

CheckOutcome accepted() {
  return {Verdict::AC, std::nullopt, std::nullopt, {}};
}

CheckOutcome wrong(std::string message) {
  return {Verdict::WA, std::nullopt, std::nullopt, std::move(message)};
}

// Lines of a text in order, without their "\n"; beyond the end there are none.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    const void* const found = std::memchr(rest_.data(), '\n', rest_.size());
    const std::size_t length =
        found == nullptr ? rest_.size()
                         : static_cast<std::size_t>(static_cast<const char*>(found) - rest_.data());
    const std::string_view line = rest_.substr(0, length);
    rest_.remove_prefix(std::min(length + 1, rest_.size()));
    return line;
  }

 private:
  std::string_view rest_;
};

// Takes the next word off `text`; empty at the end.
std::string_view take_word(std::string_view& text) {
  std::size_t begin = 0;
  while (begin < text.size() && is_space(text[begin])) ++begin;
  std::size_t end = begin;
  while (end < text.size() && !is_space(text[end])) ++end;
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

bool same_words(std::string_view left, std::string_view right) {
  for (;;) {
    const std::string_view word = take_word(left);
    if (word != take_word(right)) return false;
    if (word.empty()) return true;
  }
}

bool has_words(std::string_view line) {
  return !without_space_at_end(line).empty();
}

bool same_but_for_the_end(std::string_view left, std::string_view right) {
  return without_space_at_end(left) == without_space_at_end(right);
}

bool always(std::string_view /*line*/) {
  return true;
}

// Lines that do not count are left out of both texts; messages count lines of the answer.
template <typename Same, typename Counts>
CheckOutcome compare_by_line(std::string_view answer, std::string_view output, Same same,
                             Counts counts) {
  LineReader answers(answer);
  LineReader outputs(output);
  const auto next = [&](LineReader& reader, long& passed) {
    std::optional<std::string_view> line;
    do {
      line = reader.next();
      ++passed;
    } while (line && !counts(*line));
    return line;
  };
  long line = 0;
  long ignored = 0;
  for (;;) {
    const std::optional<std::string_view> expected = next(answers, line);
    const std::optional<std::string_view> got = next(outputs, ignored);
    if (!expected && !got) return accepted();
    if (same(expected.value_or(""), got.value_or(""))) continue;
    if (!got) {
      return wrong(
          fmt::format("line {}: the output ends; expected \"{}\"", line, shown(*expected)));
    }
    if (!expected) {
      return wrong(
          fmt::format("line {}: expected the end of the output, got \"{}\"", line, shown(*got)));
    }
    return wrong(
        fmt::format("line {}: expected \"{}\", got \"{}\"", line, shown(*expected), shown(*got)));
  }
}

CheckOutcome compare_with_token_flags(const problems::Testcase& testcase, std::string_view answer,
                                      std::string_view output) {
  const auto flags = parse_token_flags(testcase.checker_args);
  if (!flags) return {Verdict::JE, std::nullopt, std::nullopt, flags.error().what};
  return check_tokens(answer, output, *flags);
}

// The tolerance of "precision N" or of a lone number; nullopt if the words are neither.
std::optional<double> tolerance_of(const std::vector<std::string>& words) {
  long long decimals = kDefaultPrecision;
  if (!words.empty()) {
    const std::size_t at = words.front() == "precision" ? 1 : 0;
    const std::optional<long long> stated =
        words.size() == at + 1 ? parse_integer(words[at]) : std::nullopt;
    if (!stated || *stated < 0 || *stated > kPrecisionMax) return std::nullopt;
    decimals = *stated;
  }
  return std::pow(10.0, -static_cast<double>(decimals));
}

}  // namespace

CheckOutcome compare_exactly(std::string_view answer, std::string_view output) {
  if (answer == output) return accepted();
  const auto [left, right] =
      std::mismatch(answer.begin(), answer.end(), output.begin(), output.end());
  const auto same = static_cast<std::size_t>(left - answer.begin());
  static_cast<void>(right);
  const std::string_view before = answer.substr(0, same);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  if (same == output.size()) return wrong(fmt::format("line {}: the output ends too soon", line));
  if (same == answer.size()) return wrong(fmt::format("line {}: the output goes on", line));
  const std::size_t column = same - (before.rfind('\n') + 1);
  return wrong(fmt::format("line {}, byte {}: expected byte {}, got {}", line, column + 1,
                           static_cast<int>(static_cast<unsigned char>(answer[same])),
                           static_cast<int>(static_cast<unsigned char>(output[same]))));
}

CheckOutcome compare_lines(std::string_view answer, std::string_view output) {
  return compare_by_line(answer, output, same_but_for_the_end, always);
}

CheckOutcome compare_white(std::string_view answer, std::string_view output) {
  return compare_by_line(answer, output, same_words, always);
}

CheckOutcome compare_word_lines(std::string_view answer, std::string_view output) {
  return compare_by_line(answer, output, same_words, has_words);
}

CheckOutcome compare_real_numbers(std::string_view answer, std::string_view output,
                                  double tolerance) {
  TokenCheckFlags flags;
  flags.case_sensitive = true;
  flags.absolute_tolerance = tolerance;
  flags.relative_tolerance = tolerance;
  return check_tokens(answer, output, flags);
}

CheckOutcome compare(const problems::Checker& checker, const problems::Testcase& testcase,
                     std::string_view answer, std::string_view output) {
  using problems::Comparison;
  const bool takes_flags =
      checker.comparison == Comparison::Tokens || checker.comparison == Comparison::RealNumbers;
  if (!takes_flags && !testcase.checker_args.empty()) {
    return {
        Verdict::JE, std::nullopt, std::nullopt,
        fmt::format("the comparison does not know the flag \"{}\"", testcase.checker_args.front())};
  }
  switch (checker.comparison) {
    case Comparison::Tokens:
      return compare_with_token_flags(testcase, answer, output);
    case Comparison::Exact:
      return compare_exactly(answer, output);
    case Comparison::Lines:
      return compare_lines(answer, output);
    case Comparison::WhiteDiff:
      return compare_white(answer, output);
    case Comparison::WordLines:
      return compare_word_lines(answer, output);
    case Comparison::DecimalLines: {
      LineComparison lines = compare_decimal_lines(answer, output);
      return {lines.equal ? Verdict::AC : Verdict::WA, std::nullopt, std::nullopt,
              std::move(lines.message)};
    }
    case Comparison::RealNumbers: {
      const std::optional<double> tolerance = tolerance_of(testcase.checker_args);
      if (tolerance) return compare_real_numbers(answer, output, *tolerance);
      return {Verdict::JE, std::nullopt, std::nullopt,
              fmt::format("the precision \"{}\" is not a number of decimals from 0 to {}",
                          join(testcase.checker_args, " "), kPrecisionMax)};
    }
  }
  return {};
}

}  // namespace eval::judges
