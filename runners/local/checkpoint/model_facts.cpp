#include "runners/local/checkpoint/model_facts.h"

#include <algorithm>

#include "runners/local/model/step.h"

namespace eval::runners::local {
namespace {

// In the order of LayerConfig::mixer's alternatives.
struct Kind {
  std::string_view name;
  char letter;
};
constexpr Kind kKinds[] = {{"attention", '*'}, {"Mamba-2", 'M'}, {"experts", 'E'}, {"MLP", '-'}};

Bytes bytes_of(std::int64_t values, std::uint64_t each) {
  return Bytes{static_cast<std::uint64_t>(values) * each};
}

// What the layers of one kind add to a model without layers.
ModelPart part_of_kind(const ModelConfig& config, std::size_t kind) {
  ModelConfig some = config;
  std::erase_if(some.layers, [&](const LayerConfig& layer) { return layer.mixer.index() != kind; });
  ModelConfig none = config;
  none.layers.clear();
  const ParameterCount with = count_parameters(some);
  const ParameterCount without = count_parameters(none);
  return {std::string(kKinds[kind].name), static_cast<int>(some.layers.size()),
          with.total - without.total, with.active - without.active};
}

}  // namespace

std::vector<ModelPart> model_parts(const ModelConfig& config) {
  const std::int64_t table = config.vocabulary * config.hidden;
  std::vector<ModelPart> parts{{"embedding", 0, table, config.tied_head ? table : 0}};
  std::vector<std::size_t> seen;
  for (const LayerConfig& layer : config.layers) {
    const std::size_t kind = layer.mixer.index();
    if (std::find(seen.begin(), seen.end(), kind) != seen.end()) continue;
    seen.push_back(kind);
    parts.push_back(part_of_kind(config, kind));
  }
  parts.push_back({"final norm", 0, config.hidden, config.hidden});
  if (!config.tied_head) parts.push_back({"head", 0, table, table});
  return parts;
}

std::string layer_pattern(const ModelConfig& config) {
  std::string pattern;
  for (const LayerConfig& layer : config.layers) pattern += kKinds[layer.mixer.index()].letter;
  return pattern;
}

Bytes SequenceState::at(std::int64_t tokens) const {
  const std::int64_t pages = (tokens + kPageTokens - 1) / kPageTokens;
  return fixed() + bytes_of(pages * kPageTokens, kv_per_token.count);
}

SequenceState sequence_state(const ModelConfig& config) {
  const StateShape shape = state_shape(config);
  const MambaShape& mamba = shape.mamba;
  SequenceState state;
  if (shape.mamba_layers > 0) {
    state.scan = bytes_of(std::int64_t{shape.mamba_layers} * mamba.inner() * mamba.state, 4);
    state.convolution =
        bytes_of(std::int64_t{shape.mamba_layers} * (mamba.kernel - 1) * mamba.channels(), 2);
  }
  // Keys and values.
  state.kv_per_token =
      bytes_of(std::int64_t{2} * shape.attention_layers * shape.kv_heads * shape.head_dim, 2);
  return state;
}

Bytes weights_in_bf16(const ModelConfig& config) {
  return bytes_of(count_parameters(config).total, 2);
}

std::int64_t sequences_that_fit(Bytes memory, Bytes weights, const SequenceState& state,
                                std::int64_t tokens) {
  const std::uint64_t usable = memory.count - memory.count / 20;
  if (usable < weights.count) return -1;
  const std::uint64_t each = std::max<std::uint64_t>(1, state.at(tokens).count);
  return static_cast<std::int64_t>((usable - weights.count) / each);
}

}  // namespace eval::runners::local
