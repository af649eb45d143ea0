#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "runners/local/model/tensor.h"

namespace eval::runners::local {

inline float to_bf16(float x) {  // to nearest even
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7FFFU + ((bits >> 16) & 1U)) & 0xFFFF0000U);
}

// Values that BF16 holds exactly, so that a reference sees what every backend sees.
class RandomValues {
 public:
  explicit RandomValues(std::uint64_t seed) : random_(seed) {}
  // Uniform in (-spread, spread).
  std::vector<float> values(std::int64_t count, double spread = 1) {
    std::vector<float> result(static_cast<std::size_t>(count));
    for (float& x : result) x = to_bf16(static_cast<float>((2 * random_.uniform() - 1) * spread));
    return result;
  }

 private:
  SplitMix64 random_;
};

// A view of `values`, which must outlive it.
inline HostTensor host_tensor(std::span<const float> values, std::vector<std::int64_t> shape) {
  return {
      .bytes = std::as_bytes(std::span(values)), .dtype = DType::F32, .shape = std::move(shape)};
}

}  // namespace eval::runners::local
