#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "runners/local/cuda/device.h"

namespace eval::runners::local::cuda {

// Dense BF16 products by cuBLASLt, which is opened by name when first needed: a program built with CUDA
// starts, and works with own kernels, where the library (half a gigabyte) is not installed.
//
// One algorithm is chosen for each weight, for a middling number of rows, without split-K, and used for
// every number of rows. So every output is meant to be summed in one order whatever the batch. The library
// does not document that a row's bits are independent of the others; use own products
// (CudaOptions::vendor_dense = false) where that must be certain. Not run on a GPU.
class CublasLt {
 public:
  // Errors: the library is not there or too old; what to do is in the help.
  static Result<std::unique_ptr<CublasLt>> open();
  virtual ~CublasLt() = default;

  virtual std::string version() const = 0;  // "13.0.2"
  // See Device::dense_product. `workspace` is of kWorkspaceBytes.
  virtual bool multiply(const ProductArguments& arguments, DensePlan& plan, void* workspace,
                        void* stream) = 0;
};

inline constexpr std::size_t kWorkspaceBytes = std::size_t{32} << 20;

}  // namespace eval::runners::local::cuda
