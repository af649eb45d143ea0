#pragma once

#include "runners/local/cuda/kernels/mma.cuh"

// Causal attention over paged keys and values: flash attention (Dao 2022) on tensor cores, for prompts and
// for decoding with the same arithmetic.
//
// A warp has 16 rows; a row is (token, query head of the group that shares a key/value head), so decoding
// one token of a model with 16 query heads a group fills a tile. Keys go through in pages of 64. Within a
// split of kSplitTokens keys the online softmax takes 32 keys at a time; the splits' results are folded in
// ascending order. For prompts a block walks all splits and folds in registers; for decoding every split
// is a block of its own (flash-decoding) and attention_combine_kernel folds. Masked keys add exact zeros,
// so a row's bits depend neither on the tile it shares nor on which of the two ways it came.
EVAL_KERNELS_BEGIN

inline constexpr float kLog2E = 1.44269504F;
inline constexpr int kKeys = 32;  // of one update of the softmax: half a page, to spare registers
inline constexpr int kPad = 8;    // values between rows of shared memory, against bank conflicts

__device__ inline std::int64_t page_offset(const AttentionArguments& a, std::int64_t page,
                                           int value, int kv_head) {
  return (((page * a.layers + a.layer) * 2 + value) * a.kv_heads + kv_head) * kPageTokens *
         a.key_stride;
}

// Writes each row's keys and values to its place in the pages. One block a row.
__global__ void append_kernel(AttentionArguments a) {
  const int row = static_cast<int>(blockIdx.x);
  const Piece piece = a.step.pieces[a.step.piece_of[row]];
  const int position = piece.position + row - piece.first_row;
  const std::int64_t page = a.step.pages[piece.first_page + position / kPageTokens];
  const int width = a.kv_heads * a.head_dim;
  const float* keys = float_row(a.qkv, row) + std::int64_t{a.heads} * a.head_dim;
  for (int i = static_cast<int>(threadIdx.x); i < 2 * width; i += static_cast<int>(blockDim.x)) {
    const int head = i % width / a.head_dim;
    Key* to = static_cast<Key*>(a.pages) + page_offset(a, page, i / width, head) +
              std::int64_t{position % kPageTokens} * a.key_stride;
    to[i % a.head_dim] = to_key(keys[i]);
  }
}

// What an online softmax knows of the two rows of a lane (g and g + 8).
template <int kD>
struct Softmax {
  float maximum[2];         // of the scaled scores, in units of log 2
  float sum[4];             // of the probabilities; [0] and [2] of the two rows
  float values[kD / 8][4];  // probabilities times V
};

template <int kD>
__device__ inline void reset(Softmax<kD>& softmax) {
  for (int i = 0; i < 2; ++i) softmax.maximum[i] = -INFINITY;
  for (int i = 0; i < 4; ++i) softmax.sum[i] = 0;
  for (int d = 0; d < kD / 8; ++d)
    for (int i = 0; i < 4; ++i) softmax.values[d][i] = 0;
}

// The factors that bring two partial results to their common maximum, which becomes `maximum`.
__device__ inline void fold_factors(float& maximum, float other, float& own_factor,
                                    float& other_factor) {
  const float both = fmaxf(maximum, other);
  const float base = both == -INFINITY ? 0.0F : both;
  own_factor = exp2f(maximum - base);
  other_factor = exp2f(other - base);
  maximum = both;
}
__device__ inline float fold(float own, float own_factor, float other, float other_factor) {
  return fmaf(own, own_factor, __fmul_rn(other, other_factor));
}

template <int kD>
__device__ inline void fold_into(Softmax<kD>& total, const Softmax<kD>& part) {
  float own[2];
  float other[2];
  for (int i = 0; i < 2; ++i) fold_factors(total.maximum[i], part.maximum[i], own[i], other[i]);
  for (int i = 0; i < 4; ++i)
    total.sum[i] = fold(total.sum[i], own[i / 2], part.sum[i], other[i / 2]);
  for (int d = 0; d < kD / 8; ++d)
    for (int i = 0; i < 4; ++i)
      total.values[d][i] = fold(total.values[d][i], own[i / 2], part.values[d][i], other[i / 2]);
}

