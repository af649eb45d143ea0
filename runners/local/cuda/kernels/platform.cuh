#pragma once

// What the kernels stand on, once for nvcc and once for the emulation: shared memory, the activation type,
// launching. Kernels use plain CUDA besides.
//
// Compiled three times: by nvcc (BF16), through the emulation in BF16, and through it with F32 activations
// (EVAL_CUDA_F32), where arithmetic mistakes cannot hide behind rounding. Each has a namespace of its own.
#include <cstdint>

#if defined(__CUDACC__)
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>
#define EVAL_CUDA_VARIANT gpu
#else
#include "runners/local/cuda/emulation/simt.h"
#if defined(EVAL_CUDA_F32)
#define EVAL_CUDA_VARIANT emulated_f32
#else
#define EVAL_CUDA_VARIANT emulated_bf16
#endif
#endif

#include "runners/local/cuda/kernels/arguments.h"
#include "runners/local/cuda/kernels/number_formats.h"

#define EVAL_KERNELS_BEGIN namespace eval::runners::local::cuda::EVAL_CUDA_VARIANT {
#define EVAL_KERNELS_END }

EVAL_KERNELS_BEGIN

inline constexpr unsigned kAllLanes = 0xffffffffU;
inline constexpr int kWarp = 32;

#if defined(EVAL_CUDA_F32)
using Act = float;  // what products take, and a weight of a matrix
using Key = float;  // what attention takes: queries, keys, values, probabilities
struct Pair {       // two neighbours, as a tensor core takes them
  float lo, hi;
};
__device__ inline float to_float(float value) {
  return value;
}
__device__ inline Act to_act(float value) {
  return value;
}
__device__ inline Key to_key(float value) {
  return value;
}
__device__ inline Pair to_pair(float lo, float hi) {
  return {lo, hi};
}
__device__ inline Pair to_key_pair(float lo, float hi) {
  return {lo, hi};
}
#else
using Act = Bf16;
// F16 has eight times BF16's precision, and errors of scores are exponentiated. What passes its range is
// cut to +-65504.
using Key = F16;
struct Pair {
  std::uint32_t bits;
};
#if defined(__CUDACC__)
__device__ inline Act to_act(float value) {
  return {__bfloat16_as_ushort(__float2bfloat16_rn(value))};
}
__device__ inline Key to_key(float value) {
  return {__half_as_ushort(__float2half_rn(fminf(fmaxf(value, -kF16Max), kF16Max)))};
}
#else
inline Key to_key(float value) {
  return to_f16(value);
}
inline Act to_act(float value) {
  return to_bf16(value);
}
#endif
__device__ inline Pair to_pair(float lo, float hi) {
  return {static_cast<std::uint32_t>(to_act(hi).bits) << 16 | to_act(lo).bits};
}
__device__ inline Pair to_key_pair(float lo, float hi) {
  return {static_cast<std::uint32_t>(to_key(hi).bits) << 16 | to_key(lo).bits};
}
#endif

// Eight neighbouring activations: one 16-byte access in BF16.
struct alignas(8 * sizeof(Act)) Act8 {
  Act value[8];
};

__device__ inline const Act* acts(const void* pointer) {
  return static_cast<const Act*>(pointer);
}
__device__ inline Act* acts(void* pointer) {
  return static_cast<Act*>(pointer);
}

// One value of a matrix that is F32 or of the activation type.
__device__ inline float load_value(const View& view, std::int64_t row, int col) {
  const std::int64_t at = row * view.stride + col;
  return view.is_float ? static_cast<const float*>(view.data)[at] : to_float(acts(view.data)[at]);
}
__device__ inline void store_value(const View& view, std::int64_t row, int col, float value) {
  const std::int64_t at = row * view.stride + col;
  if (view.is_float)
    static_cast<float*>(view.data)[at] = value;
  else
    acts(view.data)[at] = to_act(value);
}

// Static shared memory. `EVAL_SHARED(float, partial, 32)` declares `float* partial`.
#if defined(__CUDACC__)
#define EVAL_SHARED(type, name, count)                                         \
  __shared__ __align__(16) unsigned char name##_bytes[sizeof(type) * (count)]; \
  type* const name = reinterpret_cast<type*>(name##_bytes)
#else
#define EVAL_SHARED(type, name, count)        \
  static const char name##_key = 0;           \
  type* const name = reinterpret_cast<type*>( \
      ::eval::simt::static_shared_bytes(&name##_key, sizeof(type) * (count)))
#endif

// ---- reductions in a fixed order -------------------------------------------------------------------
__device__ inline float warp_sum(float value) {
  for (int distance = 16; distance > 0; distance /= 2)
    value += __shfl_xor_sync(kAllLanes, value, distance);
  return value;
}

// The sum of every thread's value, in all threads. blockDim.x a multiple of 32, at most 1024. `partial`
// has 32 floats of shared memory; two calls may share it.
__device__ inline float block_sum(float value, float* partial) {
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  value = warp_sum(value);
  __syncthreads();
  if (lane == 0) partial[threadIdx.x / kWarp] = value;
  __syncthreads();
  return warp_sum(lane < warps ? partial[lane] : 0.0F);
}

// F32 row `row` of a matrix that the forward pass keeps wide.
__device__ inline float* float_row(const View& view, std::int64_t row) {
  return static_cast<float*>(view.data) + row * view.stride;
}

__device__ inline float sigmoid(float x) {
  return 1.0F / (1.0F + expf(-x));
}
__device__ inline float silu(float x) {
  return x * sigmoid(x);
}
__device__ inline float relu2(float x) {
  return x > 0 ? x * x : 0.0F;
}
// log(1 + e^x); x itself above 20, where it equals it in F32 and e^x would overflow later.
__device__ inline float softplus(float x) {
  return x > 20.0F ? x : log1pf(expf(x));
}

// ---- launching -------------------------------------------------------------------------------------
#if defined(__CUDACC__)
template <class Arguments>
void launch(Queue queue, void (*kernel)(Arguments), const char*, dim3 grid, unsigned threads,
            const Arguments& arguments) {
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = dim3(threads);
  config.stream = static_cast<cudaStream_t>(queue.handle);
  // The code of a failure stays in the runtime until the device asks for it (Device::status).
  (void)cudaLaunchKernelEx(&config, kernel, arguments);
}
using Grid = dim3;
#else
template <class Arguments>
void launch(Queue queue, void (*kernel)(Arguments), const char* name, simt::Dim grid,
            unsigned threads, const Arguments& arguments) {
  static_cast<simt::Device*>(queue.handle)
      ->launch(name, grid, {threads, 1, 1}, 0, [kernel, arguments] { kernel(arguments); });
}
using Grid = simt::Dim;
#endif
#define EVAL_LAUNCH(queue, kernel, grid, threads, arguments) \
  launch(queue, kernel, #kernel, grid, threads, arguments)

__host__ __device__ inline int ceil_div(int a, int b) {
  return (a + b - 1) / b;
}

EVAL_KERNELS_END
