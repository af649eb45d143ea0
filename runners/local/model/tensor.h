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

// A tensor of a checkpoint: a view of the mapped file, row-major and contiguous. `scale` multiplies
// every value (FP8 checkpoints; 1 otherwise).
struct HostTensor {
  std::span<const std::byte> bytes;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  float scale = 1;
};

}  // namespace eval::runners::local
