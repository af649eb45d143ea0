#include "runners/local/cpu/packed_matrix.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/check.h"

namespace eval::runners::local::cpu {
namespace {

template <class T>
T value_at(const std::byte* bytes,
           std::int64_t index) {  // a safetensors file promises no alignment
  T value;
  std::memcpy(&value, bytes + static_cast<std::size_t>(index) * sizeof(T), sizeof(T));
  return value;
}

float from_bf16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

// IEEE 754 binary16.
float from_f16(std::uint16_t bits) {
  const float sign = (bits & 0x8000U) ? -1.0F : 1.0F;
  const int exponent = (bits >> 10) & 0x1F;
  const int mantissa = bits & 0x3FF;
  if (exponent == 0x1F) return mantissa ? std::nanf("") : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
  return sign * std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
}

// OCP 8-bit floating point, E4M3: no infinities, S.1111.111 is NaN.
float from_f8e4m3(std::uint8_t bits) {
  const float sign = (bits & 0x80U) ? -1.0F : 1.0F;
  const int exponent = (bits >> 3) & 0xF;
  const int mantissa = bits & 0x7;
  if (exponent == 0xF && mantissa == 0x7) return std::nanf("");
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -9);
  return sign * std::ldexp(static_cast<float>(mantissa + 8), exponent - 10);
}

std::int64_t row_count(std::span<const HostTensor> blocks) {
  std::int64_t rows = 0;
  for (const HostTensor& block : blocks) rows += block.shape[0];
  return rows;
}

// The block that holds `row` of the stack; `row` becomes its row in there.
const HostTensor& block_of(std::span<const HostTensor> blocks, std::int64_t& row) {
  std::size_t i = 0;
  for (; row >= blocks[i].shape[0]; ++i) row -= blocks[i].shape[0];
  return blocks[i];
}

// The four signed bytes of a unit, for quantised weights.
struct QuantisedRow {
  float scale = 1;
  std::int32_t sum = 0;
};
QuantisedRow quantise_weights(const float* values, std::int64_t cols, std::int8_t* out) {
  float largest = 0;
  for (std::int64_t i = 0; i < cols; ++i) largest = std::max(largest, std::fabs(values[i]));
  QuantisedRow row;
  if (largest > 0) row.scale = largest / 127.0F;
  for (std::int64_t i = 0; i < cols; ++i) {
    out[i] = static_cast<std::int8_t>(std::lrint(values[i] / row.scale));
    row.sum += out[i];
  }
  return row;
}

// The 64 rows of one tile, each as `units` units, side by side. Sixteen units of all rows at a time: the
// 4 KiB written stay in the nearest cache.
void interleave(const std::vector<std::uint32_t>& rows, std::int64_t units, std::uint32_t* tile) {
  constexpr std::int64_t kBlock = 16;
  for (std::int64_t first = 0; first < units; first += kBlock) {
    const std::int64_t last = std::min(units, first + kBlock);
    for (std::int64_t r = 0; r < kTileColumns; ++r) {
      const std::uint32_t* row = rows.data() + r * units;
      for (std::int64_t u = first; u < last; ++u) tile[u * kTileColumns + r] = row[u];
    }
  }
}

void pack_tile(const PackedMatrix& matrix, std::span<const HostTensor> blocks, std::int64_t t,
               const Kernels& kernels) {
  const std::int64_t units = matrix.units();
  std::vector<std::uint32_t> rows(static_cast<std::size_t>(units * kTileColumns), 0);
  std::vector<float> values(static_cast<std::size_t>(matrix.cols));
  const std::int64_t first = t * kTileColumns;
  for (std::int64_t r = first; r < std::min(first + kTileColumns, matrix.rows); ++r) {
    std::uint32_t* out = rows.data() + (r - first) * units;
    std::int64_t row = r;
    const HostTensor& block = block_of(blocks, row);
    const auto bytes = static_cast<std::size_t>(matrix.cols) * sizeof(std::uint16_t);
    if (matrix.element == Element::BF16 && block.dtype == DType::BF16 && block.scales.factors.empty()) {
      std::memcpy(out, block.bytes.data() + static_cast<std::size_t>(row) * bytes, bytes);
      continue;
    }
    read_row(block, row, values.data());
    switch (matrix.element) {
      case Element::F32:
        std::memcpy(out, values.data(), values.size() * sizeof(float));
        break;
      case Element::BF16:
        kernels.round_bf16(values.data(), matrix.cols, reinterpret_cast<std::uint16_t*>(out));
        break;
      case Element::I8: {
        const QuantisedRow quantised =
            quantise_weights(values.data(), matrix.cols, reinterpret_cast<std::int8_t*>(out));
        matrix.scales[r] = quantised.scale;
        matrix.sums[r] = quantised.sum;
        break;
      }
    }
  }
  interleave(rows, units, matrix.tiles + t * units * kTileColumns);
}

}  // namespace

