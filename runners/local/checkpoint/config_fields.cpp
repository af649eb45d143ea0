#include "runners/local/checkpoint/config_fields.h"

#include <fmt/format.h>

#include "base/text.h"

namespace eval::runners::local {
namespace {

std::string shown(const Json& value) {
  return shorten(to_json_line(value), 60);
}

}  // namespace

bool ConfigFields::is_null(std::string_view key) const {
  const auto member = object_.find(key);
  return member != object_.end() && member->is_null();
}

void ConfigFields::bad(std::string what, std::string help) {
  faults_.push_back({ErrorCode::BadInput, std::move(what), where_, std::move(help), 0, {}});
}

void ConfigFields::unsupported(std::string_view key, std::string_view value,
                               const std::vector<std::string>& known) {
  Error error{ErrorCode::Unsupported,
              fmt::format("\"{}\": {} is not supported by this version", key,
                          shorten(to_valid_utf8(value), 80)),
              where_,
              {},
              0,
              {}};
  if (!known.empty()) error.help = "supported: " + join(known, ", ");
  if (const auto closest = closest_match(value, known)) {
    error.help += fmt::format("; the nearest is \"{}\"", *closest);
  }
  faults_.push_back(std::move(error));
}

void ConfigFields::take_faults(ConfigFields& part) {
  faults_.insert(faults_.end(), part.faults_.begin(), part.faults_.end());
  part.faults_.clear();
}

std::int64_t ConfigFields::integer(std::string_view key, std::int64_t least, std::int64_t most,
                                   std::optional<std::int64_t> fallback) {
  const Json* value = find(key);
  if (value == nullptr) {
    if (!fallback) bad(fmt::format("\"{}\" is missing", key));
    return fallback.value_or(least);
  }
  // An unsigned number above INT64_MAX must not wrap into the range.
  const bool whole =
      value->is_number_integer() &&
      (!value->is_number_unsigned() || value->get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
  if (!whole) {
    bad(fmt::format("\"{}\" should be a whole number, but is {}", key, shown(*value)));
    return least;
  }
  const auto number = value->get<std::int64_t>();
  if (number < least || number > most) {
    bad(fmt::format("\"{}\" is {}, outside {} .. {}", key, number, least, most));
    return least;
  }
  return number;
}

int ConfigFields::count(std::string_view key, int least, int most, std::optional<int> fallback) {
  std::optional<std::int64_t> wide;
  if (fallback) wide = *fallback;
  return static_cast<int>(integer(key, least, most, wide));
}

double ConfigFields::number(std::string_view key, double least, double most,
                            std::optional<double> fallback) {
  const Json* value = find(key);
  if (value == nullptr) {
    if (!fallback) bad(fmt::format("\"{}\" is missing", key));
    return fallback.value_or(least);
  }
  if (!value->is_number()) {
    bad(fmt::format("\"{}\" should be a number, but is {}", key, shown(*value)));
    return least;
  }
  const auto number = value->get<double>();
  if (!(number >= least && number <= most)) {
    bad(fmt::format("\"{}\" is {}, outside {} .. {}", key, number, least, most));
    return least;
  }
  return number;
}

bool ConfigFields::flag(std::string_view key, bool fallback) {
  const Json* value = find(key);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  bad(fmt::format("\"{}\" should be true or false, but is {}", key, shown(*value)));
  return fallback;
}

std::string ConfigFields::text(std::string_view key) {
  const Json* value = find(key);
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  bad(fmt::format("\"{}\" should be a text, but is {}", key, shown(*value)));
  return {};
}

std::optional<std::vector<std::string>> ConfigFields::texts(std::string_view key) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  std::vector<std::string> list;
  bool sound = value->is_array();
  for (std::size_t i = 0; sound && i < value->size(); ++i) {
    sound = (*value)[i].is_string();
    if (sound) list.push_back((*value)[i].get<std::string>());
  }
  if (!sound) bad(fmt::format("\"{}\" should be a list of texts, but is {}", key, shown(*value)));
  return list;
}

std::vector<std::int32_t> ConfigFields::token_ids(std::string_view key, std::int64_t bound) {
  const Json* value = find(key);
  if (value == nullptr) return {};
  const Json list = value->is_array() ? *value : Json::array({*value});
  std::vector<std::int32_t> ids;
  for (const Json& id : list) {
    const bool sound =
        id.is_number_integer() &&
        (id.is_number_unsigned() ? id.get<std::uint64_t>() < static_cast<std::uint64_t>(bound)
                                 : id.get<std::int64_t>() >= 0 && id.get<std::int64_t>() < bound);
    if (!sound) {
      bad(fmt::format("\"{}\" names {}, which is no token of a vocabulary of {}", key, shown(id),
                      bound));
      return {};
    }
    ids.push_back(id.get<std::int32_t>());
  }
  return ids;
}

}  // namespace eval::runners::local