// The rows of a lane and which keys they see: (position - window, position].
struct RowRange {
  int row[2];       // of the piece; -1: no such row
  int position[2];  // -1: sees nothing
};

// Scores of kKeys keys against the warp's queries, scaled and masked: s[t] has keys 8 t + 2 q, + 1.
template <int kD>
__device__ inline void score_keys(const Pair (&q)[kD / 16][4], const Key* keys, int first_key,
                                  const RowRange& rows, int window, float scale,
                                  float (&s)[kKeys / 8][4]) {
  constexpr int kStride = kD + kPad;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  for (int t = 0; t < kKeys / 8; ++t) {
    for (int i = 0; i < 4; ++i) s[t][i] = 0;
    for (int k = 0; k < kD / 32; ++k) {
      Pair b[4];
      load_tiles(b, keys + (t * 8 + lane % 8) * kStride + k * 32 + lane / 8 * 8);
      const Pair low[2] = {b[0], b[1]};
      const Pair high[2] = {b[2], b[3]};
      multiply_key_tile(s[t], q[2 * k], low);
      multiply_key_tile(s[t], q[2 * k + 1], high);
    }
    for (int i = 0; i < 4; ++i) {
      const int key = first_key + t * 8 + lane % 4 * 2 + i % 2;
      const int position = rows.position[i / 2];
      const bool seen = key <= position && (window == 0 || key > position - window);
      s[t][i] = seen ? __fmul_rn(s[t][i], scale) : -INFINITY;
    }
  }
}

// kKeys keys into the running softmax: s becomes probabilities, values += s V.
template <int kD>
__device__ inline void absorb_keys(Softmax<kD>& softmax, float (&s)[kKeys / 8][4],
                                   const Key* values) {
  constexpr int kStride = kD + kPad;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  float factor[2];
  float base[2];
  for (int i = 0; i < 2; ++i) {
    float maximum = softmax.maximum[i];
    for (int t = 0; t < kKeys / 8; ++t)
      maximum = fmaxf(maximum, fmaxf(s[t][2 * i], s[t][2 * i + 1]));
    maximum = fmaxf(maximum, __shfl_xor_sync(kAllLanes, maximum, 1));
    maximum = fmaxf(maximum, __shfl_xor_sync(kAllLanes, maximum, 2));
    base[i] = maximum == -INFINITY ? 0.0F : maximum;
    factor[i] = exp2f(softmax.maximum[i] - base[i]);
    softmax.maximum[i] = maximum;
  }
  for (int i = 0; i < 4; ++i) softmax.sum[i] = __fmul_rn(softmax.sum[i], factor[i / 2]);
  for (int d = 0; d < kD / 8; ++d)
    for (int i = 0; i < 4; ++i)
      softmax.values[d][i] = __fmul_rn(softmax.values[d][i], factor[i / 2]);
  for (int t = 0; t < kKeys / 8; ++t)
    for (int i = 0; i < 4; ++i) s[t][i] = exp2f(s[t][i] - base[i / 2]);
  // The sum is a product with ones, so that it is of the rounded probabilities that weigh V.
  const Pair ones[2] = {to_key_pair(1, 1), to_key_pair(1, 1)};
  for (int k = 0; k < kKeys / 16; ++k) {
    const float* low = s[2 * k];
    const float* high = s[2 * k + 1];
    const Pair p[4] = {to_key_pair(low[0], low[1]), to_key_pair(low[2], low[3]),
                       to_key_pair(high[0], high[1]), to_key_pair(high[2], high[3])};
    multiply_key_tile(softmax.sum, p, ones);
    for (int d = 0; d < kD / 16; ++d) {
      Pair v[4];
      load_tiles_transposed(
          v, values + (k * 16 + lane / 8 % 2 * 8 + lane % 8) * kStride + d * 16 + lane / 16 * 8);
      const Pair left[2] = {v[0], v[1]};
      const Pair right[2] = {v[2], v[3]};
      multiply_key_tile(softmax.values[2 * d], p, left);
      multiply_key_tile(softmax.values[2 * d + 1], p, right);
    }
  }
}

