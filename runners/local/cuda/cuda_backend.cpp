#include "runners/local/cuda/cuda_backend.h"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "runners/local/cuda/cublas_lt.h"
#include "runners/local/cuda/cuda_device.h"
#include "runners/local/cuda/device_backend.h"

namespace eval::runners::local::cuda {
namespace {

std::string version_text(int version) {  // 13010 is 13.1
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

Result<CudaDeviceInfo> look_at(int index) {
  cudaDeviceProp properties;
  std::size_t free = 0;
  std::size_t total = 0;
  cudaError_t code = cudaSetDevice(index);
  if (code == cudaSuccess) code = cudaGetDeviceProperties(&properties, index);
  if (code == cudaSuccess) code = cudaMemGetInfo(&free, &total);
  if (code != cudaSuccess) return fail(ErrorCode::Infrastructure, cudaGetErrorString(code));
  return CudaDeviceInfo{properties.name, properties.major, properties.minor, Bytes{total},
                        Bytes{free}};
}

void look_for_devices(CudaStatus& status) {
  int driver = 0;
  int count = 0;
  if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0) {
    status.detail = "no NVIDIA driver on this machine";
    status.help = "install the driver, or run models on the CPU";
    return;
  }
  status.driver = true;
  const cudaError_t code = cudaGetDeviceCount(&count);
  (void)cudaGetLastError();
  if (code != cudaSuccess || count == 0) {
    status.detail = fmt::format("driver for CUDA {}, but no GPU: {}", version_text(driver),
                                cudaGetErrorString(code));
    status.help = driver < CUDART_VERSION
                      ? "the driver is older than CUDA " + version_text(CUDART_VERSION) +
                            ", with which this program was built: update it"
                      : "see whether nvidia-smi lists a GPU, and CUDA_VISIBLE_DEVICES";
    return;
  }
  for (int i = 0; i < count; ++i) {
    const auto device = look_at(i);
    if (!status.detail.empty()) status.detail += "; ";
    if (!device) {
      status.detail += fmt::format("GPU {}: {}", i, device.error().what);
      status.help = "see whether nvidia-smi works";
      continue;
    }
    status.devices.push_back(*device);
    status.detail +=
        fmt::format("{} (sm_{}{}, {} of {} free)", device->name, device->major, device->minor,
                    to_string(device->memory_free), to_string(device->memory_total));
  }
}

}  // namespace

Result<std::unique_ptr<Backend>> make_cuda_backend(const CudaOptions& options) {
  auto device = make_cuda_device(options.device, options.vendor_dense);
  if (!device) return fail(std::move(device).error());
  return std::make_unique<DeviceBackend>(std::move(*device), gpu::kernel_table(),
                                         BackendOptions{.graphs = options.graphs,
                                                        .keep_fp8 = options.keep_fp8,
                                                        .vendor_dense = options.vendor_dense});
}

CudaStatus cuda_status() {
  CudaStatus status;
  status.built = true;
  status.architectures = EVAL_CUDA_ARCHITECTURES;
  look_for_devices(status);
  if (!status.devices.empty()) {
    const auto library = CublasLt::open();
    status.dense_products =
        library ? "cuBLASLt " + (*library)->version() : library.error().what + ": own kernels";
  }
  return status;
}

}  // namespace eval::runners::local::cuda
