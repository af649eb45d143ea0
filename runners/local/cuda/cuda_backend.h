#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "runners/local/model/backend.h"

// The local runner on an NVIDIA GPU (sm_80 or later).
//
// A build with CUDA starts anywhere: the runtime is linked statically and looks for the driver when it is
// first asked, cuBLASLt is opened by name at its first product. A build without CUDA has the same
// functions, which say so.
namespace eval::runners::local::cuda {

struct CudaOptions {
  int device = 0;
  bool graphs = true;        // CUDA graphs for decode steps
  bool keep_fp8 = true;      // E4M3 weights stay E4M3 in device memory
  bool vendor_dense = true;  // cuBLASLt for dense products in BF16; own kernels otherwise
};

// Errors: built without CUDA, no driver, no such device, a device that is too old (each with what to do).
Result<std::unique_ptr<Backend>> make_cuda_backend(const CudaOptions& options);

struct CudaDeviceInfo {
  std::string name;
  int major = 0, minor = 0;  // compute capability
  Bytes memory_total;
  Bytes memory_free;
  friend bool operator==(const CudaDeviceInfo&, const CudaDeviceInfo&) = default;
};

// What `evalctl doctor` says about GPUs. Never fails; takes up to a second where a driver wakes a GPU.
struct CudaStatus {
  bool built = false;         // this program has the CUDA backend
  std::string architectures;  // "80 90", what it was compiled for
  bool driver = false;
  std::string detail;          // one line: devices, or why there are none
  std::string help;            // what to do; empty when all is well
  std::string dense_products;  // "cuBLASLt 13.0.2", or why own kernels are used
  std::vector<CudaDeviceInfo> devices;
};
CudaStatus cuda_status();

}  // namespace eval::runners::local::cuda
