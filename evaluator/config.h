#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/result.h"
#include "evaluator/settings.h"

// Where settings come from: flags, then environment, then the configuration file, then the defaults
// of RunSettings. A configuration file is one flat YAML mapping; every key is optional, and
// run_setting_table() is the whole list:
//
//   suite: quickstart            # or a folder; relative paths are seen from where evalctl is
//   started problems: [twopiles, ferry] filter: "*s" limit: 5 model: http:qwen3-8b base_url:
//   http://127.0.0.1:8000/v1 samples: 4                   # attempts per problem seed: 1
//   temperature: 1.0
//   top_p: 0.95
//   max_tokens: 32768
//   languages: [cpp20, python3]
//   extraction: last-block       # last-two-fences, first-tagged, longest-block
//   jobs: 8                      # judged at once
//   generate_workers: 64         # asked at once
//   request_timeout: 1h
//   verdict_cache: true
//   isolation: cgroup
//   db: results.db
//   run_id: qwen3-first
//   report_html: board.html
//
// An API key has no place in it: it is read from the environment only and never stored.
namespace eval::evaluator {

struct SettingEntry {
  const Setting* setting = nullptr;
  Json value;
  std::string where;  // "run.yaml: line 3", "environment variable EVALCTL_SEED", "--seed"
};

// The settings of one origin; every value has been checked.
using SettingsLayer = std::vector<SettingEntry>;

// Reads the configuration file. All faults (unknown keys with the closest known one, wrong types,
// values out of range) come in one Error, each with its line where the key starts one.
Result<SettingsLayer> load_settings_file(const fs::path& path);
Result<SettingsLayer> settings_from_yaml(std::string_view text, const std::string& where);

// Takes every EVALCTL_<SETTING> of `environment`. An unknown EVALCTL_ variable is Usage when it is
// a near miss of a setting, and is left alone otherwise: other parts of the program have their own.
Result<SettingsLayer> settings_from_environment(
    const std::map<std::string, std::string>& environment);

// Flags as (setting name, text), in the order given; one that is repeated adds to a list and
// replaces anything else.
Result<SettingsLayer> settings_from_flags(
    const std::vector<std::pair<std::string, std::string>>& flags);

// Defaults, overlaid by file, environment and flags in this order. A list replaces the whole list
// of a weaker origin.
RunSettings merge_settings(const SettingsLayer& flags, const SettingsLayer& environment,
                           const SettingsLayer& file);

}  // namespace eval::evaluator
