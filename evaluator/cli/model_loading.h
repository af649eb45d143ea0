#pragma once

#include <string>

#include "evaluator/cli/context.h"
#include "evaluator/settings.h"
#include "runners/local/engine/local_model.h"

namespace CLI {
class App;
}

// What the commands around a model in this process share.
namespace eval::cli {

// Narrates the memory plan and draws one line while weights are loaded: redrawn on a terminal, printed
// at the end otherwise. `context` must outlive them.
runners::local::LocalModelHooks loading_hooks(const Context& context);

// --model, --device, --dtype, --context, --cpu-memory, --gpu-memory, --threads.
void add_model_flags(CLI::App& command, evaluator::RunSettings& settings);
// --temperature, --top-p, --top-k, --min-p, penalties, --max-tokens, --stop, --[no-]thinking.
void add_sampling_flags(CLI::App& command, evaluator::RunSettings& settings);

// The sampling parameters that are set, without a seed. Usage for a stop id that is no number.
Result<runners::SamplingParams> sampling_params(const evaluator::RunSettings& settings);

}  // namespace eval::cli