void read_row(const HostTensor& tensor, std::int64_t row, float* out) {
  const std::int64_t cols = tensor.shape[1];
  const std::byte* bytes =
      tensor.bytes.data() + static_cast<std::size_t>(row * cols) * dtype_bytes(tensor.dtype);
  switch (tensor.dtype) {
    case DType::F32:
      std::memcpy(out, bytes, static_cast<std::size_t>(cols) * sizeof(float));
      break;
    case DType::BF16:
      for (std::int64_t i = 0; i < cols; ++i) out[i] = from_bf16(value_at<std::uint16_t>(bytes, i));
      break;
    case DType::F16:
      for (std::int64_t i = 0; i < cols; ++i) out[i] = from_f16(value_at<std::uint16_t>(bytes, i));
      break;
    case DType::F8E4M3:
      for (std::int64_t i = 0; i < cols; ++i)
        out[i] = from_f8e4m3(value_at<std::uint8_t>(bytes, i));
      break;
    case DType::I32:
      EVAL_CHECK(tensor.dtype != DType::I32);  // no checkpoint has integer weights
  }
  tensor.scales.apply(row, {out, static_cast<std::size_t>(cols)});
}

void unpack_row(const PackedMatrix& matrix, std::int64_t row, float* out) {
  const std::uint32_t* unit = matrix.tile(row / kTileColumns) + row % kTileColumns;
  switch (matrix.element) {
    case Element::F32:
      for (std::int64_t i = 0; i < matrix.cols; ++i)
        out[i] = std::bit_cast<float>(unit[i * kTileColumns]);
      return;
    case Element::BF16:
      for (std::int64_t i = 0; i < matrix.cols; ++i)
        out[i] = from_bf16(
            static_cast<std::uint16_t>(unit[i / 2 * kTileColumns] >> (i % 2 == 0 ? 0 : 16)));
      return;
    case Element::I8:
      for (std::int64_t i = 0; i < matrix.cols; ++i)
        out[i] = matrix.scales[row] *
                 static_cast<std::int8_t>(unit[i / 4 * kTileColumns] >> (i % 4 * 8));
      return;
  }
}

Bytes packed_bytes(Element element, std::int64_t rows, std::int64_t cols) {
  const std::int64_t padded = (rows + kTileColumns - 1) / kTileColumns * kTileColumns;
  const std::int64_t words = padded * (units_of(element, cols) + (element == Element::I8 ? 2 : 0));
  return Bytes{static_cast<std::uint64_t>(words) * 4};
}

PackedMatrix pack(Element element, std::span<const HostTensor> row_blocks, std::byte* memory,
                  const Kernels& kernels, ThreadPool& pool) {
  PackedMatrix matrix{.element = element,
                      .rows = row_count(row_blocks),
                      .cols = row_blocks.front().shape[1],
                      .tiles = reinterpret_cast<std::uint32_t*>(memory)};
  for (const HostTensor& block : row_blocks) EVAL_CHECK(block.shape[1] == matrix.cols);
  if (element == Element::I8) {
    const std::int64_t padded = matrix.tile_count() * kTileColumns;
    matrix.scales = reinterpret_cast<float*>(matrix.tiles + padded * matrix.units());
    matrix.sums = reinterpret_cast<std::int32_t*>(matrix.scales + padded);
  }
  pool.run(matrix.tile_count(), 1, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t t = begin; t < end; ++t) pack_tile(matrix, row_blocks, t, kernels);
  });
  return matrix;
}

}  // namespace eval::runners::local::cpu
