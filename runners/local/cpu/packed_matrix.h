#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runners/local/cpu/buffer.h"
#include "runners/local/cpu/kernels.h"
#include "runners/local/cpu/thread_pool.h"
#include "runners/local/model/backend.h"

// Weights as kernels.h wants them, packed once at load.
namespace eval::runners::local::cpu {

enum class Element { F32, BF16, I8 };

constexpr int values_per_unit(Element element) {
  return element == Element::F32 ? 1 : element == Element::BF16 ? 2 : 4;
}
constexpr std::int64_t units_of(Element element, std::int64_t values) {
  return (values + values_per_unit(element) - 1) / values_per_unit(element);
}

struct PackedMatrix {
  Element element = Element::F32;
  // BF16 only: these outputs, [first, last), take their inputs as high + low parts, 16 bits of x instead
  // of 8. So do others in the same tiles.
  std::int64_t split_first = 0, split_last = 0;
  std::int64_t rows = 0;           // outputs; the last tile is padded with zeros
  std::int64_t cols = 0;           // inputs; the last unit is padded with zeros
  std::uint32_t* tiles = nullptr;  // [tile_count()][units()][64]
  // I8 only, per output, padded like the tiles: the scale of its weights, and their sum.
  float* scales = nullptr;
  std::int32_t* sums = nullptr;

  std::int64_t units() const { return units_of(element, cols); }
  std::int64_t tile_count() const { return (rows + kTileColumns - 1) / kTileColumns; }
  bool is_split(std::int64_t t) const {
    return split_last > t * kTileColumns && split_first < (t + 1) * kTileColumns;
  }
  const std::uint32_t* tile(std::int64_t t) const { return tiles + t * units() * kTileColumns; }
};

// What packing `rows` x `cols` takes.
Bytes packed_bytes(Element element, std::int64_t rows, std::int64_t cols);

// Lays out a matrix in `memory` (packed_bytes of it, 64-byte aligned) and fills it with the stacked row
// blocks. I8 is symmetric: weight = q * max|row| / 127.
PackedMatrix pack(Element element, std::span<const HostTensor> row_blocks, std::byte* memory,
                  const Kernels& kernels, ThreadPool& pool);

// One row of a checkpoint's matrix as F32.
void read_row(const HostTensor& tensor, std::int64_t row, float* out);

// Row `row` of the packed matrix as F32 (an embedding).
void unpack_row(const PackedMatrix& matrix, std::int64_t row, float* out);

class CpuMatrix final : public Matrix {
 public:
  CpuMatrix(Buffer memory, PackedMatrix packed) : memory_(std::move(memory)), packed_(packed) {}
  std::int64_t rows() const override { return packed_.rows; }
  std::int64_t cols() const override { return packed_.cols; }
  Bytes bytes() const override { return memory_.size(); }
  const PackedMatrix& packed() const { return packed_; }

 private:
  Buffer memory_;
  PackedMatrix packed_;
};

class CpuExperts final : public Experts {
 public:
  CpuExperts(Buffer memory, std::vector<PackedMatrix> up, std::vector<PackedMatrix> down)
      : memory_(std::move(memory)), up_(std::move(up)), down_(std::move(down)) {}
  Bytes bytes() const override { return memory_.size(); }
  const std::vector<PackedMatrix>& up() const { return up_; }
  const std::vector<PackedMatrix>& down() const { return down_; }

 private:
  Buffer memory_;
  std::vector<PackedMatrix> up_, down_;
};

}  // namespace eval::runners::local::cpu
