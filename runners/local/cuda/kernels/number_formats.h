#pragma once

#include <cstdint>

// Conversions between F32 and the short formats, the same on the host, in emulated kernels and (where the
// GPU has no instruction) on the device. Rounding is to nearest, ties to even.
namespace eval::runners::local::cuda {

#if defined(__CUDACC__)
#define EVAL_HOST_DEVICE __host__ __device__
#else
#define EVAL_HOST_DEVICE
#endif

struct Bf16 {
  std::uint16_t bits;
};

struct F16 {
  std::uint16_t bits;
};

struct F8E4M3 {  // 1 sign, 4 exponent (bias 7), 3 mantissa; no infinity, 0x7f and 0xff are NaN
  std::uint8_t bits;
};

EVAL_HOST_DEVICE inline float float_of_bits(std::uint32_t bits) {
  return __builtin_bit_cast(float, bits);
}
EVAL_HOST_DEVICE inline std::uint32_t bits_of_float(float value) {
  return __builtin_bit_cast(std::uint32_t, value);
}

EVAL_HOST_DEVICE inline float to_float(Bf16 value) {
  return float_of_bits(static_cast<std::uint32_t>(value.bits) << 16);
}

EVAL_HOST_DEVICE inline Bf16 to_bf16(float value) {
  const std::uint32_t bits = bits_of_float(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U)  // NaN stays NaN
    return {static_cast<std::uint16_t>((bits >> 16) | 0x40U)};
  const std::uint32_t rounded = bits + 0x7fffU + ((bits >> 16) & 1U);
  return {static_cast<std::uint16_t>(rounded >> 16)};
}

EVAL_HOST_DEVICE inline float to_float(F16 value) {
  const std::uint32_t half = value.bits;
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1fU;
  const std::uint32_t mantissa = half & 0x3ffU;
  if (exponent == 31) return float_of_bits(sign | 0x7f800000U | (mantissa << 13));
  if (exponent == 0) {  // mantissa * 2^-24, exact in F32
    const float small = static_cast<float>(mantissa) * 5.9604644775390625e-8F;
    return sign != 0 ? -small : small;
  }
  return float_of_bits(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

inline constexpr float kF16Max = 65504.0F;

// What is too large becomes the largest finite value. NaN stays NaN.
EVAL_HOST_DEVICE inline F16 to_f16(float value) {
  const std::uint32_t bits = bits_of_float(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude > 0x7f800000U) return {static_cast<std::uint16_t>(sign | 0x7e00U)};
  if (magnitude >= bits_of_float(kF16Max)) return {static_cast<std::uint16_t>(sign | 0x7bffU)};
  if (magnitude < 0x38800000U) {  // below 2^-14: a multiple of 2^-24
    // 0.5's unit in the last place is 2^-24, so the addition rounds as wanted.
    const float shifted = float_of_bits(magnitude) + 0.5F;
    return {static_cast<std::uint16_t>(sign | (bits_of_float(shifted) - bits_of_float(0.5F)))};
  }
  const std::uint32_t rounded = magnitude - 0x38000000U + 0xfffU + ((magnitude >> 13) & 1U);
  return {static_cast<std::uint16_t>(sign | rounded >> 13)};
}

EVAL_HOST_DEVICE inline float to_float(F8E4M3 value) {
  const std::uint32_t sign = static_cast<std::uint32_t>(value.bits & 0x80U) << 24;
  const std::uint32_t exponent = (value.bits >> 3) & 0xfU;
  const std::uint32_t mantissa = value.bits & 7U;
  if (exponent == 15 && mantissa == 7) return float_of_bits(sign | 0x7fc00000U);
  if (exponent == 0) {  // mantissa * 2^-9
    const float small = static_cast<float>(mantissa) * 0.001953125F;
    return sign != 0 ? -small : small;
  }
  return float_of_bits(sign | ((exponent + 120) << 23) | (mantissa << 20));
}

}  // namespace eval::runners::local::cuda
