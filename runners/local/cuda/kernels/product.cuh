#pragma once

#include "runners/local/cuda/kernels/mma.cuh"

// y = x W^T on tensor cores: the dense product where cuBLASLt is not used (FP8 weights, emulation, no
// library), and the grouped product of the experts over tokens sorted by expert.
//
// W is the left operand (16 outputs a tile), the tokens are the right one (8 a tile), so that a step with
// few tokens wastes little and reads each weight once. Every output is one chain of products over k in
// ascending sixteens, whatever the tile: a token's bits do not depend on its neighbours or on kTokenTiles.
EVAL_KERNELS_BEGIN

inline constexpr int kProductWarps = 4;
inline constexpr unsigned kProductThreads = kProductWarps * kWarp;
inline constexpr int kProductOutputs = kProductWarps * 16;  // of a block
inline constexpr int kProductDepth = 32;                    // values of k staged at a time
inline constexpr int kProductStages = 4;
// Row stride of shared memory: 80 bytes in BF16, at which the eight rows of a tile hit distinct banks.
inline constexpr int kProductStride = kProductDepth + 8;

// E4M3 without its NaN, by one multiplication: its bits, moved to where F32 has exponent and mantissa,
// mean the value times 2^-120, subnormals included.
__device__ inline float expand_e4m3(std::uint8_t bits) {
  const std::uint32_t moved = static_cast<std::uint32_t>(bits & 0x80U) << 24 |
                              static_cast<std::uint32_t>(bits & 0x7fU) << 20;
  return float_of_bits(moved) * 1.32922799578491587e36F;
}

// The tokens of one block: entries [first, first + count) of expert `expert`.
struct TokenTile {
  int expert = 0;
  int first = 0;
  int count = 0;  // 0: nothing to do
};

// Finds the tile `index` among the experts' tiles of `size` tokens; every warp for itself.
__device__ inline TokenTile find_tile(const ProductArguments& a, int index, int size) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  for (int base = 0; base < a.experts; base += kWarp) {
    const int count = base + lane < a.experts ? a.lists.counts[base + lane] : 0;
    const int own = ceil_div(count, size);
    int through = own;  // tiles of the experts up to this lane's
    for (int distance = 1; distance < kWarp; distance *= 2) {
      const int before = __shfl_up_sync(kAllLanes, through, distance);
      if (lane >= distance) through += before;
    }
    const int all = __shfl_sync(kAllLanes, through, kWarp - 1);
    if (index >= all) {
      index -= all;
      continue;
    }
    const int owner = kWarp - __popc(__ballot_sync(kAllLanes, through > index ? 1 : 0));
    const int begin = (index - __shfl_sync(kAllLanes, through - own, owner)) * size;
    const int owner_count = __shfl_sync(kAllLanes, count, owner);
    return {base + owner, a.lists.firsts[base + owner] + begin, min(size, owner_count - begin)};
  }
  return {};
}

// Starts the copies of step `step`: kProductDepth values of k, of the block's outputs and tokens. After the
// steps of x's values come those of their low halves, with the same weights.
template <int kTokens, bool kFp8>
__device__ inline void stage_product(const ProductArguments& a, const TokenTile& tile, int output,
                                     int step, Act* left, Act* right) {
  constexpr int kChunks = kProductDepth / 8;
  const int steps = ceil_div(a.inputs, kProductDepth);
  const int k = step % steps * kProductDepth;
  const std::int64_t half = step < steps ? 0 : a.low_offset;
  for (int i = static_cast<int>(threadIdx.x); i < kProductOutputs * kChunks;
       i += static_cast<int>(kProductThreads)) {
    const int row = i / kChunks;
    const int column = k + i % kChunks * 8;
    const bool exists = output + row < a.outputs && column < a.inputs;
    const std::int64_t at =
        (std::int64_t{tile.expert} * a.outputs + (exists ? output + row : 0)) * a.weight_stride +
        (exists ? column : 0);
    Act* to = left + row * kProductStride + i % kChunks * 8;
    if (!kFp8) {
      copy_async(to, acts(a.weight) + at, exists ? 8 : 0);  // padding columns are zero
      continue;
    }
    const auto* from = static_cast<const std::uint8_t*>(a.weight) + at;
    Act8 wide;
    for (int j = 0; j < 8; ++j) wide.value[j] = to_act(exists ? expand_e4m3(from[j]) : 0.0F);
    *reinterpret_cast<Act8*>(to) = wide;
  }
  for (int i = static_cast<int>(threadIdx.x); i < kTokens * kChunks;
       i += static_cast<int>(kProductThreads)) {
    const int token = i / kChunks;
    const int column = k + i % kChunks * 8;
    const int valid = token < tile.count ? min(8, max(0, a.inputs - column)) : 0;
    int row = tile.first + min(token, tile.count - 1);
    if (a.lists.entries != nullptr) row = a.lists.entries[row];
    if (a.per_token > 0) row /= a.per_token;
    const Act* from = acts(a.x.data) + row * a.x.stride + half + (valid > 0 ? column : 0);
    copy_async(right + token * kProductStride + i % kChunks * 8, from, valid);
  }
}

