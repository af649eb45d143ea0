#include "problems/map_reader.h"

#include <fmt/format.h>

#include "base/text.h"

namespace eval::problems {

std::optional<std::string> scalar_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number_integer()) return fmt::format("{}", value.get<std::int64_t>());
  if (value.is_number()) return fmt::format("{}", value.get<double>());
  return std::nullopt;
}

MapReader::MapReader(const Json& map, std::string where, Findings& findings)
    : map_(map), where_(std::move(where)), findings_(findings) {
  if (!map_.is_object() && !map_.is_null()) {
    findings_.fault("bad-value", "the file should hold a map of keys to values", where_,
                    "write `key: value` lines");
  }
}

const Json* MapReader::member(std::string_view key) {
  known_.emplace(key);
  return find_member(map_, key);
}

void MapReader::wrong_type(std::string_view key, std::string_view expected, const Json& found) {
  findings_.fault("bad-value",
                  fmt::format("\"{}\" should be {}, but is {}", key, expected,
                              shorten(to_json_line(found), 60)),
                  where_);
}

std::optional<std::string> MapReader::text(std::string_view key) {
  const Json* value = member(key);
  if (value == nullptr) return std::nullopt;
  auto text = scalar_text(*value);
  if (!text) wrong_type(key, "a text", *value);
  return text;
}

std::optional<double> MapReader::number(std::string_view key) {
  const Json* value = member(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) return value->get<double>();
  if (value->is_string()) {
    if (const auto parsed = parse_double(trim(value->get<std::string>()))) return parsed;
  }
  wrong_type(key, "a number", *value);
  return std::nullopt;
}

std::optional<double> MapReader::positive(std::string_view key) {
  const auto value = number(key);
  if (!value || *value > 0) return value;
  wrong_type(key, "greater than 0", *member(key));
  return std::nullopt;
}

std::optional<bool> MapReader::flag(std::string_view key) {
  const Json* value = member(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  // YAML 1.1, which the packages' own tools read, has more words for a boolean than YAML 1.2.
  const std::string word = to_lower(scalar_text(*value).value_or(""));
  if (word == "yes" || word == "on" || word == "true") return true;
  if (word == "no" || word == "off" || word == "false") return false;
  wrong_type(key, "true or false", *value);
  return std::nullopt;
}

std::optional<std::vector<std::string>> MapReader::words(std::string_view key) {
  const Json* value = member(key);
  if (value == nullptr) return std::nullopt;
  std::vector<std::string> list;
  if (const auto text = scalar_text(*value)) {
    for (const std::string_view word : split_words(*text)) list.emplace_back(word);
    return list;
  }
  if (!value->is_array()) {
    wrong_type(key, "a list of texts", *value);
    return std::nullopt;
  }
  for (const Json& element : *value) {
    auto text = scalar_text(element);
    if (!text) {
      wrong_type(key, "a list of texts", *value);
      return std::nullopt;
    }
    list.push_back(std::move(*text));
  }
  return list;
}

void MapReader::know(std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) known_.emplace(key);
}

std::vector<std::string> MapReader::keys() const {
  std::vector<std::string> keys;
  if (!map_.is_object()) return keys;
  for (const auto& [key, value] : map_.items()) keys.push_back(key);
  return keys;
}

void MapReader::report_unknown_keys() {
  const std::vector<std::string> known(known_.begin(), known_.end());
  for (const std::string& key : keys()) {
    if (known_.contains(key)) continue;
    const auto near = closest_match(key, known);
    findings_.warning("unknown-key", fmt::format("the key \"{}\" is not known and ignored", key),
                      where_,
                      near ? fmt::format("write \"{}\" if that is meant, or remove it", *near)
                           : std::string("remove it"));
  }
}

}  // namespace eval::problems
