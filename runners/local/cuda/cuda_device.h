#pragma once

#include <memory>

#include "runners/local/cuda/device.h"

namespace eval::runners::local::cuda {

// The Device over the CUDA runtime: one stream, graphs, cuBLASLt if `vendor_dense` and it is there.
// Errors: no driver, no such device, older than sm_80.
Result<std::unique_ptr<Device>> make_cuda_device(int index, bool vendor_dense);

}  // namespace eval::runners::local::cuda
