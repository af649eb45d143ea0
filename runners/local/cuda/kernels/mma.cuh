#pragma once

#include "runners/local/cuda/kernels/platform.cuh"

// The only inline PTX of the project: tensor-core products, the loads that feed them, and asynchronous
// copies. Each has a twin in plain C++ for the emulation, which reads the same registers of the same lanes.
EVAL_KERNELS_BEGIN

// c += a b for a 16 x 16 tile a (row-major), a 16 x 8 tile b and a 16 x 8 tile c, spread over a warp. With
// g = lane / 4 and q = lane % 4 (PTX ISA, mma.m16n8k16, .bf16 and .f16):
//   a[0] (g, 2q..)  a[1] (g + 8, 2q..)  a[2] (g, 2q + 8..)  a[3] (g + 8, 2q + 8..)      (row, column)
//   b[0] (2q.., g)  b[1] (2q + 8.., g)                                                  (row, column)
//   c[0], c[1] (g, 2q..)  c[2], c[3] (g + 8, 2q..)
// multiply_tile takes activations, multiply_key_tile what attention takes.
__device__ inline void multiply_tile(float (&c)[4], const Pair (&a)[4], const Pair (&b)[2]);
__device__ inline void multiply_key_tile(float (&c)[4], const Pair (&a)[4], const Pair (&b)[2]);

// Loads four 8 x 8 tiles from shared memory. Lane l names the row l % 8 of tile l / 8 (`row` points to its
// eight values, aligned to them); m[t] becomes the values (row g, columns 2q, 2q + 1) of tile t, or with
// `transposed` those of (rows 2q, 2q + 1, column g).
template <class T>
__device__ inline void load_tiles(Pair (&m)[4], const T* row);
template <class T>
__device__ inline void load_tiles_transposed(Pair (&m)[4], const T* row);

// Copies `valid` (0 to 8) values and fills the rest of eight with zero, in the background. Both addresses
// are aligned to eight values. The values may be read after wait_for_copies() by this thread, and after a
// barrier behind it by the block. `from` must be a valid address even when nothing is read.
template <class T>
__device__ inline void copy_async(T* to_shared, const T* from, int valid);
__device__ inline void commit_group();
template <int kGroupsLeft>
__device__ inline void wait_for_copies();

#if defined(__CUDACC__)

__device__ inline void multiply_tile(float (&c)[4], const Pair (&a)[4], const Pair (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
      "{%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0].bits), "r"(a[1].bits), "r"(a[2].bits), "r"(a[3].bits), "r"(b[0].bits),
        "r"(b[1].bits));
}

__device__ inline void multiply_key_tile(float (&c)[4], const Pair (&a)[4], const Pair (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
      "{%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0].bits), "r"(a[1].bits), "r"(a[2].bits), "r"(a[3].bits), "r"(b[0].bits),
        "r"(b[1].bits));
}

__device__ inline unsigned shared_address(const void* pointer) {
  return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

template <class T>
__device__ inline void load_tiles(Pair (&m)[4], const T* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(m[0].bits), "=r"(m[1].bits), "=r"(m[2].bits), "=r"(m[3].bits)
               : "r"(shared_address(row))
               : "memory");
}

template <class T>
__device__ inline void load_tiles_transposed(Pair (&m)[4], const T* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(m[0].bits), "=r"(m[1].bits), "=r"(m[2].bits), "=r"(m[3].bits)
               : "r"(shared_address(row))
               : "memory");
}

template <class T>
__device__ inline void copy_async(T* to_shared, const T* from, int valid) {
  static_assert(sizeof(T) == 2);
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to_shared)),
               "l"(from), "r"(valid * static_cast<int>(sizeof(T)))
               : "memory");
}
__device__ inline void commit_group() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}
template <int kGroupsLeft>
__device__ inline void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kGroupsLeft) : "memory");
}

#else

// Half `half` of a pair of activations, or of attention's type.
template <bool kOfKeys>
float half_of(Pair pair, int half) {
#if defined(EVAL_CUDA_F32)
  return half == 0 ? pair.lo : pair.hi;
#else
  const auto bits = static_cast<std::uint16_t>(half == 0 ? pair.bits : pair.bits >> 16);
  return kOfKeys ? to_float(F16{bits}) : to_float(Bf16{bits});
#endif
}

