#include "judges/lcb/decimal_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"
#include "judges/lcb/python_show.h"

namespace eval::judges {
namespace {

// The zeros of Unicode 14's decimal digits (category Nd, what Python 3.11 knows); the nine code points
// after each are its other digits.
constexpr std::array<std::uint32_t, 66> kZeros = {
    0x30,    0x660,   0x6f0,   0x7c0,   0x966,   0x9e6,   0xa66,   0xae6,   0xb66,   0xbe6,
    0xc66,   0xce6,   0xd66,   0xde6,   0xe50,   0xed0,   0xf20,   0x1040,  0x1090,  0x17e0,
    0x1810,  0x1946,  0x19d0,  0x1a80,  0x1a90,  0x1b50,  0x1bb0,  0x1c40,  0x1c50,  0xa620,
    0xa8d0,  0xa900,  0xa9d0,  0xa9f0,  0xaa50,  0xabf0,  0xff10,  0x104a0, 0x10d30, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0,
    0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2,
    0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0};

// Bounds of the decimal module on 64-bit machines (MAX_EMAX, and MIN_ETINY).
constexpr long long kAdjustedExponentMax = 999'999'999'999'999'999;
constexpr long long kExponentMin = -1'999'999'999'999'999'997;
// An exponent of more digits than this is beyond both.
constexpr std::size_t kExponentDigitsMax = 18 + 1;

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 1;
};

// The first code point of a text that is not empty. Bytes that are no UTF-8 count one by one, as
// themselves: they are neither digits nor white space. Lone surrogates (three bytes) are let through.
CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  std::size_t length = 1;
  if (lead >= 0xc2 && lead <= 0xdf) length = 2;
  if (lead >= 0xe0 && lead <= 0xef) length = 3;
  if (lead >= 0xf0 && lead <= 0xf4) length = 4;
  if (length == 1 || text.size() < length) return {lead < 0x80 ? lead : 0xfffd, 1};
  std::uint32_t value = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {0xfffd, 1};
    value = value << 6U | (byte(i) & 0x3fU);
  }
  return {value, length};
}

bool is_space(std::uint32_t c) {
  if (c < 0x80) return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20);
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

// Bytes of the white space character at the end of `text`; 0 if there is none.
std::size_t space_at_end(std::string_view text) {
  for (std::size_t length = 1; length <= 3 && length <= text.size(); ++length) {
    const CodePoint last = first_code_point(text.substr(text.size() - length));
    if (last.bytes == length && is_space(last.value)) return length;
  }
  return 0;
}

std::string_view strip(std::string_view text) {
  while (!text.empty()) {
    const CodePoint first = first_code_point(text);
    if (!is_space(first.value)) break;
    text.remove_prefix(first.bytes);
  }
  while (const std::size_t bytes = space_at_end(text)) text.remove_suffix(bytes);
  return text;
}

// Takes the part before the next "\n" off `rest`; nullopt when nothing is left.
std::optional<std::string_view> take_line(std::optional<std::string_view>& rest) {
  if (!rest) return std::nullopt;
  const std::size_t end = rest->find('\n');
  const std::string_view line = rest->substr(0, end);
  rest = end == rest->npos ? std::nullopt : std::optional(rest->substr(end + 1));
  return line;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  std::size_t start = 0;
  std::size_t at = 0;
  while (at < line.size()) {
    const CodePoint here = first_code_point(line.substr(at));
    if (is_space(here.value)) {
      if (at > start) words.push_back(line.substr(start, at - start));
      start = at + here.bytes;
    }
    at += here.bytes;
  }
  if (line.size() > start) words.push_back(line.substr(start));
  return words;
}

// Digits of every script as ASCII, letters in lower case, underscores left out; nullopt for a
// character that no number has.
std::optional<std::string> plain_number_text(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const CodePoint here = first_code_point(text);
    text.remove_prefix(here.bytes);
    if (here.value == '_') continue;
    if (here.value < 0x80) {
      const char c = static_cast<char>(here.value);
      plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      continue;
    }
    const auto above = std::upper_bound(kZeros.begin(), kZeros.end(), here.value);
    const std::uint32_t zero = *(above - 1);
    if (here.value - zero > 9) return std::nullopt;
    plain += static_cast<char>('0' + (here.value - zero));
  }
  return plain;
}

bool is_all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<DecimalValue> parse_special(std::string_view text, bool negative) {
  DecimalValue value;
  value.negative = negative;
  if (text == "inf" || text == "infinity") {
    value.kind = DecimalValue::Kind::Infinite;
    return value;
  }
  value.kind = DecimalValue::Kind::QuietNan;
  if (text.starts_with('s')) {
    value.kind = DecimalValue::Kind::SignallingNan;
    text.remove_prefix(1);
  }
  if (!text.starts_with("nan") || !is_all_digits(text.substr(3))) return std::nullopt;
  return value;
}

