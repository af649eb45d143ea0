#include "runners/local/engine/device.h"

#include <fmt/format.h>

#include "runners/local/cpu/cpu_backend.h"
#ifdef EVAL_LOCAL_CUDA
#include "runners/local/cuda/cuda_backend.h"
#endif

namespace eval::runners::local {
namespace {

Result<std::unique_ptr<Backend>> make_cuda([[maybe_unused]] const DeviceOptions& options) {
#ifdef EVAL_LOCAL_CUDA
  if (options.format != WeightFormat::BF16) {
    return fail(ErrorCode::Unsupported,
                fmt::format("the CUDA backend does not keep weights in {}",
                            weight_format_name(options.format)),
                "--dtype", "use bf16; FP8 checkpoints stay FP8 by themselves");
  }
  return cuda::make_cuda_backend({});
#else
  return fail(ErrorCode::Unsupported, "this build has no CUDA backend", "--device cuda",
              "use --device cpu");
#endif
}

bool has_cuda_device() {
#ifdef EVAL_LOCAL_CUDA
  const cuda::CudaStatus status = cuda::cuda_status();
  return status.built && !status.devices.empty();
#else
  return false;
#endif
}

}  // namespace

std::string_view device_name(Device device) {
  return device == Device::Cuda ? "cuda" : "cpu";
}

Result<Device> choose_device(std::string_view name) {
  if (name == "cpu") return Device::Cpu;
  if (name == "cuda") return Device::Cuda;
  if (name == "auto") return has_cuda_device() ? Device::Cuda : Device::Cpu;
  return fail(ErrorCode::Usage, fmt::format("there is no device \"{}\"", name), {},
              "use auto, cpu or cuda");
}

Result<std::unique_ptr<Backend>> make_backend(const DeviceOptions& options) {
  if (options.device == Device::Cuda) return make_cuda(options);
  CpuOptions cpu;
  cpu.activation = options.format == WeightFormat::F32 ? DType::F32 : DType::BF16;
  cpu.int8 = options.format == WeightFormat::Int8;
  cpu.threads = options.threads;
  return make_cpu_backend(cpu);
}

Bytes default_budget(Device device, const Backend& backend) {
  const std::uint64_t percent = device == Device::Cuda ? 90 : 75;
  return Bytes{backend.memory_available().count / 100 * percent};
}

std::int64_t prefill_budget(Device device) {
  // Below some 3,000 tokens a step a GPU reads all experts for too few tokens; a CPU is busy with 512.
  return device == Device::Cuda ? 8192 : 512;
}

std::int32_t concurrency_max(Device device) {
  return device == Device::Cuda ? 256 : 32;
}

}  // namespace eval::runners::local