template <int kTokenTiles>
__device__ inline void write_product(const ProductArguments& a, const TokenTile& tile, int output,
                                     const float (&sums)[kTokenTiles][4]) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  for (int t = 0; t < kTokenTiles; ++t)
    for (int i = 0; i < 4; ++i) {
      const int token = t * 8 + lane % 4 * 2 + i % 2;
      const int o = output + warp * 16 + lane / 4 + i / 2 * 8;
      if (token >= tile.count || o >= a.outputs) continue;
      int row = tile.first + token;
      if (a.lists.entries != nullptr) row = a.lists.entries[row];
      float value = sums[t][i];
      if (a.scales != nullptr) value *= a.scales[std::int64_t{tile.expert} * a.outputs + o];
      if (a.bias != nullptr) value += a.bias[o];
      if (a.squared_relu) value = relu2(value);
      store_value(a.y, row, o, value);
    }
}

// grid (tiles of kProductOutputs outputs, tiles of 8 * kTokenTiles tokens).
template <int kTokenTiles, bool kFp8>
__global__ void __launch_bounds__(kProductThreads) product_kernel(ProductArguments a) {
  constexpr int kTokens = kTokenTiles * 8;
  EVAL_SHARED(Act, left, kProductStages * kProductOutputs * kProductStride);
  EVAL_SHARED(Act, right, kProductStages * kTokens * kProductStride);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int output = static_cast<int>(blockIdx.x) * kProductOutputs;
  const int index = static_cast<int>(blockIdx.y);
  const TokenTile tile =
      a.lists.entries != nullptr
          ? find_tile(a, index, kTokens)
          : TokenTile{0, index * kTokens, min(kTokens, a.x.rows - index * kTokens)};
  if (tile.count <= 0) return;
  const auto left_stage = [&](int k) {
    return left + k % kProductStages * kProductOutputs * kProductStride;
  };
  const auto right_stage = [&](int k) {
    return right + k % kProductStages * kTokens * kProductStride;
  };
  float sums[kTokenTiles][4];
  for (int t = 0; t < kTokenTiles; ++t)
    for (int i = 0; i < 4; ++i) sums[t][i] = 0;
  const int steps = ceil_div(a.inputs, kProductDepth) * (a.low_offset > 0 ? 2 : 1);
  for (int k = 0; k < kProductStages - 1; ++k) {
    if (k < steps) stage_product<kTokens, kFp8>(a, tile, output, k, left_stage(k), right_stage(k));
    commit_group();
  }
  for (int k = 0; k < steps; ++k) {
    wait_for_copies<kProductStages - 2>();
    __syncthreads();
    const int ahead = k + kProductStages - 1;
    if (ahead < steps)
      stage_product<kTokens, kFp8>(a, tile, output, ahead, left_stage(ahead), right_stage(ahead));
    commit_group();
    Pair w[2][4];
    for (int half = 0; half < 2; ++half)
      load_tiles(w[half], left_stage(k) +
                              (warp * 16 + lane / 8 % 2 * 8 + lane % 8) * kProductStride +
                              half * 16 + lane / 16 * 8);
    for (int t = 0; t < kTokenTiles; ++t) {
      if (t * 8 >= tile.count) break;
      Pair x[4];
      load_tiles(x, right_stage(k) + (t * 8 + lane % 8) * kProductStride + lane / 8 * 8);
      const Pair first[2] = {x[0], x[1]};
      const Pair second[2] = {x[2], x[3]};
      multiply_tile(sums[t], w[0], first);
      multiply_tile(sums[t], w[1], second);
    }
  }
  write_product<kTokenTiles>(a, tile, output, sums);
}

EVAL_KERNELS_END
