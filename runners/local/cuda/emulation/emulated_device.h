#pragma once

#include <memory>

#include "runners/local/cuda/device.h"
#include "runners/local/cuda/emulation/scheduler.h"

namespace eval::runners::local::cuda {

// A Device whose kernels run on the CPU at once, in memory of the host that starts as NaN.
std::unique_ptr<Device> make_emulated_device(simt::Options options, Bytes memory);

}  // namespace eval::runners::local::cuda
