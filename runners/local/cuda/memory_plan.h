#pragma once

#include "runners/local/cuda/step_tables.h"
#include "runners/local/model/backend.h"

namespace eval::runners::local::cuda {

// Pure arithmetic: how large the slabs of a backend are.
struct SlabSizes {
  TableLimits tables;
  std::uint64_t arena_bytes = 0;
  std::uint64_t partial_bytes = 0;  // of flash-decoding
  std::uint64_t sampler_bytes = 0;
};

// `padded`: decode steps are padded to powers of two. `pages` bounds a sequence's page table.
SlabSizes slab_sizes(const ModelConfig& config, const StepLimits& limits, DType activation,
                     bool padded, std::int64_t pages);

std::size_t kv_page_bytes(const StateShape& shape, DType activation);
std::size_t conv_slot_bytes(const StateShape& shape);
std::size_t scan_slot_bytes(const StateShape& shape);

// Values, rounded up to a multiple of kWidthMultiple.
std::int64_t padded_width(std::int64_t cols);

// What one tensor of scratch() takes: rows of a padded width, 256-byte aligned. A BF16 row has a second half
// for what rounding cut off its values.
std::int64_t scratch_stride(std::int64_t cols, DType dtype);
std::size_t scratch_tensor_bytes(std::int64_t rows, std::int64_t cols, DType dtype);

}  // namespace eval::runners::local::cuda
