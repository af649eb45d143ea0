#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "runners/local/engine/memory_plan.h"
#include "runners/local/model/backend.h"

// Which backend runs a model.
namespace eval::runners::local {

enum class Device { Cpu, Cuda };
std::string_view device_name(Device device);  // "cpu", "cuda"

// "cpu", "cuda", or "auto": cuda where this build has it and a device answers, else cpu. Usage for any
// other word.
Result<Device> choose_device(std::string_view name);

struct DeviceOptions {
  Device device = Device::Cpu;
  WeightFormat format = WeightFormat::BF16;
  int threads = 0;  // of the CPU; 0: all
};

// Unsupported for what the device cannot do: no CUDA in this build, or a format it does not have.
Result<std::unique_ptr<Backend>> make_backend(const DeviceOptions& options);

// What a model may take on the device if nobody says: most of what is free now. The rest is for the judges,
// page cache and others.
Bytes default_budget(Device device, const Backend& backend);

// Prompt tokens a step, and sequences at once, that suit the device.
std::int64_t prefill_budget(Device device);
std::int32_t concurrency_max(Device device);

}  // namespace eval::runners::local