std::optional<long long> parse_exponent(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !is_all_digits(text)) return std::nullopt;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size() - 1));
  // Too far for the number to be one; beyond every bound below, and it cannot overflow.
  const long long far = 4'000'000'000'000'000'000;
  const long long size =
      text.size() > kExponentDigitsMax ? far : std::min(parse_integer(text).value_or(far), far);
  return negative ? -size : size;
}

// Strips zeros at both ends so that equal numbers look the same.
void normalise(DecimalValue& value) {
  const std::size_t first = value.digits.find_first_not_of('0');
  if (first == std::string::npos) {  // zero, whatever its sign and exponent
    value = DecimalValue{};
    return;
  }
  value.digits.erase(0, first);
  const std::size_t last = value.digits.find_last_not_of('0');
  value.exponent += static_cast<long long>(value.digits.size() - last - 1);
  value.digits.resize(last + 1);
}

enum class ListComparison { Equal, Different, NotNumbers, Raises };

ListComparison compare_lists(std::string_view expected, std::string_view output) {
  const auto decimals = [](std::string_view line) -> std::optional<std::vector<DecimalValue>> {
    std::vector<DecimalValue> values;
    for (const std::string_view word : words_of(line)) {
      auto value = parse_decimal(word);
      if (!value) return std::nullopt;
      values.push_back(*std::move(value));
    }
    return values;
  };
  const auto ours = decimals(output);
  if (!ours) return ListComparison::NotNumbers;
  const auto theirs = decimals(expected);
  if (!theirs) return ListComparison::NotNumbers;
  if (ours->size() != theirs->size()) return ListComparison::Different;
  for (std::size_t i = 0; i < ours->size(); ++i) {
    const DecimalValue& a = (*ours)[i];
    const DecimalValue& b = (*theirs)[i];
    using Kind = DecimalValue::Kind;
    if (a.kind == Kind::SignallingNan || b.kind == Kind::SignallingNan) {
      return ListComparison::Raises;
    }
    if (a.kind == Kind::QuietNan || !(a == b)) return ListComparison::Different;
  }
  return ListComparison::Equal;
}

std::size_t line_count(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
}

std::string truncated(std::string_view text) {
  return python_truncated(to_valid_utf8(text));
}

}  // namespace

std::optional<DecimalValue> parse_decimal(std::string_view text) {
  const auto plain = plain_number_text(text);
  if (!plain) return std::nullopt;
  std::string_view rest = *plain;
  DecimalValue value;
  value.negative = rest.starts_with('-');
  if (value.negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest.starts_with('i') || rest.starts_with('n') || rest.starts_with('s')) {
    return parse_special(rest, value.negative);
  }
  const std::size_t e = rest.find('e');
  const std::string_view mantissa = rest.substr(0, e);
  if (e != rest.npos) {
    const auto exponent = parse_exponent(rest.substr(e + 1));
    if (!exponent) return std::nullopt;
    value.exponent = *exponent;
  }
  const std::size_t point = mantissa.find('.');
  const std::string_view whole = mantissa.substr(0, point);
  const std::string_view part = point == mantissa.npos ? "" : mantissa.substr(point + 1);
  if (!is_all_digits(whole) || !is_all_digits(part) || (whole.empty() && part.empty())) {
    return std::nullopt;
  }
  value.digits.append(whole).append(part);
  value.exponent -= static_cast<long long>(part.size());
  // Zeros in front count as nothing for the module, too.
  const std::size_t significant =
      value.digits.size() - std::min(value.digits.find_first_not_of('0'), value.digits.size() - 1);
  const long long adjusted = value.exponent + static_cast<long long>(significant) - 1;
  if (adjusted > kAdjustedExponentMax || value.exponent < kExponentMin) return std::nullopt;
  normalise(value);
  return value;
}

LineComparison compare_decimal_lines(std::string_view expected, std::string_view output) {
  const std::string_view expected_text = strip(expected);
  const std::string_view output_text = strip(output);
  const std::size_t expected_lines = line_count(expected_text);
  const std::size_t output_lines = line_count(output_text);
  if (expected_lines != output_lines) {
    return {false, false, "Wrong answer: mismatched output length"};
  }
  std::optional<std::string_view> expected_rest = expected_text;
  std::optional<std::string_view> output_rest = output_text;
  for (std::size_t index = 0; expected_rest; ++index) {
    const std::string_view theirs = strip(*take_line(expected_rest));
    const std::string_view ours = strip(*take_line(output_rest));
    if (ours == theirs) continue;
    const ListComparison lists = compare_lists(theirs, ours);
    if (lists == ListComparison::Equal) continue;
    return {false, lists == ListComparison::Raises,
            fmt::format("Wrong answer at output_line_idx={}: {} != {}", index, truncated(ours),
                        truncated(theirs))};
  }
  return {true, false, {}};
}

}  // namespace eval::judges
