#include "evaluator/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/text.h"

namespace eval::evaluator {
namespace {

constexpr std::string_view kPrefix = "EVALCTL_";

// Variables with the prefix that are no settings, so that SUITES is not taken for a slip of SUITE.
constexpr std::string_view kOtherVariables[] = {"API_KEY", "CACHE",     "SUITES",
                                                "TESTLIB", "TEST_DATA", "TEST_PACKAGES"};

// A settings file is written by hand; one larger than this is something else.
constexpr Bytes kFileMax = Bytes::mib(1);

// 1-based line on which the top-level key starts, where the file is written as a block mapping.
std::optional<int> line_of_key(std::string_view text, std::string_view key) {
  int number = 0;
  for (std::string_view line : split_lines(text)) {
    ++number;
    for (const std::string_view quote : {"", "\"", "'"}) {
      const std::string start = fmt::format("{0}{1}{0}", quote, key);
      if (!line.starts_with(start)) continue;
      if (trim(line.substr(start.size())).starts_with(':')) return number;
    }
  }
  return std::nullopt;
}

Error unknown_key(const std::string& key, const std::string& where) {
  const bool is_secret = replace_all(to_lower(key), "-", "_").find("api_key") != std::string::npos;
  return {ErrorCode::BadInput,
          fmt::format("there is no setting \"{}\"", key),
          where,
          is_secret ? "an API key belongs into the environment variable EVALCTL_API_KEY"
                    : setting_advice(key),
          0,
          {}};
}

bool is_list(const Setting& setting) {
  return std::holds_alternative<std::vector<std::string> RunSettings::*>(setting.member);
}

void overlay(const SettingsLayer& layer, RunSettings& settings) {
  for (const SettingEntry& entry : layer) {
    // Layers hold checked values only.
    EVAL_CHECK(apply_setting(*entry.setting, entry.value, entry.where, settings));
  }
}

}  // namespace

Result<SettingsLayer> settings_from_yaml(std::string_view text, const std::string& where) {
  const Json document = EVAL_TRY(parse_yaml(text, where));
  SettingsLayer layer;
  if (document.is_null()) return layer;
  if (!document.is_object()) {
    return fail(ErrorCode::BadInput, "a configuration is a mapping of settings to values", where,
                "write one \"setting: value\" a line");
  }
  std::vector<Error> faults;
  RunSettings scratch;
  for (const auto& [key, value] : document.items()) {
    const auto line = line_of_key(text, key);
    const std::string place = line ? fmt::format("{}: line {}", where, *line) : where;
    const Setting* setting = find_setting(key);
    if (setting == nullptr) {
      faults.push_back(unknown_key(key, place));
    } else if (value.is_null()) {
      continue;  // "key:" with nothing behind: not set
    } else if (auto applied = apply_setting(*setting, value, place, scratch); !applied) {
      faults.push_back(std::move(applied).error());
    } else {
      layer.push_back({setting, value, place});
    }
  }
  if (!faults.empty()) return fail(combine(std::move(faults)));
  return layer;
}

Result<SettingsLayer> load_settings_file(const fs::path& path) {
  const std::string text = EVAL_TRY(read_file(path, kFileMax));
  return settings_from_yaml(text, path.string());
}

Result<SettingsLayer> settings_from_environment(
    const std::map<std::string, std::string>& environment) {
  SettingsLayer layer;
  std::vector<Error> faults;
  for (const auto& [variable, text] : environment) {
    if (!variable.starts_with(kPrefix)) continue;
    const std::string name = variable.substr(kPrefix.size());
    if (std::ranges::find(kOtherVariables, name) != std::end(kOtherVariables)) continue;
    const std::string where = "environment variable " + variable;
    const Setting* setting = find_setting(name);
    if (setting == nullptr) {
      const std::string advice = setting_advice(name);
      if (!advice.starts_with("did you mean")) continue;
      faults.push_back({ErrorCode::Usage,
                        fmt::format("there is no setting \"{}\"", to_lower(name)),
                        where,
                        advice,
                        0,
                        {}});
      continue;
    }
    auto value = setting_from_text(*setting, text, where);
    if (value) {
      layer.push_back({setting, *std::move(value), where});
    } else {
      faults.push_back(std::move(value).error());
    }
  }
  if (!faults.empty()) return fail(combine(std::move(faults)));
  return layer;
}

Result<SettingsLayer> settings_from_flags(
    const std::vector<std::pair<std::string, std::string>>& flags) {
  SettingsLayer layer;
  std::vector<Error> faults;
  for (const auto& [name, text] : flags) {
    const std::string where = "--" + replace_all(name, "_", "-");
    const Setting* setting = find_setting(name);
    if (setting == nullptr) {
      faults.push_back({ErrorCode::Usage,
                        fmt::format("there is no setting \"{}\"", name),
                        where,
                        setting_advice(name),
                        0,
                        {}});
      continue;
    }
    auto value = setting_from_text(*setting, text, where);
    if (!value) {
      Error fault = std::move(value).error();
      fault.code = ErrorCode::Usage;
      faults.push_back(std::move(fault));
      continue;
    }
    const auto same = std::ranges::find(layer, setting, &SettingEntry::setting);
    if (same != layer.end() && is_list(*setting)) {
      same->value.insert(same->value.end(), value->begin(), value->end());
    } else {
      layer.push_back({setting, *std::move(value), where});
    }
  }
  if (!faults.empty()) return fail(combine(std::move(faults)));
  return layer;
}

RunSettings merge_settings(const SettingsLayer& flags, const SettingsLayer& environment,
                           const SettingsLayer& file) {
  RunSettings settings;
  overlay(file, settings);
  overlay(environment, settings);
  overlay(flags, settings);
  return settings;
}

}  // namespace eval::evaluator
