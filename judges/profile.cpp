#include "judges/profile.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/embedded.h"
#include "base/json.h"
#include "base/text.h"

EVAL_EMBEDDED(eval_profiles_json)

namespace eval::judges {
namespace {

Result<std::vector<std::string>> read_words(const Json& row, std::string_view key) {
  std::vector<std::string> words;
  const Json* list = find_member(row, key);
  if (list == nullptr) return words;
  const auto wrong = [&] {
    return fail(ErrorCode::BadInput, fmt::format("\"{}\" is not a list of strings", key));
  };
  if (!list->is_array()) return wrong();
  for (const Json& word : *list) {
    if (!word.is_string()) return wrong();
    words.push_back(word.get<std::string>());
  }
  return words;
}

// The rows that one entry of a profile stands for: its own language, and others that are judged as it.
Result<std::vector<Language>> read_rows(const Json& entry, const Languages& base) {
  for (const auto& [key, value] : entry.items()) {
    const std::vector<std::string> known = {"id", "as", "name", "compile", "run", "time_factor"};
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return fail(ErrorCode::BadInput, fmt::format("\"{}\" is not a member of a language", key));
  }
  const std::string id = EVAL_TRY(read_string(entry, "id"));
  const Language* found = base.find(id);
  if (found == nullptr) {
    return fail(ErrorCode::BadInput, fmt::format("language \"{}\" is not in the table", id));
  }
  Language row = *found;
  row.name = EVAL_TRY(read_string(entry, "name", row.name));
  const auto compile = EVAL_TRY(read_words(entry, "compile"));
  if (!compile.empty()) row.compile = compile;
  const auto run = EVAL_TRY(read_words(entry, "run"));
  if (!run.empty()) row.run = run;
  row.time_factor = EVAL_TRY(read_number(entry, "time_factor", row.time_factor));
  if (!(row.time_factor > 0)) {
    return fail(ErrorCode::BadInput,
                fmt::format("language \"{}\": time_factor is not above 0", id));
  }
  std::vector<Language> rows{row};
  for (const std::string& other : EVAL_TRY(read_words(entry, "as"))) {
    const Language* same = base.find(other);
    if (same == nullptr) {
      return fail(ErrorCode::BadInput, fmt::format("language \"{}\" is not in the table", other));
    }
    Language copy = row;
    copy.id = same->id;
    copy.extensions = same->extensions;
    copy.tags = same->tags;
    copy.kattis_names = same->kattis_names;
    rows.push_back(std::move(copy));
  }
  return rows;
}

Result<EnvironmentProfile> read_profile(const Json& json, const Languages& base) {
  EnvironmentProfile profile;
  profile.id = EVAL_TRY(read_string(json, "id"));
  profile.title = EVAL_TRY(read_string(json, "title"));
  profile.sources = EVAL_TRY(read_words(json, "sources"));
  if (profile.id.empty() || profile.sources.empty()) {
    return fail(ErrorCode::BadInput, "a profile needs an id and its sources");
  }
  const Json* list = find_member(json, "languages");
  if (list == nullptr) {
    profile.languages = base;
    return profile;
  }
  std::vector<Language> rows;
  for (const Json& entry : *list) {
    auto read = EVAL_TRY_IN(read_rows(entry, base), "profile " + profile.id);
    rows.insert(rows.end(), std::make_move_iterator(read.begin()),
                std::make_move_iterator(read.end()));
  }
  profile.languages = EVAL_TRY_IN(Languages::of(std::move(rows)), "profile " + profile.id);
  return profile;
}

// Constant data: built once, never changed.
const std::vector<EnvironmentProfile>& built_in() {
  static const std::vector<EnvironmentProfile> profiles = [] {
    auto parsed = profiles_from_json(eval_profiles_json(), "profiles.json", Languages::built_in());
    EVAL_CHECK(parsed.has_value());
    return std::move(*parsed);
  }();
  return profiles;
}

}  // namespace

std::vector<std::string> profile_names() {
  std::vector<std::string> names;
  for (const EnvironmentProfile& profile : built_in()) names.push_back(profile.id);
  return names;
}

Result<EnvironmentProfile> find_profile(std::string_view id) {
  for (const EnvironmentProfile& profile : built_in()) {
    if (profile.id == id) return profile;
  }
  const std::vector<std::string> names = profile_names();
  const auto closest = closest_match(id, names);
  return fail(
      ErrorCode::Usage, fmt::format("there is no profile \"{}\"", id), {},
      closest ? fmt::format("did you mean \"{}\"?", *closest) : "known: " + join(names, ", "));
}

Result<std::vector<EnvironmentProfile>> profiles_from_json(std::string_view text,
                                                           std::string_view where,
                                                           const Languages& base) {
  const Json document = EVAL_TRY(parse_json(text, where));
  const Json* list = find_member(document, "profiles");
  if (list == nullptr || !list->is_array()) {
    return fail(ErrorCode::BadInput, "there is no list \"profiles\"", std::string(where));
  }
  std::vector<EnvironmentProfile> profiles;
  for (const Json& json : *list) {
    profiles.push_back(EVAL_TRY_IN(read_profile(json, base), where));
  }
  return profiles;
}

}  // namespace eval::judges