// Copies `rows` rows of head_dim values to shared memory rows of kD + kPad, zeros where there is none.
template <int kD, class RowAddress>
__device__ inline void stage_rows(Key* to, int rows, int head_dim, RowAddress&& address) {
  for (int i = static_cast<int>(threadIdx.x); i < rows * (kD / 8);
       i += static_cast<int>(blockDim.x)) {
    const int row = i / (kD / 8);
    const int column = i % (kD / 8) * 8;
    const Key* from = nullptr;
    const int valid = address(row, from) ? min(8, max(0, head_dim - column)) : 0;
    copy_async(to + row * (kD + kPad) + column, valid > 0 ? from + column : from, valid);
  }
}

// Writes the split's result, [kTileRows][head_dim + 2]: values, sum, maximum.
template <int kD>
__device__ inline void write_partial(const AttentionArguments& a, const Softmax<kD>& softmax) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const std::int64_t part =
      (std::int64_t{blockIdx.x} * a.kv_heads + blockIdx.y) * a.splits + blockIdx.z;
  for (int i = 0; i < 4; ++i) {
    float* row = a.partials + (part * kTileRows + lane / 4 + i / 2 * 8) * (a.head_dim + 2);
    for (int d = 0; d < kD / 8; ++d) {
      const int column = d * 8 + lane % 4 * 2 + i % 2;
      if (column < a.head_dim) row[column] = softmax.values[d][i];
    }
    if (lane % 4 == 0 && i % 2 == 0) {
      row[a.head_dim] = softmax.sum[i];
      row[a.head_dim + 1] = softmax.maximum[i / 2];
    }
  }
}

template <int kD>
__device__ inline void write_rows(const AttentionArguments& a, const Piece& piece, int kv_head,
                                  const RowRange& rows, const Softmax<kD>& softmax) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int group = a.heads / a.kv_heads;
  for (int i = 0; i < 4; ++i) {
    const int row = rows.row[i / 2];
    if (row < 0) continue;
    Act* y = acts(a.y.data) + (piece.first_row + row / group) * a.y.stride +
             (kv_head * group + row % group) * a.head_dim;
    const float inverse = 1.0F / softmax.sum[i / 2 * 2];
    for (int d = 0; d < kD / 8; ++d) {
      const int column = d * 8 + lane % 4 * 2 + i % 2;
      if (column < a.head_dim) y[column] = to_act(__fmul_rn(softmax.values[d][i], inverse));
    }
  }
}

