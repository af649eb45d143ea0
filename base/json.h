#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace eval {

// Insertion-ordered, so that what we write reads in the order we wrote it. nlohmann/json appears
// in headers only through this alias. Its accessors throw on a wrong type: use the readers below
// on anything that came from outside.
using Json = nlohmann::ordered_json;

// Parses one JSON text. BadInput names line and column; `where` is the file. Half of a surrogate pair alone, which
// Python and JavaScript write and read as "\ud83d" and UTF-8 cannot hold, is read as U+FFFD.
Result<Json> parse_json(std::string_view text, std::string_view where);

// Parses one YAML document into JSON values (YAML 1.2 core schema for plain scalars; duplicate
// keys, anchors to nowhere and non-string keys are errors). BadInput names line and column.
Result<Json> parse_yaml(std::string_view text, std::string_view where);

// `value` as one line, invalid UTF-8 replaced. Never throws.
std::string to_json_line(const Json& value);
// Indented by two spaces.
std::string to_json_text(const Json& value);

// The canonical form used for content keys: object keys sorted, no white space.
std::string to_canonical_json(const Json& value);

// Typed reads from an object. A missing (or null) key gives `fallback`; a wrong type is BadInput
// that names the key and what was expected.
Result<std::string> read_string(const Json& object, std::string_view key,
                                std::string fallback = {});
Result<double> read_number(const Json& object, std::string_view key, double fallback);
Result<std::int64_t> read_integer(const Json& object, std::string_view key, std::int64_t fallback);
Result<bool> read_bool(const Json& object, std::string_view key, bool fallback);

// The member, or nullptr when `object` is not an object or has no such key (or it is null).
const Json* find_member(const Json& object, std::string_view key);

}  // namespace eval
