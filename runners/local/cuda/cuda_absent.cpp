#include "runners/local/cuda/cuda_backend.h"

// A build without CUDA: nvcc was not found, or EVAL_CUDA is OFF.
namespace eval::runners::local::cuda {
namespace {
constexpr const char* kHelp =
    "install the CUDA toolkit (nvcc) and build again, or run models on the CPU";
}

Result<std::unique_ptr<Backend>> make_cuda_backend(const CudaOptions&) {
  return fail(ErrorCode::Unsupported, "this program was built without CUDA", "", kHelp);
}

CudaStatus cuda_status() {
  CudaStatus status;
  status.detail = "built without CUDA";
  status.help = kHelp;
  return status;
}

}  // namespace eval::runners::local::cuda
