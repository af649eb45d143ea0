#include "judges/lcb/python_show.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "base/text.h"

namespace eval::judges {
namespace {

std::string repr_of_double(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

// Characters that Python escapes, as far as texts of tests have them: controls, and those of Latin-1 that
// do not print. Others are shown as they are.
std::string repr_of_text(std::string_view text) {
  const bool has_single = text.find('\'') != text.npos;
  const char quote = has_single && text.find('"') == text.npos ? '"' : '\'';
  std::string shown(1, quote);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\\' || text[i] == quote) {
      shown += '\\';
      shown += text[i];
    } else if (c == '\n') {
      shown += "\\n";
    } else if (c == '\r') {
      shown += "\\r";
    } else if (c == '\t') {
      shown += "\\t";
    } else if (c < 0x20 || c == 0x7f) {
      shown += fmt::format("\\x{:02x}", c);
    } else if (c == 0xc2 && i + 1 < text.size() &&
               (static_cast<unsigned char>(text[i + 1]) <= 0xa0 ||
                static_cast<unsigned char>(text[i + 1]) == 0xad)) {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
    } else {
      shown += text[i];
    }
  }
  return shown + quote;
}

// Takes values off the front of a spelling; what is cut off is left out.
class SpelledReader {
 public:
  explicit SpelledReader(std::string_view text) : text_(text) {}

  std::string read(const Json* like) {
    if (at_ >= text_.size()) return {};
    const char kind = text_[at_++];
    if (kind == 's') return read_text();
    if (kind == 'l' || kind == 't') return read_list(kind == 't', like);
    if (kind == 'd') return read_dict(like);
    if (kind == 'a') return read_array(like);
    const std::string_view digits = take_until(';');
    if (kind == 'n') return "None";
    if (kind == 'I') return "inf";
    if (kind == 'J') return "-inf";
    if (kind == 'i') return whole(digits, like);
    if (kind == 'r') return fraction(digits);
    return "nan";  // equal to nothing; what else it may be is not told
  }

 private:
  std::string_view take_until(char mark) {
    const std::size_t end = text_.find(mark, at_);
    const std::string_view part = text_.substr(at_, end == text_.npos ? end : end - at_);
    at_ = end == text_.npos ? text_.size() : end + 1;
    return part;
  }
  static std::string whole(std::string_view digits, const Json* like) {
    if (like != nullptr && like->is_boolean() && (digits == "0" || digits == "1")) {
      return digits == "1" ? "True" : "False";
    }
    if (like != nullptr && like->is_number_float()) {
      return repr_of_double(std::strtod(std::string(digits).c_str(), nullptr));
    }
    return std::string(digits);
  }
  // "-3/1": hexadecimal numerator, power of two below it.
  static std::string fraction(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == text.npos) return {};
    const bool negative = text.starts_with('-');
    const std::string top(text.substr(negative ? 1 : 0, slash - (negative ? 1 : 0)));
    const auto power = parse_integer(text.substr(slash + 1));
    if (!power || *power < 0 || *power > 2000) return {};
    const auto mantissa = static_cast<double>(std::strtoull(top.c_str(), nullptr, 16));
    const double value = std::ldexp(mantissa, -static_cast<int>(*power));
    return repr_of_double(negative ? -value : value);
  }
  std::string read_text() {
    const auto bytes = parse_integer(take_until(':'));
    const std::size_t size = bytes && *bytes > 0 ? static_cast<std::size_t>(*bytes) : 0;
    const std::string_view content = text_.substr(std::min(at_, text_.size()), size);
    at_ += content.size();
    return repr_of_text(content);
  }
  std::string read_list(bool is_tuple, const Json* like) {
    const auto count = parse_integer(take_until('['));
    std::string shown = is_tuple ? "(" : "[";
    for (long long i = 0; count && i < *count && at_ < text_.size(); ++i) {
      const bool has_like =
          like != nullptr && like->is_array() && static_cast<std::size_t>(i) < like->size();
      if (i > 0) shown += ", ";
      shown += read(has_like ? &(*like)[static_cast<std::size_t>(i)] : nullptr);
    }
    if (at_ >= text_.size()) return shown;
    ++at_;
    if (is_tuple && count == 1) shown += ",";
    return shown + (is_tuple ? ")" : "]");
  }
  // Of numpy. Its values are known only if it is one.
  std::string read_array(const Json* like) {
    const std::string_view sizes = take_until(']');
    const std::size_t start = sizes.find('[');
    if (start == sizes.npos) return {};
    const std::string_view shape = sizes.substr(start + 1);
    for (const std::string& size : split(shape, ',')) {
      if (!size.empty() && size != "1") return fmt::format("array of shape ({})", shape);
    }
    return shape.empty() ? read(like) : "array(" + read(like) + ")";
  }
  std::string read_dict(const Json* like) {
    const auto count = parse_integer(take_until('{'));
    std::string shown = "{";
    for (long long i = 0; count && i < *count && at_ < text_.size(); ++i) {
      if (i > 0) shown += ", ";
      shown += read(nullptr) + ": ";
      shown +=
          read(like != nullptr && like->is_object() && !like->empty() ? &like->front() : nullptr);
    }
    if (at_ >= text_.size()) return shown;
    ++at_;
    return shown + "}";
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// Offset behind the first `count` characters.
std::size_t after_characters(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (; count > 0 && at < text.size(); --count) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80) ++at;
  }
  return at;
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0U) == 0x80 ? 0 : 1;
  return count;
}

constexpr std::size_t kMessageBytes = 150;  // of a value in a message
constexpr std::size_t kSpelledBytes = 600;  // that are looked at for it

}  // namespace

std::string python_repr(const Json& value) {
  if (value.is_null()) return "None";
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_number_float()) return repr_of_double(value.get<double>());
  if (value.is_number_unsigned()) return std::to_string(value.get<std::uint64_t>());
  if (value.is_number_integer()) return std::to_string(value.get<std::int64_t>());
  if (value.is_string()) return repr_of_text(value.get<std::string>());
  std::vector<std::string> parts;
  for (const auto& [key, item] : value.items()) {
    parts.push_back((value.is_object() ? repr_of_text(key) + ": " : "") + python_repr(item));
  }
  return (value.is_object() ? "{" : "[") + join(parts, ", ") + (value.is_object() ? "}" : "]");
}

std::string python_repr_of_spelled(std::string_view spelled, const Json& like) {
  return SpelledReader(spelled).read(&like);
}

std::string shown_spelled(std::string_view spelled, const Json& like) {
  if (spelled == "x;" || spelled == "y;") return "a value that is equal to nothing";
  const std::string repr = python_repr_of_spelled(spelled.substr(0, kSpelledBytes), like);
  return to_valid_utf8(shorten(repr, kMessageBytes));
}

std::string wrong_value_message(std::string_view spelled, std::string_view expected) {
  const Json wanted = parse_json(expected, "expected output").value_or(Json());
  return fmt::format("returned {} instead of {}", shown_spelled(spelled, wanted),
                     to_valid_utf8(shorten(trim(expected), kMessageBytes)));
}

std::string python_truncated(std::string_view text, std::size_t length) {
  const std::size_t count = characters(text);
  if (count <= length) return std::string(text);
  const std::string_view head = text.substr(0, after_characters(text, length / 2));
  const std::string_view tail = text.substr(after_characters(text, count - length / 2));
  return fmt::format("{}...(truncated) ...{}", head, tail);
}

}  // namespace eval::judges
