#include "judges/steps/token_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "base/text.h"

namespace eval::judges {
namespace {

// Longest piece of a token shown in a message.
constexpr std::size_t kShownBytes = 40;

// The white space of the C locale, which the reference implementation's isspace() uses.
constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

constexpr char fold(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// strtod for what from_chars does not read: a leading '+', hexadecimal, values out of range.
bool parse_unusual_number(std::string_view token, double& value) {
  // Longer tokens are text: no such spelling of a number is useful.
  char buffer[512];
  if (token.empty() || token.size() >= sizeof(buffer)) return false;
  std::memcpy(buffer, token.data(), token.size());
  buffer[token.size()] = '\0';
  char* end = nullptr;
  value = std::strtod(buffer, &end);
  return end == buffer + token.size() && std::isfinite(value);
}

// True if the whole token is a finite number in a spelling that C's %lf takes.
bool parse_number(std::string_view token, double& value) {
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (error == std::errc{} && end == token.data() + token.size()) return std::isfinite(value);
  return parse_unusual_number(token, value);
}

// A text being read token by token, with the place for messages.
class Reader {
 public:
  explicit Reader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool at_end() const { return at_ == end_; }
  bool at_space() const { return at_ != end_ && is_space(*at_); }
  long line() const { return line_; }
  bool any_read() const { return any_read_; }

  char take() {
    any_read_ = true;
    if (*at_ == '\n') ++line_;
    return *at_++;
  }

  void skip_space() {
    while (at_space()) take();
  }

  std::string_view token() {
    const char* begin = at_;
    while (at_ != end_ && !is_space(*at_)) ++at_;
    any_read_ = any_read_ || at_ != begin;
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }

 private:
  const char* at_;
  const char* end_;
  long line_ = 1;
  bool any_read_ = false;
};

std::string shown(std::string_view token) {
  if (token.size() <= kShownBytes) return to_valid_utf8(token);
  return shorten(to_valid_utf8(token.substr(0, 4 * kShownBytes)), kShownBytes);
}

// Both tokens from a little before their first difference, so that long ones show where it is.
std::pair<std::string, std::string> shown_pair(std::string_view expected, std::string_view got) {
  const auto [a, b] = std::mismatch(expected.begin(), expected.end(), got.begin(), got.end(),
                                    [](char x, char y) { return x == y; });
  const auto same = static_cast<std::size_t>(a - expected.begin());
  static_cast<void>(b);
  if (same <= kShownBytes / 2) return {shown(expected), shown(got)};
  const std::size_t from = same - kShownBytes / 4;
  return {"..." + shown(expected.substr(from)), "..." + shown(got.substr(from))};
}

std::string space_name(char c) {
  switch (c) {
    case ' ':
      return "a space";
    case '\n':
      return "a line end";
    case '\t':
      return "a tab";
    case '\r':
      return "a carriage return";
    default:
      return fmt::format("byte {}", static_cast<int>(static_cast<unsigned char>(c)));
  }
}

class TokenComparison {
 public:
  TokenComparison(std::string_view answer, std::string_view output, const TokenCheckFlags& flags)
      : flags_(flags),
        use_numbers_(flags.absolute_tolerance >= 0 || flags.relative_tolerance >= 0),
        answer_(answer),
        output_(output) {}

  CheckOutcome run() {
    while (true) {
      if (!same_space()) return wrong();
      if (answer_.at_end()) break;
      if (output_.at_end()) return missing();
      const std::string_view expected = answer_.token();
      const std::string_view got = output_.token();
      ++token_;
      if (!same_token(expected, got)) return wrong();
    }
    if (output_.at_end()) return {Verdict::AC, std::nullopt, std::nullopt, {}};
    message_ = fmt::format("expected the end of the output, got \"{}\"", shown(output_.token()));
    ++token_;
    return wrong();
  }

 private:
  CheckOutcome wrong() const {
    return {Verdict::WA, std::nullopt, std::nullopt,
            fmt::format("line {}, token {} (line {} of the answer): {}", output_.line(), token_,
                        answer_.line(), message_)};
  }

  CheckOutcome missing() {
    const std::string next = shown(answer_.token());
    if (token_ == 0) {
      message_ = output_.any_read() ? "the output is only white space" : "the output is empty";
      message_ += fmt::format("; expected \"{}\"", next);
    } else {
      message_ = fmt::format("the output ends; expected \"{}\"", next);
    }
    ++token_;
    return wrong();
  }

  bool same_space() {
    if (!flags_.space_change_sensitive) {
      answer_.skip_space();
      output_.skip_space();
      return true;
    }
    while (answer_.at_space()) {
      const char expected = answer_.take();
      if (!output_.at_space()) {
        message_ = fmt::format("expected {} after token {}", space_name(expected), token_);
        return false;
      }
      const char got = output_.take();
      if (got == expected) continue;
      message_ = fmt::format("expected {}, got {}", space_name(expected), space_name(got));
      return false;
    }
    if (!output_.at_space()) return true;
    message_ = fmt::format("{} too many after token {}", space_name(output_.take()), token_);
    return false;
  }

  bool same_token(std::string_view expected, std::string_view got) {
    if (expected == got) return true;
    double expected_value = 0;
    if (use_numbers_ && parse_number(expected, expected_value)) {
      return same_number(expected, expected_value, got);
    }
    const bool same = !flags_.case_sensitive && expected.size() == got.size() &&
                      std::equal(expected.begin(), expected.end(), got.begin(),
                                 [](char a, char b) { return fold(a) == fold(b); });
    if (same) return true;
    const auto [left, right] = shown_pair(expected, got);
    message_ = fmt::format("expected \"{}\", got \"{}\"", left, right);
    return false;
  }

  bool same_number(std::string_view expected, double expected_value, std::string_view got) {
    double value = 0;
    if (!parse_number(got, value)) {
      message_ = fmt::format("expected the number {}, got \"{}\"", shown(expected), shown(got));
      return false;
    }
    const double error = std::abs(expected_value - value);
    if (error <= flags_.absolute_tolerance ||
        error <= flags_.relative_tolerance * std::abs(expected_value)) {
      return true;
    }
    message_ = fmt::format("expected {}, got {}: absolute error {:.3g}", shown(expected),
                           shown(got), error);
    if (expected_value != 0) {
      message_ += fmt::format(", relative error {:.3g}", error / std::abs(expected_value));
    }
    if (flags_.absolute_tolerance >= 0) {
      message_ += fmt::format("; absolute tolerance {:g}", flags_.absolute_tolerance);
    }
    if (flags_.relative_tolerance >= 0) {
      message_ += fmt::format("; relative tolerance {:g}", flags_.relative_tolerance);
    }
    return false;
  }

  const TokenCheckFlags& flags_;
  const bool use_numbers_;
  Reader answer_;
  Reader output_;
  long token_ = 0;
  std::string message_;
};

}  // namespace

Result<TokenCheckFlags> parse_token_flags(std::span<const std::string> words) {
  TokenCheckFlags flags;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "case_sensitive") {
      flags.case_sensitive = true;
    } else if (word == "space_change_sensitive") {
      flags.space_change_sensitive = true;
    } else if (word == "float_tolerance" || word == "float_absolute_tolerance" ||
               word == "float_relative_tolerance") {
      double value = 0;
      if (i + 1 == words.size() || !parse_number(words[i + 1], value)) {
        return fail(ErrorCode::BadInput,
                    fmt::format("checker flag \"{}\" is not followed by a number", word), {},
                    "write it as \"" + word + " 1e-6\"");
      }
      ++i;
      if (word != "float_relative_tolerance") flags.absolute_tolerance = value;
      if (word != "float_absolute_tolerance") flags.relative_tolerance = value;
    } else {
      return fail(ErrorCode::BadInput,
                  fmt::format("the default checker does not know the flag \"{}\"", word), {},
                  "use case_sensitive, space_change_sensitive, float_tolerance, "
                  "float_absolute_tolerance or float_relative_tolerance");
    }
  }
  return flags;
}

CheckOutcome check_tokens(std::string_view answer, std::string_view output,
                          const TokenCheckFlags& flags) {
  return TokenComparison(answer, output, flags).run();
}

}  // namespace eval::judges
