#pragma once

#include "runners/local/cuda/kernels/platform.cuh"

// Kernels in which a row stands alone: embedding, norms, rotation, activation, sums. One block a row
// unless said otherwise.
EVAL_KERNELS_BEGIN

inline constexpr unsigned kRowThreads = 256;

// x[r, :] = table[tokens[r], :]
__global__ void embed_kernel(EmbedArguments a) {
  const std::int64_t r = blockIdx.x;
  const Act* from = acts(a.table) + a.tokens[r] * a.table_stride;
  for (int i = static_cast<int>(threadIdx.x); i < a.x.cols; i += static_cast<int>(blockDim.x))
    store_value(a.x, r, i, to_float(from[i]));
}

// y[r, :] = x[r, :] / sqrt(mean(x[r, :]^2) + epsilon) * weight; x and y may alias.
__global__ void rmsnorm_kernel(RmsNormArguments a) {
  EVAL_SHARED(float, partial, kWarp);
  const std::int64_t r = blockIdx.x;
  const int step = static_cast<int>(blockDim.x);
  const int first = static_cast<int>(threadIdx.x);
  float sum = 0;
  for (int i = first; i < a.x.cols; i += step) {
    const float x = load_value(a.x, r, i);
    sum = fmaf(x, x, sum);
  }
  sum = block_sum(sum, partial);
  const float scale = rsqrtf(sum / static_cast<float>(a.x.cols) + a.epsilon);
  for (int i = first; i < a.x.cols; i += step) {
    const float value = load_value(a.x, r, i) * scale * a.weight[i];
    store_value(a.y, r, i, value);
    if (a.low_offset > 0)
      acts(a.y.data)[r * a.y.stride + a.low_offset + i] = to_act(value - to_float(to_act(value)));
  }
}

// x += y
__global__ void add_kernel(AddArguments a) {
  const std::int64_t r = blockIdx.x;
  for (int i = static_cast<int>(threadIdx.x); i < a.x.cols; i += static_cast<int>(blockDim.x))
    store_value(a.x, r, i, load_value(a.x, r, i) + load_value(a.y, r, i));
}

// y[i, :] = x[rows[i], :]
__global__ void gather_kernel(GatherArguments a) {
  const std::int64_t r = blockIdx.x;
  for (int i = static_cast<int>(threadIdx.x); i < a.y.cols; i += static_cast<int>(blockDim.x))
    store_value(a.y, r, i, load_value(a.x, a.rows[r], i));
}

// y = act(x), or with `gated` y = act(x[:, :width]) * x[:, width:].
__global__ void activate_kernel(ActivateArguments a) {
  const std::int64_t r = blockIdx.x;
  const float* x = float_row(a.x, r);
  Act* y = acts(a.y.data) + r * a.y.stride;
  for (int i = static_cast<int>(threadIdx.x); i < a.y.cols; i += static_cast<int>(blockDim.x)) {
    float value = a.silu ? silu(x[i]) : relu2(x[i]);
    if (a.gated) value *= x[a.y.cols + i];
    y[i] = to_act(value);
  }
}

// Inside qkv: RMSNorm of each query and key head by q_norm and k_norm, then the rotation of the pairs
// (j, j + D/2) by position * turns[j] full turns. One warp a head; gridDim.y heads.
__global__ void rotate_kernel(RotateArguments a) {
  const std::int64_t r = blockIdx.x;
  const int head = static_cast<int>(blockIdx.y);
  const int half = a.head_dim / 2;
  const float* weight = head < a.heads ? a.q_norm : a.k_norm;
  float* x = float_row(a.qkv, r) + std::int64_t{head} * a.head_dim;
  const int lane = static_cast<int>(threadIdx.x);
  float scale = 1;
  if (weight != nullptr) {
    float sum = 0;
    for (int i = lane; i < a.head_dim; i += kWarp) sum = fmaf(x[i], x[i], sum);
    scale = rsqrtf(warp_sum(sum) / static_cast<float>(a.head_dim) + a.epsilon);
  }
  for (int j = lane; j < half; j += kWarp) {
    float low = x[j];
    float high = x[j + half];
    if (weight != nullptr) {
      low *= scale * weight[j];
      high *= scale * weight[j + half];
    }
    if (a.turns != nullptr) {
      // In double and reduced to one turn: at position 262,144 an F32 angle would be off by 0.03 rad.
      const double turn = static_cast<double>(a.positions[r]) * a.turns[j];
      const float angle = static_cast<float>(2.0 * (turn - floor(turn)));  // in units of pi
      const float c = cospif(angle);
      const float s = sinpif(angle);
      const float rotated = low * c - high * s;
      high = high * c + low * s;
      low = rotated;
    }
    x[j] = low;
    x[j + half] = high;
  }
}

// out = weight * groupnorm(y * silu(z)): the gate first, then RMSNorm inside each group. One block a
// (row, group).
__global__ void gated_norm_kernel(GatedNormArguments a) {
  EVAL_SHARED(float, partial, kWarp);
  const std::int64_t r = blockIdx.x;
  const int size = a.y.cols / a.groups;
  const int begin = static_cast<int>(blockIdx.y) * size;
  const float* y = float_row(a.y, r) + begin;
  const float* z = float_row(a.z, r) + begin;
  Act* out = acts(a.out.data) + r * a.out.stride + begin;
  const int step = static_cast<int>(blockDim.x);
  const int first = static_cast<int>(threadIdx.x);
  float sum = 0;
  for (int i = first; i < size; i += step) {
    const float value = y[i] * silu(z[i]);
    sum = fmaf(value, value, sum);
  }
  sum = block_sum(sum, partial);
  const float scale = rsqrtf(sum / static_cast<float>(size) + a.epsilon);
  for (int i = first; i < size; i += step)
    out[i] = to_act(y[i] * silu(z[i]) * scale * a.weight[begin + i]);
}

EVAL_KERNELS_END
