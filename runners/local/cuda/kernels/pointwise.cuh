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
  Act* to = acts(a.x.data) + r * a.x.stride;
  for (int i = static_cast<int>(threadIdx.x); i < a.x.cols; i += static_cast<int>(blockDim.x))
    to[i] = from[i];
}

// y[r, :] = x[r, :] / sqrt(mean(x[r, :]^2) + epsilon) * weight; x and y may alias.
__global__ void rmsnorm_kernel(RmsNormArguments a) {
  EVAL_SHARED(float, partial, kWarp);
  const std::int64_t r = blockIdx.x;
  const Act* x = acts(a.x.data) + r * a.x.stride;
  Act* y = acts(a.y.data) + r * a.y.stride;
  const int step = static_cast<int>(blockDim.x);
  const int first = static_cast<int>(threadIdx.x);
  float sum = 0;
  for (int i = first; i < a.x.cols; i += step) sum = fmaf(to_float(x[i]), to_float(x[i]), sum);
  sum = block_sum(sum, partial);
  const float scale = rsqrtf(sum / static_cast<float>(a.x.cols) + a.epsilon);
  for (int i = first; i < a.x.cols; i += step) y[i] = to_act(to_float(x[i]) * scale * a.weight[i]);
}

// x += y
__global__ void add_kernel(AddArguments a) {
  const std::int64_t r = blockIdx.x;
  Act* x = acts(a.x.data) + r * a.x.stride;
  const Act* y = acts(a.y.data) + r * a.y.stride;
  for (int i = static_cast<int>(threadIdx.x); i < a.x.cols; i += static_cast<int>(blockDim.x))
    x[i] = to_act(to_float(x[i]) + to_float(y[i]));
}

// y[i, :] = x[rows[i], :]
__global__ void gather_kernel(GatherArguments a) {
  const std::int64_t r = blockIdx.x;
  const Act* x = acts(a.x.data) + a.rows[r] * a.x.stride;
  Act* y = acts(a.y.data) + r * a.y.stride;
  for (int i = static_cast<int>(threadIdx.x); i < a.y.cols; i += static_cast<int>(blockDim.x))
    y[i] = x[i];
}

// y = act(x), or with `gated` y = act(x[:, :width]) * x[:, width:].
__global__ void activate_kernel(ActivateArguments a) {
  const std::int64_t r = blockIdx.x;
  const Act* x = acts(a.x.data) + r * a.x.stride;
  Act* y = acts(a.y.data) + r * a.y.stride;
  for (int i = static_cast<int>(threadIdx.x); i < a.y.cols; i += static_cast<int>(blockDim.x)) {
    const float gate = to_float(x[i]);
    float value = a.silu ? silu(gate) : relu2(gate);
    if (a.gated) value *= to_float(x[a.y.cols + i]);
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
  Act* x = acts(a.qkv.data) + r * a.qkv.stride + std::int64_t{head} * a.head_dim;
  const int lane = static_cast<int>(threadIdx.x);
  float scale = 1;
  if (weight != nullptr) {
    float sum = 0;
    for (int i = lane; i < a.head_dim; i += kWarp) sum = fmaf(to_float(x[i]), to_float(x[i]), sum);
    scale = rsqrtf(warp_sum(sum) / static_cast<float>(a.head_dim) + a.epsilon);
  }
  for (int j = lane; j < half; j += kWarp) {
    float low = to_float(x[j]);
    float high = to_float(x[j + half]);
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
    x[j] = to_act(low);
    x[j + half] = to_act(high);
  }
}

// out = weight * groupnorm(y * silu(z)): the gate first, then RMSNorm inside each group. One block a
// (row, group).
__global__ void gated_norm_kernel(GatedNormArguments a) {
  EVAL_SHARED(float, partial, kWarp);
  const std::int64_t r = blockIdx.x;
  const int size = a.y.cols / a.groups;
  const int begin = static_cast<int>(blockIdx.y) * size;
  const float* y = static_cast<const float*>(a.y.data) + r * a.y.stride + begin;
  const Act* z = acts(a.z.data) + r * a.z.stride + begin;
  Act* out = acts(a.out.data) + r * a.out.stride + begin;
  const int step = static_cast<int>(blockDim.x);
  const int first = static_cast<int>(threadIdx.x);
  float sum = 0;
  for (int i = first; i < size; i += step) {
    const float value = y[i] * silu(to_float(z[i]));
    sum = fmaf(value, value, sum);
  }
  sum = block_sum(sum, partial);
  const float scale = rsqrtf(sum / static_cast<float>(size) + a.epsilon);
  for (int i = first; i < size; i += step)
    out[i] = to_act(y[i] * silu(to_float(z[i])) * scale * a.weight[begin + i]);
}

EVAL_KERNELS_END
