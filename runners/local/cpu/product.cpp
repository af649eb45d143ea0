#include "runners/local/cpu/product.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace eval::runners::local::cpu {
namespace {

// Rows that pass a tile in one task: a tile of 3072 inputs is 384 KiB in BF16 and stays in the second
// cache for all of them. A multiple of the rows of a kernel's pass.
constexpr std::int64_t kRowBlock = 240;

struct Product {
  const PackedRows& x;
  const float* bias;
  float* y;
  std::int64_t y_stride;
  const Kernels& kernels;

  TileProduct kernel(Element element) const {
    switch (element) {
      case Element::F32:
        return kernels.product_f32;
      case Element::BF16:
        return kernels.product_bf16;
      case Element::I8:
        return kernels.product_i8;
    }
    return nullptr;
  }

  void dequantise(const PackedMatrix& w, std::int64_t column, std::int64_t row, std::int64_t count,
                  float* tile) const {
    for (std::int64_t r = 0; r < count; ++r)
      kernels.dequantise(tile + r * kTileColumns, w.sums + column, w.scales + column,
                         x.scales[row + r], kTileColumns, tile + r * kTileColumns);
  }

  // Tile `t` of `group`, its rows [first, first + count).
  void tile(const ProductGroup& group, std::int64_t t, std::int64_t first, std::int64_t count,
            WorkerScratch& scratch) const {
    const PackedMatrix& w = *group.matrix;
    const std::int64_t row = group.first_row + first;
    const std::int64_t column = t * kTileColumns;
    const std::int64_t columns = std::min<std::int64_t>(kTileColumns, w.rows - column);
    float* out = y + row * y_stride + column;
    const bool in_place = columns == kTileColumns && w.element != Element::I8;
    if (!in_place) scratch.tile.resize(static_cast<std::size_t>(kRowBlock * kTileColumns));
    float* target = in_place ? out : scratch.tile.data();
    kernel(w.element)(x.units + row * x.stride, x.stride, count, w.tile(t), w.units(), target,
                      in_place ? y_stride : kTileColumns, false);
    if (w.is_split(t))
      kernel(w.element)(x.low_units + row * x.stride, x.stride, count, w.tile(t), w.units(), target,
                        in_place ? y_stride : kTileColumns, true);
    if (w.element == Element::I8) dequantise(w, column, row, count, target);
    for (std::int64_t r = 0; r < count; ++r) {
      if (!in_place)
        std::memcpy(out + r * y_stride, target + r * kTileColumns,
                    static_cast<std::size_t>(columns) * sizeof(float));
      if (bias) kernels.add(out + r * y_stride, bias + column, columns);
    }
  }
};

std::int64_t row_blocks(const ProductGroup& group) {
  return (group.rows + kRowBlock - 1) / kRowBlock;
}

}  // namespace

void grouped_product(std::span<const ProductGroup> groups, const PackedRows& x, const float* bias,
                     float* y, std::int64_t y_stride, const Kernels& kernels, ThreadPool& pool,
                     std::span<WorkerScratch> workers) {
  const Product product{x, bias, y, y_stride, kernels};
  // Task i is (group, tile, block of rows), the last fastest: one thread tends to keep a tile.
  std::vector<std::int64_t> starts = {0};
  for (const ProductGroup& group : groups)
    starts.push_back(starts.back() + group.matrix->tile_count() * row_blocks(group));
  pool.run(starts.back(), 1, [&](std::int64_t begin, std::int64_t end, int worker) {
    auto next = std::upper_bound(starts.begin(), starts.end(), begin);
    for (std::int64_t i = begin; i < end; ++i) {
      while (i >= *next) ++next;
      const auto g = static_cast<std::size_t>(next - starts.begin() - 1);
      const std::int64_t blocks = row_blocks(groups[g]);
      const std::int64_t within = i - starts[g];
      const std::int64_t first = within % blocks * kRowBlock;
      product.tile(groups[g], within / blocks, first, std::min(kRowBlock, groups[g].rows - first),
                   workers[static_cast<std::size_t>(worker)]);
    }
  });
}

void pack_low_row(const float* x, std::int64_t cols, const std::uint32_t* high, std::uint32_t* out,
                  const Kernels& kernels) {
  constexpr std::int64_t kBlock = 256;
  const auto* rounded = reinterpret_cast<const std::uint16_t*>(high);
  auto* low = reinterpret_cast<std::uint16_t*>(out);
  if (cols % 2 != 0) low[cols] = 0;
  for (std::int64_t first = 0; first < cols; first += kBlock) {
    const std::int64_t count = std::min(kBlock, cols - first);
    float rest[kBlock];
    for (std::int64_t i = 0; i < count; ++i)
      rest[i] = x[first + i] - std::bit_cast<float>(std::uint32_t{rounded[first + i]} << 16);
    kernels.round_bf16(rest, count, low + first);
  }
}

float pack_row(Element element, const float* x, std::int64_t cols, std::uint32_t* out,
               const Kernels& kernels) {
  const std::int64_t units = units_of(element, cols);
  if (cols % values_per_unit(element) != 0) out[units - 1] = 0;
  switch (element) {
    case Element::F32:
      std::memcpy(out, x, static_cast<std::size_t>(cols) * sizeof(float));
      return 1;
    case Element::BF16:
      kernels.round_bf16(x, cols, reinterpret_cast<std::uint16_t*>(out));
      return 1;
    case Element::I8:
      return kernels.quantise(x, cols, reinterpret_cast<std::uint8_t*>(out));
  }
  return 1;
}

}  // namespace eval::runners::local::cpu
