#pragma once

#include <span>
#include <vector>

#include "runners/local/cuda/device.h"
#include "runners/local/model/backend.h"

// Weights in device memory. Rows are padded with zeros to a multiple of kWidthMultiple columns, so that
// every row begins at a 16-byte boundary.
namespace eval::runners::local::cuda {

// Row-major [rows, stride] of the activation type, or E4M3 with one F32 scale a row.
struct WeightSlab {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t stride = 0;
  bool fp8 = false;
  DeviceBuffer values;
  DeviceBuffer scales;  // [rows] of E4M3; empty otherwise
  Bytes bytes() const { return values.size() + scales.size(); }
};

// Stacks the rows of `blocks`, converted to `activation`; E4M3 stays when `keep_fp8` and all blocks are.
// Errors: out of memory; widths the kernels do not take (Unsupported).
Result<WeightSlab> load_slab(Device& device, std::span<const HostTensor> blocks, DType activation,
                             bool keep_fp8);

struct DeviceMatrix final : Matrix {
  WeightSlab slab;
  // Queries and keys: errors of their inputs are exponentiated, so what BF16 cuts off is multiplied too.
  bool takes_low_halves = false;
  mutable DensePlan plan;  // of the vendor's library, chosen at the first product
  std::int64_t rows() const override { return slab.rows; }
  std::int64_t cols() const override { return slab.cols; }
  Bytes bytes() const override { return slab.bytes(); }
};

struct DeviceVector final : Vector {
  DeviceBuffer values;
  std::int64_t count = 0;
  std::int64_t size() const override { return count; }
  const float* data() const { return values.as<const float>(); }
};

struct DeviceExperts final : Experts {
  int experts = 0;
  WeightSlab up;    // [experts * width, inputs]
  WeightSlab down;  // [experts * inputs, width]
  Bytes bytes() const override { return up.bytes() + down.bytes(); }
};

inline const DeviceMatrix& device_matrix(const Matrix& matrix) {
  return static_cast<const DeviceMatrix&>(matrix);
}
inline const float* device_floats(const Vector* vector) {
  return vector == nullptr ? nullptr : static_cast<const DeviceVector&>(*vector).data();
}

}  // namespace eval::runners::local::cuda
