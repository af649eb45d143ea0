#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runners/local/model/step.h"

// How a row of logits becomes a token: the meaning of SampleRule, as a pure function. Backends either
// call it or must agree with it.
//
// Theory of operation. The logits are adjusted (penalties, temperature) to x. Every cut keeps a prefix
// of one order: x descending, lower id first on ties. The weight of a token is floor(2^40 exp(x - max
// x)), a fixed-point number: sums of weights are exact in any order, so that a parallel sum or scan
// elsewhere finds the same nucleus and draws the same token. A token less likely than 2^-40 of the
// likeliest is never drawn.
//   top-k   the first k of the order
//   top-p   its shortest prefix whose weight is >= ceil(top_p * weight of what top-k kept)
//   min-p   what has exp(x - max x) >= min_p, in F32
//   draw    with 64 bits r of philox_bits(): the first survivor, by id ascending, whose running sum of
//           weights exceeds floor(r * total / 2^64)
namespace eval::runners::local {

inline constexpr int kSampleWeightBits = 40;

// exp(x) for x <= 0 in F32, the same bits on every processor (|relative error| < 2e-7); 0 below -87.
float sample_exp(float x);

// Working memory of sample_token, reused from call to call to save allocations.
struct SampleScratch {
  std::vector<float> adjusted;
  std::vector<float> exponentials;
  std::vector<std::uint64_t> block_weights;
  std::vector<std::uint64_t> histogram;
  std::vector<TokenId> kept, edge;
};

// Precondition: `logits` is not empty and finite (-inf is fine: never drawn). Thread-safe with a scratch of one's own.
SampledToken sample_token(std::span<const float> logits, const SampleRule& rule,
                          SampleScratch& scratch);

// The logits after the repetition, presence and frequency penalties, before the temperature.
void apply_penalties(const SampleRule& rule, std::span<float> logits);

}  // namespace eval::runners::local
