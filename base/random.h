#pragma once

#include <cstdint>
#include <string_view>

namespace eval {

// Counter-based: a seed for (run seed, key, index) that does not depend on the order of calls.
// Two different triples give independent 64-bit seeds (first 8 bytes of their SHA-256).
std::uint64_t derive_seed(std::uint64_t run_seed, std::string_view key, std::uint64_t index);

// SplitMix64 (Steele, Lea, Flood 2014). For resampling and jitter; not for secrets.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  // Uniform in [0, 1).
  double uniform();
  // Uniform in [0, bound), bound > 0, without modulo bias.
  std::uint64_t below(std::uint64_t bound);

 private:
  std::uint64_t state_;
};

// 64 random bits from the kernel, for run ids and nonces.
std::uint64_t random_bits();

}  // namespace eval
