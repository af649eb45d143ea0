#pragma once

#include <functional>
#include <stop_token>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "runners/local/checkpoint/checkpoint.h"
#include "runners/local/model/backend.h"
#include "runners/local/model/model.h"

namespace eval::runners::local {

// After each tensor, or group of tensors that is loaded as one.
struct LoadProgress {
  Bytes done;               // of the checkpoint's bytes
  Bytes total;              // ends equal to `done`
  std::string_view tensor;  // its name in tensor_plan(); valid during the call
};

// Brings the weights of `checkpoint` into `backend`. Query, key and value become one matrix, gate and
// up another; vectors become F32; A = -exp(A_log). Errors are the backend's, with the tensor's name,
// BadInput for a vector with values that are not finite, and Cancelled after a stop. The checkpoint may be closed afterwards.
Result<Model> load_model(const Checkpoint& checkpoint, Backend& backend,
                         const std::function<void(LoadProgress)>& progress = nullptr,
                         std::stop_token stop = {});

}  // namespace eval::runners::local
