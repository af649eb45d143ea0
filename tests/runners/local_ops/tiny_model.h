#pragma once

#include <memory>
#include <vector>

#include "runners/local/model/model.h"

// Small models with every kind of block, random weights, no checkpoint: for tests of whole passes.
namespace eval::runners::local {

// Mamba, MoE with shared expert, attention without rotation (5 query heads a key head), MLP.
Model tiny_hybrid(Backend& backend);
// Two blocks of attention with q/k norm, rotation and a sliding window of 50, biases and gated MLP; the
// head is the embedding.
Model tiny_dense(Backend& backend);

// `count` tokens below the vocabulary of both (160).
std::vector<TokenId> random_tokens(std::size_t count, std::uint64_t seed);

}  // namespace eval::runners::local
