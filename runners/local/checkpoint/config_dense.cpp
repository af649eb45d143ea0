#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "runners/local/checkpoint/config_blocks.h"

// llama, mistral, qwen2 and qwen3, after their reference implementations in transformers. Where a
// field is missing, the defaults are those of the configuration class of its architecture.
namespace eval::runners::local {
namespace {

// {"type" or "rope_type": ..., "factor": ..., ...}: rope_scaling, or rope_parameters of newer files.
std::optional<Rope::Scaling> read_scaling(ConfigFields& fields, std::int64_t context) {
  std::string type = fields.text("rope_type");
  if (type.empty()) type = fields.text("type");
  if (type.empty() || type == "default") return std::nullopt;
  if (type != "linear" && type != "llama3") {
    fields.unsupported("rope_type", type, {"default", "linear", "llama3"});
    return std::nullopt;
  }
  Rope::Scaling scaling;
  scaling.factor = fields.number("factor", 1, 1e6);
  if (type == "linear") return scaling;
  scaling.low_frequency_factor = fields.number("low_freq_factor", 1e-6, 1e6);
  scaling.high_frequency_factor = fields.number("high_freq_factor", 1e-6, 1e6);
  scaling.original_context =
      fields.integer("original_max_position_embeddings", 1, INT32_MAX, context);
  if (*scaling.high_frequency_factor <= *scaling.low_frequency_factor) {
    fields.bad(fmt::format("\"high_freq_factor\" {} is not above \"low_freq_factor\" {}",
                           *scaling.high_frequency_factor, *scaling.low_frequency_factor));
  }
  return scaling;
}

Rope read_rope(ConfigFields& fields) {
  Rope rope;
  constexpr double kThetaMax = 1e15;
  rope.theta = fields.number("rope_theta", 1, kThetaMax, 10000);
  const std::int64_t context = fields.integer("max_position_embeddings", 1, INT32_MAX, 1);
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    const Json* object = fields.find(key);
    if (object == nullptr) continue;
    if (!object->is_object()) {
      fields.bad(fmt::format("\"{}\" should be an object", key));
      continue;
    }
    ConfigFields part(*object, fmt::format("{}: {}", fields.where(), key));
    for (const char* kind : {"full_attention", "sliding_attention"}) {
      if (part.has(kind)) part.unsupported(kind, "a rotation for each kind of layer");
    }
    rope.theta = part.number("rope_theta", 1, kThetaMax, rope.theta);
    if (part.number("partial_rotary_factor", 0, 1, 1) != 1) {
      part.unsupported("partial_rotary_factor", "a rotation of a part of the head", {"1"});
    }
    rope.scaling = read_scaling(part, context);
    fields.take_faults(part);
  }
  if (fields.number("partial_rotary_factor", 0, 1, 1) != 1) {
    fields.unsupported("partial_rotary_factor", "a rotation of a part of the head", {"1"});
  }
  return rope;
}

// Which blocks attend through a sliding window, and how wide it is.
//   mistral       all of them, unless "sliding_window" is null
//   qwen2, qwen3  with "use_sliding_window", those from "max_window_layers" on
// and "layer_types", where given, instead of both. Their classes have 4096 where no width is given.
std::vector<std::optional<int>> read_windows(ConfigFields& fields, Architecture architecture,
                                             int blocks) {
  std::vector<std::optional<int>> windows(static_cast<std::size_t>(blocks));
  std::optional<int> width;
  const bool switched = architecture == Architecture::Qwen2 || architecture == Architecture::Qwen3;
  if (architecture == Architecture::Mistral ||
      (switched && fields.flag("use_sliding_window", false))) {
    constexpr int kUsualWidth = 4096;
    if (!fields.is_null("sliding_window"))
      width = fields.count("sliding_window", 1, INT32_MAX, kUsualWidth);
  }
  if (const auto types = fields.texts("layer_types")) {
    if (types->size() != windows.size()) {
      fields.bad(
          fmt::format("\"layer_types\" has {} entries for {} layers", types->size(), blocks));
      return windows;
    }
    for (std::size_t i = 0; i < windows.size(); ++i) {
      const bool sliding = (*types)[i] == "sliding_attention";
      if (!sliding && (*types)[i] != "full_attention") {
        fields.unsupported("layer_types", (*types)[i], {"full_attention", "sliding_attention"});
        return windows;
      }
      if (sliding && !width) {
        fields.bad("\"layer_types\" names \"sliding_attention\", but no sliding window is in use");
        return windows;
      }
      if (sliding) windows[i] = width;
    }
    return windows;
  }
  const int first = switched ? fields.count("max_window_layers", 0, kLayersMax, 28) : 0;
  for (int i = std::min(first, blocks); i < blocks; ++i)
    windows[static_cast<std::size_t>(i)] = width;
  return windows;
}

AttentionShape read_attention(ConfigFields& fields, Architecture architecture, int hidden) {
  AttentionShape shape;
  shape.heads = fields.count("num_attention_heads", 1, kHeadsMax);
  // Files of the first Llama have no such field: as many as query heads.
  shape.kv_heads = fields.count("num_key_value_heads", 1, kHeadsMax, shape.heads);
  const bool fixed = architecture == Architecture::Qwen3;
  const int usual = fixed ? 128 : std::max(1, hidden / shape.heads);
  shape.head_dim = fields.count("head_dim", 2, kHeadDimMax, usual);
  if (fields.sound() && !fields.has("head_dim") && !fixed && hidden % shape.heads != 0) {
    fields.bad(
        fmt::format("\"num_attention_heads\" {} does not divide \"hidden_size\" {}, and "
                    "\"head_dim\" is missing",
                    shape.heads, hidden));
  }
  if (shape.head_dim % 2 != 0) {
    fields.bad(fmt::format("\"head_dim\" {} is odd: a rotation needs pairs", shape.head_dim));
  }
  if (fields.sound() && shape.heads % shape.kv_heads != 0) {
    fields.bad(fmt::format("\"num_key_value_heads\" {} does not divide \"num_attention_heads\" {}",
                           shape.kv_heads, shape.heads));
  }
  switch (architecture) {
    case Architecture::Qwen2:
      shape.qkv_bias = true;  // by construction; there is no field for it
      break;
    case Architecture::Llama:
    case Architecture::Qwen3:
      shape.qkv_bias = shape.output_bias = fields.flag("attention_bias", false);
      break;
    case Architecture::Mistral:
    case Architecture::NemotronH:
      break;
  }
  shape.qk_norm = architecture == Architecture::Qwen3;
  shape.rope = read_rope(fields);
  return shape;
}

// Fields of kin that share a model_type, or of forks: each changes the result unless it is 1 or false.
void refuse_variants(ConfigFields& fields, Architecture architecture) {
  std::vector<const char*> keys{"attn_logit_softcapping",
                                "final_logit_softcapping",
                                "no_rope_layers",
                                "no_rope_layer_interval",
                                "attention_chunk_size",
                                "embedding_multiplier",
                                "residual_multiplier",
                                "attention_multiplier",
                                "logits_scaling",
                                "logit_scale",
                                "query_pre_attn_scalar",
                                "scale_emb",
                                "scale_depth",
                                "dim_model_base",
                                "clip_qkv"};
  if (architecture != Architecture::Qwen3) {
    keys.insert(keys.end(), {"use_qk_norm", "qk_norm", "qk_layernorm"});
  }
  for (const char* key : keys) {
    const Json* value = fields.find(key);
    if (value != nullptr && *value != 1 && *value != false) {
      fields.unsupported(key, to_json_line(*value));
    }
  }
}

}  // namespace

std::vector<LayerConfig> read_dense_layers(ConfigFields& fields, Architecture architecture,
                                           int hidden) {
  const int blocks = fields.count("num_hidden_layers", 1, kLayersMax);
  const AttentionShape attention = read_attention(fields, architecture, hidden);
  MlpShape mlp;
  mlp.width = fields.count("intermediate_size", 1, kWidthMax);
  mlp.gated = true;
  mlp.activation = Activation::Silu;
  mlp.bias = architecture == Architecture::Llama && fields.flag("mlp_bias", false);
  const std::string activation = fields.text("hidden_act");
  if (!activation.empty() && activation != "silu" && activation != "swish") {
    fields.unsupported("hidden_act", activation, {"silu"});
  }
  refuse_variants(fields, architecture);
  const auto windows = read_windows(fields, architecture, blocks);
  std::vector<LayerConfig> layers;
  for (int block = 0; block < blocks; ++block) {
    AttentionShape shape = attention;
    shape.window = windows[static_cast<std::size_t>(block)];
    layers.push_back({shape, block});
    layers.push_back({mlp, block});
  }
  return layers;
}

}  // namespace eval::runners::local
