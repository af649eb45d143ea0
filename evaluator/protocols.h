#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluator/config.h"

namespace eval::evaluator {

// Named sets of settings, as a published evaluation used them:
//   livecodebench  the official runner of LiveCodeBench: its prompt layout, the code between the last two
//                  fences, 10 samples at temperature 0.2, top_p 0.95, 2,000 tokens, its own verdicts
//   livecodebench-test-output, livecodebench-execution, livecodebench-execution-cot
//                  the same runner's other scenarios: their prompts and extraction, the same sampling
//   nemo-skills    NVIDIA's harness for Nemotron-Cascade 2: its prompt layout, the first tagged fence
//                  behind the reasoning, 8 samples at temperature 1.0, top_p 0.95, 131,072 tokens, window
//                  nvidia-v6; verdicts by lcb-official (NVIDIA runs a fork of the official evaluator)
std::vector<std::string> protocol_names();

// The settings of a protocol as a layer below the configuration file. Usage for an unknown name.
Result<SettingsLayer> protocol_settings(std::string_view name);

}  // namespace eval::evaluator
