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

std::string_view dtype_name(DType dtype) {
  switch (dtype) {
    case DType::F32:
      return "F32";
    case DType::BF16:
      return "BF16";
    case DType::F16:
      return "F16";
    case DType::F8E4M3:
      return "F8_E4M3";
    case DType::I32:
      return "I32";
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
