#pragma once

#include <optional>
#include <vector>

#include "runners/local/checkpoint/config_fields.h"
#include "runners/local/checkpoint/config_reader.h"
#include "runners/local/model/model_config.h"

// The parts of a config.json: two families of layers, and how weights are quantised. Internal to config_reader.
namespace eval::runners::local {

// Bounds on what a file may ask for: far above every published model, low enough that no product of
// two of them leaves an int.
inline constexpr int kHiddenMax = 1 << 16;
inline constexpr int kLayersMax = 1024;
inline constexpr int kHeadsMax = 1024;
inline constexpr int kHeadDimMax = 1024;
inline constexpr int kWidthMax = 1 << 18;
inline constexpr int kExpertsMax = 4096;
// Over all layers: each is two tensors to look for. The largest published model has 20,480.
inline constexpr std::int64_t kExpertsOfModelMax = 1 << 17;
inline constexpr int kExpertsPerTokenMax = 64;
inline constexpr int kStateMax = 1024;
inline constexpr int kKernelMax = 16;

// "quantization_config" and its kin: the blocks of FP8 scales, if it has such. Unsupported for whatever is
// not FP8 E4M3 with scales that the tensors' own shapes explain.
std::optional<ScaleBlock> read_quantization(ConfigFields& fields);

// Llama, Mistral, Qwen2, Qwen3: per block an attention and a gated MLP.
std::vector<LayerConfig> read_dense_layers(ConfigFields& fields, Architecture architecture,
                                           int hidden);
// Nemotron-H: one mixer a block, by its pattern.
std::vector<LayerConfig> read_hybrid_layers(ConfigFields& fields, int hidden);

}  // namespace eval::runners::local
