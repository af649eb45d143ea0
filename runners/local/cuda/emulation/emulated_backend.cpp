#include "runners/local/cuda/emulation/emulated_backend.h"

#include "base/check.h"
#include "runners/local/cuda/device_backend.h"
#include "runners/local/cuda/emulation/emulated_device.h"

namespace eval::runners::local::cuda {

std::unique_ptr<Backend> make_emulated_backend(const EmulatedOptions& options) {
  EVAL_CHECK(options.activation == DType::BF16 || options.activation == DType::F32);
  const KernelTable& kernels = options.activation == DType::F32 ? emulated_f32::kernel_table()
                                                                : emulated_bf16::kernel_table();
  return std::make_unique<DeviceBackend>(
      make_emulated_device({.seed = options.seed}, options.memory), kernels,
      BackendOptions{.graphs = options.graphs, .keep_fp8 = options.keep_fp8});
}

}  // namespace eval::runners::local::cuda
