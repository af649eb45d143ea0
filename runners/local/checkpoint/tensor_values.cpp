#include "runners/local/checkpoint/tensor_values.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/check.h"

namespace eval::runners::local {
namespace {

template <class Stored, class Convert>
std::vector<float> convert(const HostTensor& tensor, Convert&& to_float) {
  std::vector<float> values(tensor.bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, tensor.bytes.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = to_float(stored);
  }
  EVAL_CHECK(tensor.scales.factors.size() <= 1);
  tensor.scales.apply(0, values);
  return values;
}

}  // namespace

float float_of_bf16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

float float_of_f16(std::uint16_t bits) {
  const bool negative = (bits & 0x8000u) != 0;
  const int exponent = bits >> 10 & 0x1f;
  const int fraction = bits & 0x3ff;
  float value = 0;
  if (exponent == 0x1f) {
    value = fraction == 0 ? std::numeric_limits<float>::infinity()
                          : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    value = std::ldexp(static_cast<float>(fraction | 0x400), exponent - 25);
  }
  return negative ? -value : value;
}

float float_of_e4m3(std::uint8_t bits) {
  const bool negative = (bits & 0x80u) != 0;
  const int exponent = bits >> 3 & 0xf;
  const int fraction = bits & 7;
  float value = 0;
  if (exponent == 0xf && fraction == 7) {
    value = std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(fraction), -9);
  } else {
    value = std::ldexp(static_cast<float>(fraction | 8), exponent - 10);
  }
  return negative ? -value : value;
}

std::vector<float> to_floats(const HostTensor& tensor) {
  switch (tensor.dtype) {
    case DType::F32:
      return convert<float>(tensor, [](float value) { return value; });
    case DType::BF16:
      return convert<std::uint16_t>(tensor, float_of_bf16);
    case DType::F16:
      return convert<std::uint16_t>(tensor, float_of_f16);
    case DType::F8E4M3:
      return convert<std::uint8_t>(tensor, float_of_e4m3);
    case DType::I32:
      break;
  }
  EVAL_CHECK(tensor.dtype != DType::I32);
  return {};
}

}  // namespace eval::runners::local
