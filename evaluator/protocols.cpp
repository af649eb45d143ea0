#include "evaluator/protocols.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace eval::evaluator {
namespace {

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

struct Protocol {
  std::string_view name;
  Pairs settings;
};

const std::vector<Protocol>& protocols() {
  static const std::vector<Protocol> table = {
      {"livecodebench",
       {{"prompt", "livecodebench-generic-2"},
        {"extraction", "last-two-fences"},
        {"semantics", "lcb-official"},
        {"samples", "10"},
        {"temperature", "0.2"},
        {"top_p", "0.95"},
        {"max_tokens", "2000"}}},
      {"livecodebench-test-output",
       {{"prompt", "livecodebench-test-output-1"},
        {"extraction", "lcb-test-output"},
        {"samples", "10"},
        {"temperature", "0.2"},
        {"top_p", "0.95"},
        {"max_tokens", "2000"}}},
      {"livecodebench-execution",
       {{"prompt", "livecodebench-execution-1"},
        {"extraction", "lcb-execution"},
        {"samples", "10"},
        {"temperature", "0.2"},
        {"top_p", "0.95"},
        {"max_tokens", "2000"}}},
      {"livecodebench-execution-cot",
       {{"prompt", "livecodebench-execution-cot-1"},
        {"extraction", "lcb-execution-cot"},
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

std::vector<std::string> protocol_names() {
  std::vector<std::string> names;
  for (const Protocol& protocol : protocols()) names.emplace_back(protocol.name);
  return names;
}

Result<SettingsLayer> protocol_settings(std::string_view name) {
  for (const Protocol& protocol : protocols()) {
    if (protocol.name != name) continue;
    const std::string where = fmt::format("protocol {}", name);
    SettingsLayer layer;
    for (const auto& [key, text] : protocol.settings) {
      const Setting* setting = find_setting(key);
      EVAL_CHECK(setting != nullptr);
      layer.push_back({setting, EVAL_TRY(setting_from_text(*setting, text, where)), where});
    }
    return layer;
  }
  const auto close = closest_match(name, protocol_names());
  return fail(ErrorCode::Usage, fmt::format("there is no protocol \"{}\"", name), {},
              close ? fmt::format("did you mean \"{}\"?", *close)
                    : "known: " + join(protocol_names(), ", "));
}

}  // namespace eval::evaluator
