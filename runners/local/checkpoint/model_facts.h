#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "runners/local/checkpoint/tensor_plan.h"
#include "runners/local/model/model_config.h"

// What a config says about size, without a byte of the weights: for `evalctl model info`.
namespace eval::runners::local {

// One kind of layer, or the tables around them.
struct ModelPart {
  std::string name;  // "Mamba-2", "attention", "experts", "MLP", "embedding", "head", "final norm"
  int layers = 0;    // 0 for what is not a layer
  std::int64_t parameters = 0;
  std::int64_t active = 0;  // of one token; see ParameterCount
};
// In the order embedding, kinds of layers by first appearance, final norm, head. Sums to
// count_parameters().
std::vector<ModelPart> model_parts(const ModelConfig& config);

// The layers in config.json's letters: M Mamba-2, E experts, * attention, - MLP. A block of a dense
// model is "*-".
std::string layer_pattern(const ModelConfig& config);

// What one sequence keeps between steps, in the least precise form that backends use: scan state F32
// always, convolution rows and keys and values BF16.
struct SequenceState {
  Bytes scan;
  Bytes convolution;
  Bytes kv_per_token;
  Bytes fixed() const { return scan + convolution; }
  Bytes at(std::int64_t tokens) const;  // keys and values by whole pages
};
SequenceState sequence_state(const ModelConfig& config);

// Weights in BF16, whatever they are stored in.
Bytes weights_in_bf16(const ModelConfig& config);

// How many sequences of `tokens` tokens have room in `memory` beside `weights`, after a twentieth for
// scratch and for what else runs there. Negative: the weights alone lack room.
std::int64_t sequences_that_fit(Bytes memory, Bytes weights, const SequenceState& state,
                                std::int64_t tokens);

}  // namespace eval::runners::local
