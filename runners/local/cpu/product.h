#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runners/local/cpu/packed_matrix.h"

// y = x W^T over packed weights, for one matrix or for the experts of a layer.
namespace eval::runners::local::cpu {

// Rows of inputs as units; I8 rows carry their scales, split rows their low parts.
struct PackedRows {
  const std::uint32_t* units = nullptr;
  const std::uint32_t* low_units = nullptr;
  std::int64_t stride = 0;  // units from row to row
  const float* scales = nullptr;
};

// Consecutive rows that go through one matrix.
struct ProductGroup {
  const PackedMatrix* matrix = nullptr;
  std::int64_t first_row = 0;  // of the inputs and of the outputs
  std::int64_t rows = 0;
};

// Memory of one worker thread, grown on demand and kept.
struct WorkerScratch {
  std::vector<float> tile;    // of a product that is not written in place
  std::vector<float> floats;  // of other operations
  std::vector<std::uint32_t> units;
  std::vector<const std::uint32_t*> keys, values;
};

// y[r, :] = x[r, :] W^T (+ bias) for the rows of every group; y is F32 with `y_stride`.
void grouped_product(std::span<const ProductGroup> groups, const PackedRows& x, const float* bias,
                     float* y, std::int64_t y_stride, const Kernels& kernels, ThreadPool& pool,
                     std::span<WorkerScratch> workers);

// What BF16 leaves of x, as BF16: x - bf16(x). Together they carry 16 bits.
void pack_low_row(const float* x, std::int64_t cols, const std::uint32_t* high, std::uint32_t* out,
                  const Kernels& kernels);

// One row of inputs as units; returns its scale (1 but for I8). `out` holds units_of(element, cols).
float pack_row(Element element, const float* x, std::int64_t cols, std::uint32_t* out,
               const Kernels& kernels);

}  // namespace eval::runners::local::cpu
