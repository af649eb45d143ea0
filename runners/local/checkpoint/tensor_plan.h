#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runners/local/model/model_config.h"

// Which tensors a model of a given shape consists of: what checkpoint.cpp demands, load_model.cpp loads
// and `evalctl model info` counts, also where there are no weights yet.
namespace eval::runners::local {

// Names are the publishers' first spelling: "backbone." for nemotron_h, "model." for the others, and
// one tensor for each expert. canonical_name() brings the later spellings to it.
struct TensorSpec {
  std::string name;
  std::vector<std::int64_t> shape;
  bool routed = false;  // of a routed expert: a token uses experts_per_token of experts of them
  std::int64_t values() const;
};

// In the order in which they are loaded: embedding, layers, final norm, head.
std::vector<TensorSpec> tensor_plan(const ModelConfig& config);

// Names of a block: "model.layers.3.self_attn.q_proj.weight" is block_name(config, 3) + "self_attn...".
std::string block_name(const ModelConfig& config, int block);
std::string embedding_name(const ModelConfig& config);
std::string final_norm_name(const ModelConfig& config);
inline constexpr std::string_view kHeadName = "lm_head.weight";

// Names of the parts of a layer below its block.
struct LayerNames {
  std::string norm;   // "…norm.weight"
  std::string mixer;  // "…mixer.", "…self_attn.", "…mlp."
};
LayerNames layer_names(const ModelConfig& config, const LayerConfig& layer);

// The name in the plan of what a file calls `name`: prefixes "backbone.", "model." and none,
// "embeddings" and "embed_tokens", "norm_f" and "norm". Names it does not know come back unchanged.
std::string canonical_name(const ModelConfig& config, std::string_view name);

// True for what a checkpoint may hold beside the model: multi-token prediction ("mtp."), scales of
// activations and of keys and values, tables of the rotation, and a head that is tied anyway.
bool is_ignored_name(const ModelConfig& config, std::string_view name);

// Parameters of the model, and of what one token passes through: all but the embedding table (of which
// it reads a row; a tied table counts, as the head) and the routed experts it is not sent to.
struct ParameterCount {
  std::int64_t total = 0;
  std::int64_t active = 0;
  std::int64_t embedding = 0;
};
ParameterCount count_parameters(const ModelConfig& config);

}  // namespace eval::runners::local
