#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "judges/language.h"

// The environment of a contest as data: profiles.json beside this file, whose manual is FORMAT.md.
namespace eval::judges {

struct EnvironmentProfile {
  std::string id;                    // "ioi-2025"
  std::string title;                 // one line for people
  std::vector<std::string> sources;  // where the contest says so
  Languages languages;               // all that the contest knows
};

// Ids of all profiles, "default" first.
std::vector<std::string> profile_names();

// Usage with the closest id for one that is not known.
Result<EnvironmentProfile> find_profile(std::string_view id);

// Profiles from a text like profiles.json, over the rows of `base`.
Result<std::vector<EnvironmentProfile>> profiles_from_json(std::string_view text,
                                                           std::string_view where,
                                                           const Languages& base);

}  // namespace eval::judges
