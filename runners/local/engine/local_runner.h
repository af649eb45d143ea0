#pragma once

#include <memory>

#include "base/result.h"
#include "runners/local/engine/local_model.h"
#include "runners/runner.h"

namespace eval::runners::local {

// A model of this process as a Runner. Attempts of one problem share the prefill of their prompt. A
// generation depends on prompt, sampling parameters, attempt number and the description() alone; its
// token_hash says which tokens it was.
std::unique_ptr<Runner> make_local_runner(std::unique_ptr<LocalModel> model);

}  // namespace eval::runners::local
