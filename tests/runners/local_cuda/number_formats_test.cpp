#include <gtest/gtest.h>

#include <cmath>

#include "runners/local/cuda/kernels/product.cuh"

namespace eval::runners::local::cuda {
namespace {

TEST(NumberFormats, Bf16IsTheUpperHalfOfF32RoundedToNearestEven) {
  EXPECT_EQ(to_bf16(1.0F).bits, 0x3f80);
  EXPECT_EQ(to_bf16(1.0F + 1.0F / 256).bits, 0x3f80);  // a tie goes to even
  EXPECT_EQ(to_bf16(1.0F + 3.0F / 256).bits, 0x3f82);
  EXPECT_EQ(to_bf16(-INFINITY).bits, 0xff80);
  EXPECT_TRUE(std::isnan(to_float(to_bf16(NAN))));
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Bf16 value{static_cast<std::uint16_t>(bits)};
    if (!std::isnan(to_float(value))) {
      ASSERT_EQ(to_bf16(to_float(value)).bits, value.bits);
    }
  }
}

TEST(NumberFormats, F16SurvivesTheWayThroughF32) {
  EXPECT_EQ(to_float(F16{0x3c00}), 1.0F);
  EXPECT_EQ(to_float(F16{0x0001}), std::ldexp(1.0F, -24));
  EXPECT_EQ(to_float(F16{0xfbff}), -65504.0F);
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const F16 value{static_cast<std::uint16_t>(bits)};
    if (std::isfinite(to_float(value))) {
      ASSERT_EQ(to_f16(to_float(value)).bits, value.bits);
    }
  }
}

TEST(NumberFormats, F16RoundsToNearestEvenAndSaturates) {
  EXPECT_EQ(to_f16(1.0F + std::ldexp(1.0F, -11)).bits, 0x3c00);
  EXPECT_EQ(to_f16(1.0F + std::ldexp(3.0F, -11)).bits, 0x3c02);
  EXPECT_EQ(to_f16(std::ldexp(1.0F, -25)).bits, 0x0000);
  EXPECT_EQ(to_f16(std::ldexp(1.5F, -25)).bits, 0x0001);
  EXPECT_EQ(to_f16(1e6F).bits, 0x7bff);
  EXPECT_EQ(to_f16(-INFINITY).bits, 0xfbff);
  EXPECT_TRUE(std::isnan(to_float(to_f16(NAN))));
}

// OCP 8-bit floating point, E4M3: value = (-1)^s 2^(e - 7) (1 + m / 8), subnormals 2^-6 (m / 8).
TEST(NumberFormats, E4M3FollowsItsDefinition) {
  for (std::uint32_t bits = 0; bits < 256; ++bits) {
    const int exponent = static_cast<int>(bits >> 3 & 15U);
    const auto mantissa = static_cast<float>(bits & 7U);
    const float magnitude =
        exponent == 0 ? std::ldexp(mantissa / 8, -6) : std::ldexp(1 + mantissa / 8, exponent - 7);
    const F8E4M3 value{static_cast<std::uint8_t>(bits)};
    if ((bits & 0x7fU) == 0x7fU) {
      EXPECT_TRUE(std::isnan(to_float(value)));
      continue;
    }
    EXPECT_EQ(to_float(value), bits >= 128 ? -magnitude : magnitude) << bits;
    EXPECT_EQ(emulated_bf16::expand_e4m3(value.bits), to_float(value)) << bits;
  }
}

}  // namespace
}  // namespace eval::runners::local::cuda
