#include "runners/local/checkpoint/tensor_plan.h"

#include <fmt/format.h>

#include <array>

namespace eval::runners::local {
namespace {

bool is_hybrid(const ModelConfig& config) {
  return config.architecture == Architecture::NemotronH;
}

std::string_view prefix(const ModelConfig& config) {
  return is_hybrid(config) ? "backbone." : "model.";
}

class Planner {
 public:
  explicit Planner(const ModelConfig& config) : config_(config) {}

  std::vector<TensorSpec> plan() {
    add(embedding_name(config_), {config_.vocabulary, config_.hidden});
    for (const LayerConfig& layer : config_.layers) {
      const LayerNames names = layer_names(config_, layer);
      add(names.norm, {config_.hidden});
      std::visit([&](const auto& shape) { add_mixer(names.mixer, shape); }, layer.mixer);
    }
    add(final_norm_name(config_), {config_.hidden});
    if (!config_.tied_head) add(std::string(kHeadName), {config_.vocabulary, config_.hidden});
    return std::move(specs_);
  }

 private:
  void add(std::string name, std::vector<std::int64_t> shape, bool routed = false) {
    specs_.push_back({std::move(name), std::move(shape), routed});
  }
  void add_linear(const std::string& name, std::int64_t rows, std::int64_t cols, bool bias) {
    add(name + ".weight", {rows, cols});
    if (bias) add(name + ".bias", {rows});
  }

  void add_mixer(const std::string& at, const AttentionShape& shape) {
    const std::int64_t queries = std::int64_t{shape.heads} * shape.head_dim;
    const std::int64_t keys = std::int64_t{shape.kv_heads} * shape.head_dim;
    add_linear(at + "q_proj", queries, config_.hidden, shape.qkv_bias);
    add_linear(at + "k_proj", keys, config_.hidden, shape.qkv_bias);
    add_linear(at + "v_proj", keys, config_.hidden, shape.qkv_bias);
    if (shape.qk_norm) {
      add(at + "q_norm.weight", {shape.head_dim});
      add(at + "k_norm.weight", {shape.head_dim});
    }
    add_linear(at + "o_proj", config_.hidden, queries, shape.output_bias);
  }

  void add_mixer(const std::string& at, const MambaShape& shape) {
    add_linear(at + "in_proj", shape.projected(), config_.hidden, shape.projection_bias);
    add(at + "conv1d.weight", {shape.channels(), 1, shape.kernel});
    if (shape.conv_bias) add(at + "conv1d.bias", {shape.channels()});
    for (const char* name : {"dt_bias", "A_log", "D"}) add(at + name, {shape.heads});
    add(at + "norm.weight", {shape.inner()});
    add_linear(at + "out_proj", config_.hidden, shape.inner(), shape.projection_bias);
  }

  void add_mixer(const std::string& at, const MoeShape& shape) {
    const int inputs = shape.latent > 0 ? shape.latent : config_.hidden;
    add(at + "gate.weight", {shape.experts, config_.hidden});
    add(at + "gate.e_score_correction_bias", {shape.experts});
    if (shape.latent > 0) add_linear(at + "fc1_latent_proj", shape.latent, config_.hidden, false);
    for (int expert = 0; expert < shape.experts; ++expert) {
      const std::string name = fmt::format("{}experts.{}.", at, expert);
      add(name + "up_proj.weight", {shape.expert_width, inputs}, true);
      add(name + "down_proj.weight", {inputs, shape.expert_width}, true);
    }
    if (shape.latent > 0) add_linear(at + "fc2_latent_proj", config_.hidden, shape.latent, false);
    if (shape.shared_width > 0) {
      const MlpShape shared{.width = shape.shared_width, .bias = shape.bias};
      add_mixer(at + "shared_experts.", shared);
    }
  }

  void add_mixer(const std::string& at, const MlpShape& shape) {
    if (shape.gated) add_linear(at + "gate_proj", shape.width, config_.hidden, shape.bias);
    add_linear(at + "up_proj", shape.width, config_.hidden, shape.bias);
    add_linear(at + "down_proj", config_.hidden, shape.width, shape.bias);
  }

  const ModelConfig& config_;
  std::vector<TensorSpec> specs_;
};

}  // namespace

std::int64_t TensorSpec::values() const {
  std::int64_t product = 1;
  for (const std::int64_t size : shape) product *= size;
  return product;
}

std::vector<TensorSpec> tensor_plan(const ModelConfig& config) {
  return Planner(config).plan();
}

std::string block_name(const ModelConfig& config, int block) {
  return fmt::format("{}layers.{}.", prefix(config), block);
}

std::string embedding_name(const ModelConfig& config) {
  return is_hybrid(config) ? "backbone.embeddings.weight" : "model.embed_tokens.weight";
}

std::string final_norm_name(const ModelConfig& config) {
  return is_hybrid(config) ? "backbone.norm_f.weight" : "model.norm.weight";
}

LayerNames layer_names(const ModelConfig& config, const LayerConfig& layer) {
  const std::string block = block_name(config, layer.block);
  if (is_hybrid(config)) return {block + "norm.weight", block + "mixer."};
  if (std::holds_alternative<AttentionShape>(layer.mixer)) {
    return {block + "input_layernorm.weight", block + "self_attn."};
  }
  return {block + "post_attention_layernorm.weight", block + "mlp."};
}

std::string canonical_name(const ModelConfig& config, std::string_view name) {
  std::string_view rest = name;
  for (const std::string_view known : {"backbone.", "model."}) {
    if (!rest.starts_with(known)) continue;
    rest.remove_prefix(known.size());
    break;
  }
  if (rest == "embeddings.weight" || rest == "embed_tokens.weight") return embedding_name(config);
  if (rest == "norm_f.weight" || rest == "norm.weight") return final_norm_name(config);
  if (rest.starts_with("layers.")) return std::string(prefix(config)) + std::string(rest);
  return std::string(name);
}

bool is_ignored_name(const ModelConfig& config, std::string_view name) {
  if (name.starts_with("mtp.") || name.starts_with("model.mtp.")) return true;
  if (config.tied_head && name == kHeadName) return true;
  constexpr std::array kSuffixes{std::string_view(".rotary_emb.inv_freq"),
                                 std::string_view(".input_scale"),
                                 std::string_view(".activation_scale"),
                                 std::string_view(".output_scale"),
                                 std::string_view(".k_scale"),
                                 std::string_view(".v_scale"),
                                 std::string_view(".q_scale"),
                                 std::string_view(".kv_scale")};
  for (const std::string_view suffix : kSuffixes) {
    if (name.ends_with(suffix)) return true;
  }
  return false;
}

ParameterCount count_parameters(const ModelConfig& config) {
  ParameterCount count;
  std::int64_t routed = 0;
  const MoeShape* moe = nullptr;
  for (const LayerConfig& layer : config.layers) {
    if (moe == nullptr) moe = std::get_if<MoeShape>(&layer.mixer);
  }
  for (const TensorSpec& spec : tensor_plan(config)) {
    count.total += spec.values();
    if (spec.routed) routed += spec.values();
  }
  count.embedding = config.vocabulary * config.hidden;
  count.active = count.total - routed;
  if (!config.tied_head) count.active -= count.embedding;
  // Every layer of experts has the same shape, so the share is one for all.
  if (moe != nullptr) count.active += routed / moe->experts * moe->experts_per_token;
  return count;
}

}  // namespace eval::runners::local
