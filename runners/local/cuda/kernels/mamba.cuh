#pragma once

#include "runners/local/cuda/kernels/platform.cuh"

// Mamba-2: the causal convolution and the state recurrence (Dao & Gu 2024).
//
// The recurrence runs token by token with the state in registers, for prompts too: the matrix form over
// chunks sums in another order, and then a sequence that was preempted and recomputed would not get back
// the bits that decoding gave it. What that costs is in docs/benchmarks.md.
EVAL_KERNELS_BEGIN

inline constexpr unsigned kConvThreads = 128;

// The raw row `t` tokens after the first of the piece; t may be negative: then from the state.
__device__ inline float conv_input(const ConvArguments& a, const Piece& piece, int t, int channel) {
  if (t >= 0) return float_row(a.x, piece.first_row + t)[channel];
  const int kept = a.kernel - 1;
  const std::int64_t row = (std::int64_t{piece.slot} * a.layers + a.layer) * kept + kept + t;
  return a.state[row * a.x.cols + channel];
}

__device__ inline void write_conv_state(const ConvArguments& a, const Piece& piece, int channel) {
  const int kept = a.kernel - 1;
  float last[kConvKernelMax];
  for (int j = 0; j < kConvKernelMax; ++j)
    if (j < kept) last[j] = conv_input(a, piece, piece.length - kept + j, channel);
  for (int j = 0; j < kConvKernelMax; ++j)
    if (j < kept)
      a.state[((std::int64_t{piece.slot} * a.layers + a.layer) * kept + j) * a.x.cols + channel] =
          last[j];
}

// c[t, ch] = silu(bias + sum over j of weight[ch, j] * x[t - K + 1 + j, ch]). A block has a tile of
// kConvTokens tokens and kConvThreads channels, a thread one channel. When the piece is one tile the
// state, its last K - 1 raw rows, is written here; otherwise by conv_state_kernel, after all tiles.
__global__ void conv_kernel(ConvArguments a) {
  const Tile tile = a.tiles[blockIdx.x];
  const Piece piece = a.step.pieces[tile.piece];
  const int channel = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x);
  if (channel >= a.x.cols) return;
  float taps[kConvKernelMax];
  float window[kConvKernelMax];
  for (int j = 0; j < kConvKernelMax; ++j) {
    taps[j] = j < a.kernel ? a.weight[std::int64_t{channel} * a.kernel + j] : 0.0F;
    window[j] =
        j + 1 < a.kernel ? conv_input(a, piece, tile.first_row - a.kernel + 1 + j, channel) : 0.0F;
  }
  const float bias = a.bias != nullptr ? a.bias[channel] : 0.0F;
  const int last = min(tile.first_row + kConvTokens, piece.length);
  for (int t = tile.first_row; t < last; ++t) {
    const float current = conv_input(a, piece, t, channel);
    float sum = bias;
    for (int j = 0; j < kConvKernelMax; ++j) {
      if (j == a.kernel - 1) window[j] = current;
      sum = fmaf(taps[j], window[j], sum);
    }
    float_row(a.c, piece.first_row + t)[channel] = silu(sum);
    for (int j = 0; j + 1 < kConvKernelMax; ++j) window[j] = window[j + 1];
  }
  if (piece.length <= kConvTokens) write_conv_state(a, piece, channel);
}

__global__ void conv_state_kernel(ConvArguments a) {
  const Piece piece = a.step.pieces[a.long_pieces[blockIdx.x].piece];
  const int channel = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x);
  if (channel < a.x.cols) write_conv_state(a, piece, channel);
}

inline constexpr int kScanWarps = 4;
inline constexpr int kScanHeadRows = 4;  // rows of P a warp holds
inline constexpr int kScanTokens = 16;   // staged in shared memory at a time
inline constexpr unsigned kScanThreads = kScanWarps * kWarp;

// The sums over a warp of four values a lane, in 6 shuffles instead of 20: each exchange halves what a
// lane keeps. Lane l ends with the sum of value (l / 8), in a fixed order.
__device__ inline float sum_of_four(float (&v)[kScanHeadRows]) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const bool upper = (lane & 16) != 0;
  const float send0 = upper ? v[0] : v[2];
  const float send1 = upper ? v[1] : v[3];
  const float keep0 = (upper ? v[2] : v[0]) + __shfl_xor_sync(kAllLanes, send0, 16);
  const float keep1 = (upper ? v[3] : v[1]) + __shfl_xor_sync(kAllLanes, send1, 16);
  const bool odd = (lane & 8) != 0;
  float sum = (odd ? keep1 : keep0) + __shfl_xor_sync(kAllLanes, odd ? keep0 : keep1, 8);
  for (int distance = 4; distance > 0; distance /= 2)
    sum += __shfl_xor_sync(kAllLanes, sum, distance);
  return sum;
}

