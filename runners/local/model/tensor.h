#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace eval::runners::local {

enum class DType { F32, BF16, F16, F8E4M3, I32 };
constexpr std::size_t dtype_bytes(DType dtype) {
  switch (dtype) {
    case DType::F32:
    case DType::I32:
      return 4;
    case DType::BF16:
    case DType::F16:
      return 2;
    case DType::F8E4M3:
      return 1;
  }
  return 0;
}
// "F32", "BF16", "F16", "F8_E4M3", "I32", as safetensors spells them.
std::string_view dtype_name(DType dtype);

// A matrix of activations in a backend's memory: `rows` rows of `cols` values, `stride` values from
// one row to the next. A view: the backend's arena owns it, and it dies with the step.
struct Tensor {
  std::byte* data = nullptr;
  DType dtype = DType::F32;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t stride = 0;

  // Columns [first, first + count) of every row, without a copy.
  Tensor columns(std::int64_t first, std::int64_t count) const {
    return {data + static_cast<std::size_t>(first) * dtype_bytes(dtype), dtype, rows, count,
            stride};
  }
};

// What multiplies the values of an FP8 matrix: one factor for each block of rows_each x cols_each of
// them, the last ones cut off at its edges. Without factors nothing is multiplied.
struct TensorScales {
  std::vector<float> factors;    // the blocks row by row
  std::int64_t blocks_each = 1;  // in a row of blocks; 1: a factor is that of whole rows
  std::int64_t rows_each = 1;
  std::int64_t cols_each = 1;

  // One factor for all values.
  static TensorScales whole(float factor);
  // Of the whole row `row`. Precondition: blocks_each is 1.
  float of_row(std::int64_t row) const;
  // Multiplies the values of row `row`.
  void apply(std::int64_t row, std::span<float> values) const;
};

// A tensor of a checkpoint: a view of the mapped file, row-major and contiguous.
struct HostTensor {
  std::span<const std::byte> bytes;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  TensorScales scales = {};
};

}  // namespace eval::runners::local
