#include <cstdint>

#include "runners/local/cpu/kernels.h"

// This file alone is compiled for AVX2 and FMA.
namespace eval::runners::local::cpu {
namespace {

typedef float __attribute__((may_alias)) MayAliasFloat;
typedef std::uint16_t __attribute__((may_alias)) MayAliasHalf;
constexpr int kLanes = 8;
constexpr int kPassRows = 5;
constexpr int kPassVectors = 2;

#include "runners/local/cpu/kernels_vector.inc"

// F16C, which every processor with AVX2 has.
inline Floats from_f16(Halves x) {
  Floats y;
  __asm__("vcvtph2ps %1, %0" : "=x"(y) : "x"(x));
  return y;
}
inline Halves to_f16(Floats x) {
  Halves y;
  __asm__("vcvtps2ph $0, %1, %0" : "=x"(y) : "x"(x));  // to nearest even
  return y;
}

// 5 x 2 accumulators, 2 columns (4 halves in BF16) and one value (2): 13 or 16 of 16 registers.
#include "runners/local/cpu/kernels_product.inc"

#include "runners/local/cpu/kernels_attention.inc"
#include "runners/local/cpu/kernels_rows.inc"

constexpr Kernels kTable = {.name = "avx2",
                            .lanes = kLanes,
                            .product_f32 = product<F32Op>,
                            .product_bf16 = product<Bf16ShiftOp>,
                            .product_i8 = nullptr,
                            .attention_f32 = attention<F32Values>,
                            .attention_bf16 = attention<Bf16Values<Bf16ShiftOp>>,
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

}  // namespace

const Kernels* kernels_avx2() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return nullptr;
  return &kTable;
}

const Kernels* best_kernels() {
  const Kernels* best = kernels_avx512();
  return best ? best : kernels_avx2();
}

}  // namespace eval::runners::local::cpu