// One pass over S: delta = softplus(dt + dt_bias), S = exp(delta A) S + delta u (x) B, y = S C + D u.
// grid (slices of P, heads, pieces); a warp holds kScanHeadRows rows of S, a lane the columns
// n = lane + 32 j. kN is the columns of a lane.
template <int kN>
__global__ void scan_kernel(ScanArguments a) {
  EVAL_SHARED(float, b_rows, kScanTokens* kN* kWarp);
  EVAL_SHARED(float, c_rows, kScanTokens* kN* kWarp);
  EVAL_SHARED(float, u_rows, kScanTokens* kScanWarps* kScanHeadRows);
  EVAL_SHARED(float, deltas, kScanTokens);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int head = static_cast<int>(blockIdx.y);
  const Piece piece = a.step.pieces[blockIdx.z];
  const int slice = static_cast<int>(blockIdx.x) * kScanWarps * kScanHeadRows;
  const int first_p = slice + warp * kScanHeadRows;
  const int inner = a.heads * a.head_dim;
  const int group = head * a.groups / a.heads;
  const float decay_rate = a.a[head];
  const float skip = a.d[head];
  float* state =
      a.state +
      (((std::int64_t{piece.slot} * a.layers + a.layer) * a.heads + head) * a.head_dim + first_p) *
          a.state_size;
  float s[kScanHeadRows][kN];
  for (int i = 0; i < kScanHeadRows; ++i)
    for (int j = 0; j < kN; ++j) {
      const int n = lane + kWarp * j;
      const bool inside = first_p + i < a.head_dim && n < a.state_size;
      s[i][j] = inside ? state[std::int64_t{i} * a.state_size + n] : 0.0F;
    }
  for (int begin = 0; begin < piece.length; begin += kScanTokens) {
    const int count = min(kScanTokens, piece.length - begin);
    __syncthreads();
    for (int i = static_cast<int>(threadIdx.x); i < count * kN * kWarp; i += kScanThreads) {
      const int n = i % (kN * kWarp);
      const float* c = float_row(a.c, piece.first_row + begin + i / (kN * kWarp)) + inner +
                       std::int64_t{group} * a.state_size + n;
      const bool inside = n < a.state_size;
      b_rows[i] = inside ? c[0] : 0.0F;
      c_rows[i] = inside ? c[std::int64_t{a.groups} * a.state_size] : 0.0F;
    }
    constexpr int kSlice = kScanWarps * kScanHeadRows;
    for (int i = static_cast<int>(threadIdx.x); i < count * kSlice; i += kScanThreads) {
      const int p = slice + i % kSlice;
      const std::int64_t row = piece.first_row + begin + i / kSlice;
      u_rows[i] = p < a.head_dim ? float_row(a.c, row)[head * a.head_dim + p] : 0.0F;
    }
    if (static_cast<int>(threadIdx.x) < count) {
      const std::int64_t row = piece.first_row + begin + static_cast<int>(threadIdx.x);
      deltas[threadIdx.x] = softplus(float_row(a.dt, row)[head] + a.dt_bias[head]);
    }
    __syncthreads();
    for (int t = 0; t < count; ++t) {
      const float delta = deltas[t];
      const float decay = expf(__fmul_rn(delta, decay_rate));
      const float* u = u_rows + t * kSlice + warp * kScanHeadRows;
      float y[kScanHeadRows];
      for (int i = 0; i < kScanHeadRows; ++i) {
        const float input = __fmul_rn(delta, u[i]);
        y[i] = 0;
        for (int j = 0; j < kN; ++j) {
          const int at = t * kN * kWarp + lane + kWarp * j;
          s[i][j] = fmaf(s[i][j], decay, __fmul_rn(input, b_rows[at]));
          y[i] = fmaf(s[i][j], c_rows[at], y[i]);
        }
      }
      const float sum = sum_of_four(y);
      const int p = first_p + lane / 8;
      if (lane % 8 == 0 && p < a.head_dim)
        static_cast<float*>(
            a.y.data)[(piece.first_row + begin + t) * a.y.stride + head * a.head_dim + p] =
            fmaf(skip, u[lane / 8], sum);
    }
  }
  for (int i = 0; i < kScanHeadRows; ++i)
    for (int j = 0; j < kN; ++j) {
      const int n = lane + kWarp * j;
      if (first_p + i < a.head_dim && n < a.state_size)
        state[std::int64_t{i} * a.state_size + n] = s[i][j];
    }
}

EVAL_KERNELS_END
