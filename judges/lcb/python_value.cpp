#include "judges/lcb/python_value.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>

namespace eval::judges {
namespace {

// sys.set_int_max_str_digits(50000) of the official evaluator.
constexpr std::size_t kIntegerDigitsMax = 50'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string spell_double(double value) {
  if (std::isnan(value)) return "y;";
  if (std::isinf(value)) return value > 0 ? "I;" : "J;";
  if (value == std::floor(value)) return fmt::format("i{:.0f};", value + 0.0);  // -0.0 is 0
  int exponent = 0;
  // 53 bits: the fraction times 2^53 is whole.
  auto mantissa =
      static_cast<std::int64_t>(std::ldexp(std::frexp(std::fabs(value), &exponent), 53));
  int power = 53 - exponent;
  while (mantissa % 2 == 0) {
    mantissa /= 2;
    --power;
  }
  return fmt::format("r{}{:x}/{};", value < 0 ? "-" : "", mantissa, power);
}

void append_utf8(std::string& text, std::uint32_t c) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (c < 0x80) return add(c);
  if (c < 0x800) {
    add(0xc0U | c >> 6U);
  } else {
    if (c < 0x10000) {
      add(0xe0U | c >> 12U);
    } else {
      add(0xf0U | c >> 18U);
      add(0x80U | (c >> 12U & 0x3fU));
    }
    add(0x80U | (c >> 6U & 0x3fU));
  }
  add(0x80U | (c & 0x3fU));
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<std::string> read_document() {
    skip_space();
    std::string value = EVAL_TRY(read_value(0));
    skip_space();
    if (at_ != text_.size()) return failure("extra data");
    return value;
  }

 private:
  Failure failure(std::string_view what) const {
    return fail(ErrorCode::BadInput, fmt::format("{} at byte {}", what, at_));
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void skip_space() {
    while (at_ < text_.size() &&
           std::string_view(" \t\n\r").find(text_[at_]) != std::string::npos) {
      ++at_;
    }
  }

  Result<std::string> read_value(int depth) {
    if (depth > kPythonValueDepthMax) return failure("nesting is too deep");
    if (peek() == '"') return spell_text();
    if (peek() == '{') return read_object(depth);
    if (peek() == '[') return read_array(depth);
    if (take("null")) return std::string("n;");
    if (take("true")) return std::string("i1;");
    if (take("false")) return std::string("i0;");
    if (take("NaN")) return std::string("y;");
    if (take("Infinity")) return std::string("I;");
    if (take("-Infinity")) return std::string("J;");
    return read_number();
  }

  void skip_digits() {
    while (is_digit(peek())) ++at_;
  }

  Result<std::string> read_number() {
    const std::size_t start = at_;
    if (peek() == '-') ++at_;
    if (!is_digit(peek())) {
      at_ = start;
      return failure("a value is expected");
    }
    if (peek() == '0') {
      ++at_;
    } else {
      skip_digits();
    }
    const std::size_t whole_end = at_;
    // A point or an exponent without digits is not part of the number (and then extra data).
    if (peek() == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
      ++at_;
      skip_digits();
    }
    take_exponent();
    const std::string number(text_.substr(start, at_ - start));
    if (at_ != whole_end) return spell_double(std::strtod(number.c_str(), nullptr));
    if (number.size() > kIntegerDigitsMax + (number.front() == '-' ? 1 : 0)) {
      return failure("a number has too many digits");
    }
    return number == "-0" ? "i0;" : "i" + number + ";";
  }

  void take_exponent() {
    if (peek() != 'e' && peek() != 'E') return;
    std::size_t digit = at_ + 1;
    if (digit < text_.size() && (text_[digit] == '+' || text_[digit] == '-')) ++digit;
    if (digit >= text_.size() || !is_digit(text_[digit])) return;
    at_ = digit;
    skip_digits();
  }

  Result<std::string> spell_text() {
    const std::string text = EVAL_TRY(read_text());
    return fmt::format("s{}:", text.size()) + text;
  }

  Result<std::string> read_text() {
    ++at_;
    std::string text;
    for (;;) {
      if (at_ >= text_.size()) return failure("a text does not end");
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) return failure("a control character in a text");
      ++at_;
      if (c == '"') return text;
      if (c == '\\') {
        EVAL_TRY(read_escape(text));
      } else {
        text += c;
      }
    }
  }

  Result<void> read_escape(std::string& text) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    const char c = peek();
    if (c == 'u') {
      std::uint32_t unit = EVAL_TRY(read_unit());
      // A high surrogate joins a low one that follows; alone it stays.
      if (unit >= 0xd800 && unit < 0xdc00 && text_.substr(at_).starts_with("\\u")) {
        const std::size_t back = at_;
        ++at_;
        const std::uint32_t low = EVAL_TRY(read_unit());
        if (low >= 0xdc00 && low < 0xe000) {
          unit = 0x10000 + ((unit - 0xd800) << 10U | (low - 0xdc00));
        } else {
          at_ = back;
        }
      }
      append_utf8(text, unit);
      return {};
    }
    const std::size_t known = at_ < text_.size() ? kNames.find(c) : kNames.npos;
    if (known == kNames.npos) return failure("an unknown escape in a text");
    text += kValues[known];
    ++at_;
    return {};
  }

  // "uXXXX"
  Result<std::uint32_t> read_unit() {
    ++at_;
    std::uint32_t unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      const char lower = static_cast<char>(c | 0x20);
      if (is_digit(c)) {
        unit = unit << 4U | static_cast<std::uint32_t>(c - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        unit = unit << 4U | static_cast<std::uint32_t>(lower - 'a' + 10);
      } else {
        return failure("an escape without four hexadecimal digits");
      }
    }
    return unit;
  }

  Result<std::string> read_array(int depth) {
    ++at_;
    std::string items;
    std::size_t count = 0;
    skip_space();
    if (take("]")) return std::string("l0[]");
    for (;;) {
      skip_space();
      items += EVAL_TRY(read_value(depth + 1));
      ++count;
      skip_space();
      if (take("]")) return fmt::format("l{}[", count) + items + "]";
      if (!take(",")) return failure("\",\" or \"]\" is expected");
    }
  }

  Result<std::string> read_object(int depth) {
    ++at_;
    std::map<std::string, std::string> entries;
    skip_space();
    if (!take("}")) {
      for (;;) {
        skip_space();
        if (peek() != '"') return failure("a key is expected");
        std::string key = EVAL_TRY(spell_text());
        skip_space();
        if (!take(":")) return failure("\":\" is expected");
        skip_space();
        entries.insert_or_assign(std::move(key), EVAL_TRY(read_value(depth + 1)));
        skip_space();
        if (take("}")) break;
        if (!take(",")) return failure("\",\" or \"}\" is expected");
      }
    }
    std::string spelled = fmt::format("d{}{{", entries.size());
    for (const auto& [key, value] : entries) spelled += key + value;
    return spelled + "}";
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::string> spell_json(std::string_view text) {
  return Reader(text).read_document();
}

}  // namespace eval::judges
