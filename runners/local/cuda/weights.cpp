#include "runners/local/cuda/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "runners/local/cuda/kernels/kernel_table.h"
#include "runners/local/cuda/kernels/number_formats.h"

namespace eval::runners::local::cuda {
namespace {

// Converted on the host a part at a time, to bound the memory it takes.
constexpr std::size_t kChunkBytes = std::size_t{32} << 20;

template <class T>
T load(const std::byte* from, std::int64_t index) {
  T value;
  std::memcpy(&value, from + static_cast<std::size_t>(index) * sizeof(T), sizeof value);
  return value;
}

float value_at(const HostTensor& tensor, std::int64_t index) {
  const std::byte* data = tensor.bytes.data();
  switch (tensor.dtype) {
    case DType::F32:
      return load<float>(data, index);
    case DType::BF16:
      return to_float(load<Bf16>(data, index));
    case DType::F16:
      return to_float(load<F16>(data, index));
    case DType::F8E4M3:
      return to_float(load<F8E4M3>(data, index));
    case DType::I32:
      break;
  }
  EVAL_CHECK(false && "a weight of integers");
  return 0;
}

// One row of `cols` values to `to`, which is zero already.
void convert_row(const HostTensor& tensor, std::int64_t row, std::int64_t cols, DType to_type,
                 std::byte* to) {
  const std::int64_t first = row * cols;
  if (tensor.dtype == to_type && (tensor.scales.factors.empty() || to_type == DType::F8E4M3)) {
    const std::size_t size = dtype_bytes(to_type);
    std::memcpy(to, tensor.bytes.data() + static_cast<std::size_t>(first) * size,
                static_cast<std::size_t>(cols) * size);
    return;
  }
  std::vector<float> values(static_cast<std::size_t>(cols));
  for (std::int64_t i = 0; i < cols; ++i)
    values[static_cast<std::size_t>(i)] = value_at(tensor, first + i);
  tensor.scales.apply(row, values);
  if (to_type == DType::F32) {
    std::memcpy(to, values.data(), values.size() * sizeof(float));
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Bf16 rounded = to_bf16(values[i]);
    std::memcpy(to + i * sizeof rounded, &rounded, sizeof rounded);
  }
}

std::int64_t rows_of(const HostTensor& tensor, std::int64_t cols) {
  std::int64_t count = 1;
  for (const std::int64_t extent : tensor.shape) count *= extent;
  EVAL_CHECK(cols > 0 && count % cols == 0);
  EVAL_CHECK(tensor.bytes.size() == static_cast<std::size_t>(count) * dtype_bytes(tensor.dtype));
  return count / cols;
}

void upload(Device& device, const HostTensor& block, std::int64_t first_row, WeightSlab& slab,
            DType type) {
  const std::size_t row_bytes = static_cast<std::size_t>(slab.stride) * dtype_bytes(type);
  const std::int64_t rows = rows_of(block, slab.cols);
  const auto chunk_rows =
      static_cast<std::int64_t>(std::max<std::size_t>(1, kChunkBytes / row_bytes));
  std::vector<std::byte> chunk;
  for (std::int64_t begin = 0; begin < rows; begin += chunk_rows) {
    const std::int64_t count = std::min(chunk_rows, rows - begin);
    chunk.assign(static_cast<std::size_t>(count) * row_bytes, std::byte{0});
    for (std::int64_t i = 0; i < count; ++i)
      convert_row(block, begin + i, slab.cols, type,
                  chunk.data() + static_cast<std::size_t>(i) * row_bytes);
    device.copy_to_device(
        slab.values.data() + static_cast<std::size_t>(first_row + begin) * row_bytes, chunk.data(),
        chunk.size());
  }
}

}  // namespace

Result<WeightSlab> load_slab(Device& device, std::span<const HostTensor> blocks, DType activation,
                             bool keep_fp8) {
  EVAL_CHECK(!blocks.empty() && !blocks[0].shape.empty());
  WeightSlab slab;
  slab.cols = blocks[0].shape.back();
  slab.stride = (slab.cols + kWidthMultiple - 1) / kWidthMultiple * kWidthMultiple;
  for (const HostTensor& block : blocks) slab.rows += rows_of(block, slab.cols);
  // The kernels take a scale a row; what has more of them is converted.
  slab.fp8 = keep_fp8 && std::all_of(blocks.begin(), blocks.end(), [](const HostTensor& block) {
               return block.dtype == DType::F8E4M3 && block.scales.blocks_each == 1;
             });
  const DType type = slab.fp8 ? DType::F8E4M3 : activation;
  const auto values = static_cast<std::uint64_t>(slab.rows * slab.stride);
  slab.values = EVAL_TRY(DeviceBuffer::create(device, Bytes{values * dtype_bytes(type)}));
  std::vector<float> scales;
  std::int64_t row = 0;
  for (const HostTensor& block : blocks) {
    upload(device, block, row, slab, type);
    const std::int64_t rows = rows_of(block, slab.cols);
    for (std::int64_t i = 0; slab.fp8 && i < rows; ++i) scales.push_back(block.scales.of_row(i));
    row += rows;
  }
  if (slab.fp8) {
    const std::size_t bytes = scales.size() * sizeof(float);
    slab.scales = EVAL_TRY(DeviceBuffer::create(device, Bytes{bytes}));
    device.copy_to_device(slab.scales.data(), scales.data(), bytes);
  }
  EVAL_TRY(device.finish());
  return slab;
}

}  // namespace eval::runners::local::cuda
