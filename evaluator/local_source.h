#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "evaluator/manifest.h"
#include "evaluator/settings.h"
#include "runners/local/engine/local_model.h"
#include "runners/runner.h"

// From the settings of a run to a model in this process.
namespace eval::evaluator {

// `settings.device`, `dtype`, memory and so on. Usage for a word or size that is none.
Result<runners::local::LocalModelOptions> local_options(const RunSettings& settings,
                                                        const std::string& folder);

// What the manifest keeps of them, with the device that "auto" stands for here.
Result<LocalChoice> local_choice(const RunSettings& settings);

// The settings of a stored run: its folder, and what decides tokens. The rest stays as it is.
Result<void> adopt_local(const RunManifest& manifest, RunSettings& settings);

// What make_runner() tells while it loads a local model. With `plan_only` no weights are loaded.
struct LocalLoading {
  runners::local::LocalModelHooks hooks = {};
  bool plan_only = false;
};
Result<std::unique_ptr<runners::Runner>> make_local_source(const RunSettings& settings,
                                                           const std::string& folder,
                                                           const LocalLoading& loading);

}  // namespace eval::evaluator