// grid (tiles, kv_heads, splits or 1); a tile is kTileRows rows a warp. Two blocks an SM: left alone, the
// compiler goes for three and spills at head_dim 64.
template <int kD, int kWarps, bool kSplit>
__global__ void __launch_bounds__(kWarps* kWarp, 2) attention_kernel(AttentionArguments a) {
  constexpr int kStride = kD + kPad;
  EVAL_SHARED(Key, keys, kPageTokens * kStride);
  EVAL_SHARED(Key, values, kPageTokens * kStride);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int kv_head = static_cast<int>(blockIdx.y);
  const int group = a.heads / a.kv_heads;
  const Tile tile = a.tiles[blockIdx.x];
  const Piece piece = a.step.pieces[tile.piece];
  const int row_count = piece.length * group;
  const int last_row = min(tile.first_row + kWarps * kTileRows, row_count) - 1;
  const int high = piece.position + last_row / group;
  const int first_position = piece.position + tile.first_row / group;
  const int low = a.window > 0 ? max(0, first_position - a.window + 1) : 0;
  int split = kSplit ? static_cast<int>(blockIdx.z) : low / kSplitTokens;
  if (split * kSplitTokens > high || (split + 1) * kSplitTokens <= low) return;

  RowRange rows;
  for (int i = 0; i < 2; ++i) {
    const int row = tile.first_row + warp * kTileRows + lane / 4 + i * 8;
    rows.row[i] = row < row_count ? row : -1;
    rows.position[i] = row < row_count ? piece.position + row / group : -1;
  }
  // The queries pass through the keys' memory into registers.
  for (int i = static_cast<int>(threadIdx.x); i < kWarps * kTileRows * kD; i += kWarps * kWarp) {
    const int row = tile.first_row + i / kD;
    const bool exists = row < row_count && i % kD < a.head_dim;
    const float* query = float_row(a.qkv, piece.first_row + min(row, row_count - 1) / group) +
                         (kv_head * group + row % group) * a.head_dim;
    keys[i / kD * kStride + i % kD] = to_key(exists ? query[i % kD] : 0.0F);
  }
  __syncthreads();
  Pair q[kD / 16][4];
  for (int k = 0; k < kD / 16; ++k)
    load_tiles(q[k], keys + (warp * kTileRows + lane / 8 % 2 * 8 + lane % 8) * kStride + k * 16 +
                         lane / 16 * 8);

  Softmax<kD> total;
  Softmax<kD> part;
  if (!kSplit) reset(total);
  for (; split * kSplitTokens <= high; ++split) {
    reset(part);
    const int first_page = max(low / kPageTokens, split * kSplitPages);
    const int last_page = min(high / kPageTokens, split * kSplitPages + kSplitPages - 1);
    for (int page = first_page; page <= last_page; ++page) {
      const std::int64_t id = a.step.pages[piece.first_page + page];
      const int first_key = page * kPageTokens;
      __syncthreads();
      for (int value = 0; value < 2; ++value) {
        const Key* base = static_cast<const Key*>(a.pages) + page_offset(a, id, value, kv_head);
        stage_rows<kD>(value == 0 ? keys : values, kPageTokens, a.head_dim,
                       [&](int key, const Key*& from) {
                         from = base + std::int64_t{key} * a.key_stride;
                         return first_key + key <= high;
                       });
        commit_group();
      }
      wait_for_copies<0>();
      __syncthreads();
      for (int half = 0; half < kPageTokens; half += kKeys) {
        float s[kKeys / 8][4];
        score_keys<kD>(q, keys + half * kStride, first_key + half, rows, a.window, a.scale * kLog2E,
                       s);
        absorb_keys<kD>(part, s, values + half * kStride);
      }
    }
    if (kSplit) {
      write_partial<kD>(a, part);
      return;
    }
    fold_into<kD>(total, part);
  }
  if (!kSplit) write_rows<kD>(a, piece, kv_head, rows, total);
}

// Folds the splits of a decoded row. grid (tiles, kv_heads, kTileRows), threads over head_dim.
__global__ void attention_combine_kernel(AttentionArguments a) {
  const int group = a.heads / a.kv_heads;
  const int kv_head = static_cast<int>(blockIdx.y);
  const Tile tile = a.tiles[blockIdx.x];
  const Piece piece = a.step.pieces[tile.piece];
  const int row = tile.first_row + static_cast<int>(blockIdx.z);
  if (row >= piece.length * group) return;
  const int position = piece.position + row / group;
  const int low = a.window > 0 ? max(0, position - a.window + 1) : 0;
  const std::int64_t first = (std::int64_t{blockIdx.x} * a.kv_heads + kv_head) * a.splits;
  for (int d = static_cast<int>(threadIdx.x); d < a.head_dim; d += static_cast<int>(blockDim.x)) {
    float maximum = -INFINITY;
    float sum = 0;
    float value = 0;
    for (int split = low / kSplitTokens; split * kSplitTokens <= position; ++split) {
      const float* part =
          a.partials + ((first + split) * kTileRows + blockIdx.z) * (a.head_dim + 2);
      float own;
      float other;
      fold_factors(maximum, part[a.head_dim + 1], own, other);
      sum = fold(sum, own, part[a.head_dim], other);
      value = fold(value, own, part[d], other);
    }
    acts(a.y.data)[(piece.first_row + row / group) * a.y.stride +
                   (kv_head * group + row % group) * a.head_dim + d] =
        to_act(__fmul_rn(value, 1.0F / sum));
  }
}

EVAL_KERNELS_END
