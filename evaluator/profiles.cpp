#include "evaluator/profiles.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace eval::evaluator {
namespace {

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

struct Profile {
  std::string_view name;
  Pairs settings;
};

const std::vector<Profile>& profiles() {
  static const std::vector<Profile> table = {
      {"livecodebench",
       {{"prompt", "livecodebench-generic-1"},
        {"extraction", "last-two-fences"},
        {"semantics", "lcb-official"},
        {"samples", "10"},
        {"temperature", "0.2"},
        {"top_p", "0.95"},
        {"max_tokens", "2000"}}},
      // Nemotron-Cascade 2, section 6.2 and appendix A: 128K tokens, avg@8.
      {"nemo-skills",
       {{"prompt", "nemo-skills-2"},
        {"extraction", "first-tagged"},
        {"semantics", "lcb-official"},
        {"window", "nvidia-v6"},
        {"samples", "8"},
        {"temperature", "1.0"},
        {"top_p", "0.95"},
        {"max_tokens", "131072"}}},
  };
  return table;
}

}  // namespace

std::vector<std::string> profile_names() {
  std::vector<std::string> names;
  for (const Profile& profile : profiles()) names.emplace_back(profile.name);
  return names;
}

Result<SettingsLayer> profile_settings(std::string_view name) {
  for (const Profile& profile : profiles()) {
    if (profile.name != name) continue;
    const std::string where = fmt::format("profile {}", name);
    SettingsLayer layer;
    for (const auto& [key, text] : profile.settings) {
      const Setting* setting = find_setting(key);
      EVAL_CHECK(setting != nullptr);
      layer.push_back({setting, EVAL_TRY(setting_from_text(*setting, text, where)), where});
    }
    return layer;
  }
  const auto close = closest_match(name, profile_names());
  return fail(ErrorCode::Usage, fmt::format("there is no profile \"{}\"", name), {},
              close ? fmt::format("did you mean \"{}\"?", *close)
                    : "known: " + join(profile_names(), ", "));
}

}  // namespace eval::evaluator
