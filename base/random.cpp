#include "base/random.h"

#include <string>

#include "base/check.h"
#include "base/hash.h"

namespace eval {

std::uint64_t derive_seed(std::uint64_t run_seed, std::string_view key, std::uint64_t index) {
  const std::string hex =
      ContentHash().add(std::to_string(run_seed)).add(key).add(std::to_string(index)).hex();
  return std::stoull(hex.substr(0, 16), nullptr, 16);
}

std::uint64_t SplitMix64::next() {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

double SplitMix64::uniform() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::uint64_t SplitMix64::below(std::uint64_t bound) {
  EVAL_CHECK(bound > 0);
  // Values under `threshold` would make the low residues more frequent.
  const std::uint64_t threshold = (0 - bound) % bound;
  std::uint64_t value = next();
  while (value < threshold) value = next();
  return value % bound;
}

}  // namespace eval
