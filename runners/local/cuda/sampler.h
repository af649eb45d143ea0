#pragma once

#include <memory>
#include <span>
#include <vector>

#include "runners/local/cuda/device.h"
#include "runners/local/cuda/kernels/kernel_table.h"

namespace eval::runners::local::cuda {

// Draws tokens on the device, as model/sampling.h defines it. Only the drawn tokens and the asked for
// log-probabilities come back to the host.
class DeviceSampler {
 public:
  static Result<std::unique_ptr<DeviceSampler>> create(Device& device, const KernelTable& kernels,
                                                       std::int64_t rows, std::int64_t vocabulary);

  // Waits for the device. Errors: a device fault; out of memory for penalties or log-probabilities.
  Result<std::vector<SampledToken>> sample(const View& logits, std::span<const SampleRule> rules);

 private:
  DeviceSampler(Device& device, const KernelTable& kernels) : device_(device), kernels_(kernels) {}
  Result<void> grow(DeviceBuffer& buffer, std::size_t bytes);

  Device& device_;
  const KernelTable& kernels_;
  DeviceBuffer adjusted_;   // [rows, vocabulary] F32
  DeviceBuffer rules_;      // [rows] SampleRow
  DeviceBuffer sampled_;    // [rows] SampledRow
  DeviceBuffer penalties_;  // grown when a step needs more
  DeviceBuffer likeliest_;
};

}  // namespace eval::runners::local::cuda
