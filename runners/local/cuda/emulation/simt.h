#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "base/check.h"
#include "runners/local/cuda/emulation/scheduler.h"

// The CUDA names our kernels use, for a C++ compiler: include it instead of the CUDA headers and the same
// sources run on the CPU (scheduler.h says how, and what it checks). Only what kernels/ needs is here;
// kernels get shared memory, tensor-core products and asynchronous copies through kernels/platform.cuh
// and kernels/mma.cuh, which have a twin for this header.

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __restrict__ __restrict

namespace eval::simt {

template <class T>
std::uint64_t to_bits(T value) {
  static_assert(sizeof(T) <= 8 && std::is_trivially_copyable_v<T>);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

template <class T>
T from_bits(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

template <class T>
T exchange_value(unsigned mask, T value, int from) {
  return from_bits<T>(exchange(mask, to_bits(value), from));
}

}  // namespace eval::simt

#define threadIdx (::eval::simt::where().thread)
#define blockIdx (::eval::simt::where().block)
#define blockDim (::eval::simt::where().block_size)
#define gridDim (::eval::simt::where().grid)

inline void __syncthreads() {
  ::eval::simt::sync_block();
}
inline void __syncwarp(unsigned mask = ~0U) {
  ::eval::simt::sync_warp(mask);
}
template <class T>
T __shfl_sync(unsigned mask, T value, int from) {
  return ::eval::simt::exchange_value(mask, value, from);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int bits) {
  return ::eval::simt::exchange_value(mask, value, ::eval::simt::lane() ^ bits);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, int distance) {
  const int lane = ::eval::simt::lane();
  return ::eval::simt::exchange_value(mask, value, lane >= distance ? lane - distance : lane);
}
inline unsigned __ballot_sync(unsigned mask, int predicate) {
  const std::uint64_t* values = ::eval::simt::exchange_all(mask, predicate != 0 ? 1 : 0);
  unsigned ballot = 0;
  for (int i = 0; i < 32; ++i)
    if ((mask >> i & 1U) != 0 && ::eval::simt::lane_value(values, i) != 0) ballot |= 1U << i;
  return ballot;
}
inline int __popc(unsigned bits) {
  return std::popcount(bits);
}

// Blocks and threads take turns on one OS thread, so a plain read and write cannot be torn; the relaxed
// atomics keep ThreadSanitizer from calling them a race.
template <class T>
T atomicAdd(T* to, T value) {
  return __atomic_fetch_add(to, value, __ATOMIC_RELAXED);
}

inline float rsqrtf(float x) {
  return 1.0F / std::sqrt(x);
}
inline float __expf(float x) {
  return std::exp(x);
}
inline float __fmul_rn(float a, float b) {
  return a * b;
}
inline float __fadd_rn(float a, float b) {
  return a + b;
}
inline float cospif(float x) {
  return static_cast<float>(std::cos(3.14159265358979323846 * static_cast<double>(x)));
}
inline float sinpif(float x) {
  return static_cast<float>(std::sin(3.14159265358979323846 * static_cast<double>(x)));
}
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<unsigned long long>((static_cast<Wide>(a) * b) >> 64);
}
using std::max;
using std::min;
