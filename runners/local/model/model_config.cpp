#include "runners/local/model/model_config.h"

#include "base/check.h"
#include "runners/local/model/tensor.h"

namespace eval::runners::local {

std::string_view architecture_name(Architecture architecture) {
  switch (architecture) {
    case Architecture::NemotronH:
      return "nemotron_h";
    case Architecture::Llama:
      return "llama";
    case Architecture::Mistral:
      return "mistral";
    case Architecture::Qwen2:
      return "qwen2";
    case Architecture::Qwen3:
      return "qwen3";
  }
  return "";
}

StateShape state_shape(const ModelConfig& config) {
  StateShape shape;
  for (const LayerConfig& layer : config.layers) {
    if (const auto* attention = std::get_if<AttentionShape>(&layer.mixer)) {
      EVAL_CHECK(shape.attention_layers == 0 ||
                 (shape.kv_heads == attention->kv_heads && shape.head_dim == attention->head_dim));
      shape.attention_layers += 1;
      shape.kv_heads = attention->kv_heads;
      shape.head_dim = attention->head_dim;
    } else if (const auto* mamba = std::get_if<MambaShape>(&layer.mixer)) {
      EVAL_CHECK(shape.mamba_layers == 0 || shape.mamba == *mamba);
      shape.mamba_layers += 1;
      shape.mamba = *mamba;
    }
  }
  return shape;
}

}  // namespace eval::runners::local