template <class T>
Pair pair_of(T lo, T hi) {
#if defined(EVAL_CUDA_F32)
  return {lo, hi};
#else
  return {static_cast<std::uint32_t>(hi.bits) << 16 | lo.bits};
#endif
}

struct Fragments {  // of one lane, as numbers
  float a[8];
  float b[4];
};

template <bool kOfKeys>
void multiply_twin(float (&c)[4], const Pair (&a)[4], const Pair (&b)[2]) {
  Fragments own;
  for (int i = 0; i < 8; ++i) own.a[i] = half_of<kOfKeys>(a[i / 2], i % 2);
  for (int i = 0; i < 4; ++i) own.b[i] = half_of<kOfKeys>(b[i / 2], i % 2);
  const std::uint64_t* lanes = simt::exchange_all(kAllLanes, simt::to_bits(&own));
  const auto of_lane = [&](int lane) -> const Fragments& {
    return *simt::from_bits<const Fragments*>(simt::lane_value(lanes, lane));
  };
  const int g = simt::lane() / 4;
  const int q = simt::lane() % 4;
  float left[2][16];                         // rows g and g + 8 of a
  float right[2][16];                        // columns 2q and 2q + 1 of b
  for (int owner = 0; owner < 4; ++owner) {  // has k = 2 owner, + 1, + 8, + 9
    const Fragments& row = of_lane(g * 4 + owner);
    for (int i = 0; i < 8; ++i) left[i / 2 % 2][owner * 2 + i % 2 + i / 4 * 8] = row.a[i];
    for (int j = 0; j < 2; ++j) {
      const Fragments& column = of_lane((2 * q + j) * 4 + owner);
      for (int i = 0; i < 4; ++i) right[j][owner * 2 + i % 2 + i / 2 * 8] = column.b[i];
    }
  }
  for (int i = 0; i < 4; ++i)
    for (int k = 0; k < 16; ++k) c[i] += left[i / 2][k] * right[i % 2][k];
  __syncwarp();  // the fragments are on the lanes' stacks: nobody leaves before all have read
}
inline void multiply_tile(float (&c)[4], const Pair (&a)[4], const Pair (&b)[2]) {
  multiply_twin<false>(c, a, b);
}
inline void multiply_key_tile(float (&c)[4], const Pair (&a)[4], const Pair (&b)[2]) {
  multiply_twin<true>(c, a, b);
}

template <class T>
void load_tiles_twin(Pair (&m)[4], const T* row, bool transposed) {
  EVAL_CHECK(reinterpret_cast<std::uintptr_t>(row) % (8 * sizeof(T)) == 0);
  const std::uint64_t* rows = simt::exchange_all(kAllLanes, simt::to_bits(row));
  const int g = simt::lane() / 4;
  const int q = simt::lane() % 4;
  const auto at = [&](int tile, int r, int c) {
    return simt::from_bits<const T*>(simt::lane_value(rows, tile * 8 + r))[c];
  };
  for (int t = 0; t < 4; ++t)
    m[t] = transposed ? pair_of(at(t, 2 * q, g), at(t, 2 * q + 1, g))
                      : pair_of(at(t, g, 2 * q), at(t, g, 2 * q + 1));
}
template <class T>
inline void load_tiles(Pair (&m)[4], const T* row) {
  load_tiles_twin(m, row, false);
}
template <class T>
inline void load_tiles_transposed(Pair (&m)[4], const T* row) {
  load_tiles_twin(m, row, true);
}

template <class T>
inline void copy_async(T* to_shared, const T* from, int valid) {
  EVAL_CHECK(valid >= 0 && valid <= 8);
  EVAL_CHECK(reinterpret_cast<std::uintptr_t>(to_shared) % (8 * sizeof(T)) == 0);
  EVAL_CHECK(reinterpret_cast<std::uintptr_t>(from) % (8 * sizeof(T)) == 0);
  simt::copy_later(to_shared, from, static_cast<std::size_t>(valid) * sizeof(T), 8 * sizeof(T));
}
inline void commit_group() {
  simt::commit_copies();
}
template <int kGroupsLeft>
inline void wait_for_copies() {
  simt::wait_copies(kGroupsLeft);
}

#endif

EVAL_KERNELS_END
