#pragma once

#include <cstdint>

// The inner loops of the CPU backend: one thread, plain pointers. They are compiled once per instruction
// set (kernels_avx2.cpp, kernels_avx512.cpp) from kernels_*.inc; the backend picks a table at run time.
//
// Theory of operation of a product. Weights lie in *tiles* of 64 outputs: tile t holds, for each unit of
// inputs, 64 units side by side. A unit is 32 bits: one F32, two BF16 or four I8 along the inputs. One
// output of one row is one accumulator that takes its units in ascending order, whatever the number
// of rows: so a row's result is the same bits in every batch. Keys and values are kept in pages as
// tiles too, and attention is two such products per page.
//
// Why not oneDNN: on one core of a Zen 5 class machine (BF16, 1 to 512 rows, 1024 and 3072 inputs) these
// loops reach 447 to 510 GFLOP/s from 6 rows on and 117 GB/s of cached weights at one row; oneDNN 2.6.3
// with packed weights reaches 439 to 502 GFLOP/s and 101 GB/s. And it sums 3072 inputs in blocks of its
// own choice, where batch invariance needs one order for ever.
namespace eval::runners::local::cpu {

inline constexpr int kTileColumns = 64;
inline constexpr int kHeadDimMax = 512;  // of attention and Mamba heads: buffers on the stack

// c[r, 0..63] (+)= sum over units a[r, u] * b[u, 0..63].  a: rows `a_stride` units apart; b: one tile;
// c: rows `c_stride` values apart, F32 (I32 for I8). `add`: starts from c instead of zero.
// Fetches the tile behind b in memory meanwhile, which may not exist: prefetches do not fault.
using TileProduct = void (*)(const std::uint32_t* a, std::int64_t a_stride, std::int64_t rows,
                             const std::uint32_t* b, std::int64_t units, float* c,
                             std::int64_t c_stride, bool add);

// One tile of attention: the query rows of one key/value head for consecutive tokens of one sequence.
struct AttentionTile {
  const float* q;  // [tokens * group] rows of `head_dim`
  std::int64_t head_dim;
  int tokens;             // consecutive, the first at `position`
  int group;              // query heads that share the key/value head
  std::int32_t position;  // of the first token
  std::int32_t window;    // 0: none
  const std::uint32_t* const*
      k;  // [pages] tile of 64 tokens, head_dim units of F32 (attention_f32)
          // or of binary16 (attention_bf16)
  const std::uint32_t* const* v;  // [pages] value_tiles tiles, each 64 tokens of 64 values
  int value_tiles;
  float scale;
  float* scores;         // scratch [tokens * group, 64]
  std::uint32_t* probs;  // scratch [tokens * group, 64] units at most
  float* out;            // [tokens * group, value_tiles * 64], written
};

// One head of the selective scan over consecutive tokens of one sequence.
struct ScanHead {
  const float* u;  // [tokens, head_dim], `c_stride` apart
  const float* b;  // [tokens, state]
  const float* c;  // [tokens, state]
  std::int64_t c_stride;
  const float* delta;  // [tokens] after softplus
  const float* decay;  // [tokens] exp(delta * A)
  float d;
  int tokens, head_dim, state;
  float* s;  // [state, padded head_dim] updated
  float* y;  // [tokens, head_dim], `y_stride` apart
  std::int64_t y_stride;
};

struct Kernels {
  const char* name;
  int lanes;
  TileProduct product_f32;
  TileProduct product_bf16;
  TileProduct product_i8;  // a unsigned, b signed; null where the processor has no such instruction
  void (*attention_f32)(const AttentionTile& tile);
  void (*attention_bf16)(const AttentionTile& tile);
  void (*scan_head)(const ScanHead& head);
  // out[i] = bf16(x[i]), to nearest even.
  void (*round_bf16)(const float* x, std::int64_t n, std::uint16_t* out);
  // out[i] = bf16(x[i]) below, bf16(y[i]) above.
  void (*pair_bf16)(const float* x, const float* y, std::int64_t n, std::uint32_t* out);
  // out[i] = binary16(x[i]), to nearest even; beyond its largest number, that number.
  void (*round_f16)(const float* x, std::int64_t n, std::uint16_t* out);
  // out[i] = round(x[i] / scale) + 128; returns scale = max|x| / 127 (1 for a row of zeros).
  float (*quantise)(const float* x, std::int64_t n, std::uint8_t* out);
  void (*rmsnorm)(const float* x, const float* w, std::int64_t n, float epsilon, float* y);
  void (*gated_norm)(const float* y, const float* z, const float* w, std::int64_t n, float epsilon,
                     float* out);
  void (*add)(float* x, const float* y, std::int64_t n);
  // x[i] += weight * y[i]
  void (*add_scaled)(float* x, const float* y, float weight, std::int64_t n);
  // Dequantises a tile: y[i] = (acc[i] - 128 * sums[i]) * scale * scales[i].
  void (*dequantise)(const float* acc, const std::int32_t* sums, const float* scales, float scale,
                     std::int64_t n, float* y);
  void (*relu2)(const float* x, std::int64_t n, float* y);
  void (*silu)(const float* x, std::int64_t n, float* y);
  void (*gated_silu)(const float* x, const float* z, std::int64_t n, float* y);  // silu(x) * z
  void (*multiply)(float* y, const float* x, std::int64_t n);                    // y *= x
  // Rotates pairs (j, j + half) by cosine[j], sine[j].
  void (*rotate)(float* x, const float* cosine, const float* sine, std::int64_t half);
  // y[i] = silu(bias[i] + sum_j taps[j * n_all + i] * rows[j][i]), rows oldest first; bias may be null.
  void (*convolve)(const float* const* rows, int taps, const float* weights,
                   std::int64_t weight_stride, const float* bias, std::int64_t n, float* y);
};

// Null when this processor lacks what they need (AVX2 and FMA; AVX-512 F, BW, DQ, VL).
const Kernels* kernels_avx2();
const Kernels* kernels_avx512();  // product_bf16 and product_i8 by what the processor has

// The best table of this processor, or null: the backend refuses to start.
const Kernels* best_kernels();

}  // namespace eval::runners::local::cpu
