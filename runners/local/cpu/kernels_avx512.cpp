#include <cstdint>

#include "runners/local/cpu/kernels.h"

// This file alone is compiled for AVX-512 (F, BW, DQ, VL), with BF16 and VNNI by inline assembly: GCC 12
// copies accumulators around their intrinsics in unrolled loops.
namespace eval::runners::local::cpu {
namespace {

typedef float __attribute__((may_alias)) MayAliasFloat;
typedef std::uint16_t __attribute__((may_alias)) MayAliasHalf;
constexpr int kLanes = 16;
constexpr int kPassRows = 6;
constexpr int kPassVectors = 4;

#include "runners/local/cpu/kernels_vector.inc"

inline Floats from_f16(Halves x) {
  Floats y;
  __asm__("vcvtph2ps %1, %0" : "=v"(y) : "v"(x));
  return y;
}
inline Halves to_f16(Floats x) {
  Halves y;
  __asm__("vcvtps2ph $0, %1, %0" : "=v"(y) : "v"(x));  // to nearest even
  return y;
}

// 6 x 4 accumulators, 4 columns and one value: 29 of 32 registers.
#include "runners/local/cpu/kernels_product.inc"

struct Bf16Op {
  using Unit = std::uint32_t;
  using B = Words;
  using A = Words;
  using C = Floats;
  static B load_b(const std::uint32_t* p) { return *reinterpret_cast<const Words*>(p); }
  static A load_a(const std::uint32_t* p) { return *p - Words{}; }
  static C step(C c, const A& a, const B& b) {
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(c) : "v"(b), "v"(a));
    return c;
  }
};

struct I8Op {
  using Unit = std::uint32_t;
  using B = Words;
  using A = Words;
  using C = Ints;
  static B load_b(const std::uint32_t* p) { return *reinterpret_cast<const Words*>(p); }
  static A load_a(const std::uint32_t* p) { return *p - Words{}; }
  static C step(C c, const A& a, const B& b) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(c) : "v"(a), "v"(b));
    return c;
  }
};

#include "runners/local/cpu/kernels_attention.inc"
#include "runners/local/cpu/kernels_rows.inc"

constexpr Kernels table(const char* name, bool has_bf16, bool has_vnni) {
  return {.name = name,
          .lanes = kLanes,
          .product_f32 = product<F32Op>,
          .product_bf16 = has_bf16 ? product<Bf16Op> : product<Bf16ShiftOp>,
          .product_i8 = has_vnni ? product<I8Op> : nullptr,
          .attention_f32 = attention<F32Values>,
          .attention_bf16 =
              has_bf16 ? attention<Bf16Values<Bf16Op>> : attention<Bf16Values<Bf16ShiftOp>>,
          .scan_head = scan_head,
          .round_bf16 = round_bf16,
          .pair_bf16 = pair_bf16,
          .round_f16 = round_f16,
          .quantise = quantise,
          .rmsnorm = rmsnorm,
          .gated_norm = gated_norm,
          .add = add,
          .add_scaled = add_scaled,
          .dequantise = dequantise,
          .relu2 = relu2,
          .silu = silu,
          .gated_silu = gated_silu,
          .multiply = multiply,
          .rotate = rotate,
          .convolve = convolve};
}

constexpr Kernels kPlain = table("avx512", false, false);
constexpr Kernels kVnni = table("avx512_vnni", false, true);
constexpr Kernels kBf16 = table("avx512_bf16", true, true);

}  // namespace

const Kernels* kernels_avx512() {
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl"))
    return nullptr;
  const bool has_vnni = __builtin_cpu_supports("avx512vnni") != 0;
  if (__builtin_cpu_supports("avx512bf16") && has_vnni) return &kBf16;
  return has_vnni ? &kVnni : &kPlain;
}

}  // namespace eval::runners::local::cpu
