#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"

namespace eval {
namespace {

// Nesting beyond this is an attack on the parser's stack, not data.
constexpr int kDepthMax = 200;

std::string position(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_start = before.rfind('\n');
  const std::size_t column =
      before.size() - (line_start == std::string_view::npos ? 0 : line_start + 1) + 1;
  return fmt::format("line {}, column {}", line, column);
}

// The library's message without its "[json.exception...]" prefix and position, which we give
// ourselves.
std::string plain_message(std::string_view message) {
  const std::size_t at = message.find("syntax error");
  if (at == std::string_view::npos) return "malformed JSON";
  const std::size_t dash = message.find(" - ", at);
  return dash == std::string_view::npos ? "syntax error"
                                        : "syntax error: " + std::string(message.substr(dash + 3));
}

bool too_deep(std::string_view text, std::size_t& offset) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      offset = i;
      if (++depth > kDepthMax) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

// 0xd83d of "\ud83d" at the front; nullopt for anything else.
std::optional<unsigned> surrogate_at(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  unsigned code = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, code, 16);
  const bool is_surrogate = error == std::errc() && end == text.data() + 6 && code >> 11U == 0x1b;
  return is_surrogate ? std::optional(code) : std::nullopt;
}

// With the escape of U+FFFD for each surrogate that is not of a pair.
std::string with_whole_pairs(std::string_view text) {
  constexpr unsigned kFirstOfLow = 0xdc00;
  std::string whole;
  while (!text.empty()) {
    const auto first = surrogate_at(text);
    const auto second = first ? surrogate_at(text.substr(6)) : std::nullopt;
    const bool is_pair = second && *first < kFirstOfLow && *second >= kFirstOfLow;
    // An escape is looked at once, so that a backslash before "u" is none of another one.
    const std::size_t plain = text.find('\\', 1);
    const std::size_t length = first             ? (is_pair ? 12 : 6)
                               : text[0] == '\\' ? std::min<std::size_t>(2, text.size())
                                                 : std::min(plain, text.size());
    whole += first && !is_pair ? "\\ufffd" : text.substr(0, length);
    text.remove_prefix(length);
  }
  return whole;
}

Failure wrong_type(std::string_view key, std::string_view expected, const Json& found) {
  return fail(ErrorCode::BadInput, fmt::format("\"{}\" should be {}, but is {}", key, expected,
                                               shorten(to_json_line(found), 60)));
}

nlohmann::json sorted(const Json& value) {
  if (value.is_object()) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& [key, member] : value.items()) object[key] = sorted(member);
    return object;
  }
  if (value.is_array()) {
    nlohmann::json array = nlohmann::json::array();
    for (const Json& element : value) array.push_back(sorted(element));
    return array;
  }
  return nlohmann::json(value);
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view where) {
  std::size_t offset = 0;
  if (too_deep(text, offset)) {
    return fail(ErrorCode::BadInput, "JSON is nested too deeply",
                fmt::format("{}: {}", where, position(text, offset)));
  }
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& error) {
    if (std::string_view(error.what()).find("surrogate") != std::string_view::npos) {
      const std::string whole = with_whole_pairs(text);
      if (whole != text) return parse_json(whole, where);
    }
    const std::size_t at = error.byte == 0 ? 0 : error.byte - 1;
    return fail(ErrorCode::BadInput, plain_message(error.what()),
                fmt::format("{}: {}", where, position(text, at)));
  } catch (const Json::exception& error) {
    // "[json.exception.out_of_range.406] number overflow parsing '1e999'"
    const std::string_view what = error.what();
    return fail(ErrorCode::BadInput, std::string(what.substr(what.find("] ") + 2)),
                std::string(where));
  }
}

std::string to_json_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_json_text(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_canonical_json(const Json& value) {
  return sorted(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

const Json* find_member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(std::string(key));
  if (found == object.end() || found->is_null()) return nullptr;
  return &*found;
}

Result<std::string> read_string(const Json& object, std::string_view key, std::string fallback) {
  const Json* member = find_member(object, key);
  if (member == nullptr) return fallback;
  if (!member->is_string()) return wrong_type(key, "a text", *member);
  return member->get<std::string>();
}

Result<double> read_number(const Json& object, std::string_view key, double fallback) {
  const Json* member = find_member(object, key);
  if (member == nullptr) return fallback;
  if (!member->is_number()) return wrong_type(key, "a number", *member);
  return member->get<double>();
}

Result<std::int64_t> read_integer(const Json& object, std::string_view key, std::int64_t fallback) {
  const Json* member = find_member(object, key);
  if (member == nullptr) return fallback;
  if (!member->is_number_integer()) return wrong_type(key, "a whole number", *member);
  // The library wraps what is too large around.
  if (member->is_number_unsigned() && !std::in_range<std::int64_t>(member->get<std::uint64_t>())) {
    return wrong_type(key, "a whole number of 64 bits with a sign", *member);
  }
  return member->get<std::int64_t>();
}

Result<bool> read_bool(const Json& object, std::string_view key, bool fallback) {
  const Json* member = find_member(object, key);
  if (member == nullptr) return fallback;
  if (!member->is_boolean()) return wrong_type(key, "true or false", *member);
  return member->get<bool>();
}

}  // namespace eval
