#pragma once

#include <array>
#include <cstdint>

// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers:
// as easy as 1, 2, 3" (SC 2011). A draw is a pure function of key and counter, so it does not depend
// on what else was drawn before it. The constants are those of the paper, section 4.3.
namespace eval::runners::local {

using PhiloxBlock = std::array<std::uint32_t, 4>;

constexpr PhiloxBlock philox4x32_10(PhiloxBlock counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {
        static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
        static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9U;  // the golden ratio
    key[1] += 0xBB67AE85U;  // sqrt(3) - 1
  }
  return counter;
}

// The 64 bits that decide the token at `position` of attempt `attempt`.
constexpr std::uint64_t philox_bits(std::uint64_t seed, std::uint32_t attempt,
                                    std::uint32_t position) {
  const PhiloxBlock block =
      philox4x32_10({position, attempt, 0, 0},
                    {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return (std::uint64_t{block[1]} << 32) | block[0];
}

}  // namespace eval::runners::local
