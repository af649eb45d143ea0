#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace eval {

struct LenientYaml {
  Json value;
  std::vector<std::string> repeated_keys;  // stated more than once in one map
};

// As parse_yaml(), for files of others: of a key that is stated twice the last value counts, as nearly
// all readers have it.
Result<LenientYaml> parse_yaml_leniently(std::string_view text, std::string_view where);

}  // namespace eval
