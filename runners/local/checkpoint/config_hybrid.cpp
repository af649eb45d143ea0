#include <fmt/format.h>

#include "base/text.h"
#include "runners/local/checkpoint/config_blocks.h"

// nemotron_h, after the reference implementation (transformers, models/nemotron_h) and the published
// configs of Nemotron-H, Nemotron Nano 2 and Nemotron 3. What looks like it mattered and does not:
// rope_theta and partial_rotary_factor (its attention has no positional encoding), expand (the inner
// width is mamba_num_heads * mamba_head_dim), time_step_min/max/floor (initialisation only), chunk_size
// (how a kernel cuts its work), mamba_ssm_cache_dtype (the state is F32 here always).
namespace eval::runners::local {
namespace {

enum class Block { Mamba, Attention, Moe, Mlp };

std::optional<Block> block_of_letter(char letter) {
  switch (letter) {
    case 'M':
      return Block::Mamba;
    case '*':
      return Block::Attention;
    case 'E':
      return Block::Moe;
    case '-':
      return Block::Mlp;
    default:
      return std::nullopt;
  }
}

std::optional<Block> block_of_word(std::string_view word) {
  if (word == "mamba" || word == "linear_attention") return Block::Mamba;
  if (word == "attention" || word == "full_attention") return Block::Attention;
  if (word == "moe") return Block::Moe;
  if (word == "mlp") return Block::Mlp;
  return std::nullopt;
}

// The list of words wins over the pattern, and both over num_hidden_layers, as in the reference.
std::vector<Block> read_pattern(ConfigFields& fields) {
  std::vector<Block> blocks;
  auto words = fields.texts("layers_block_type");
  if (!words) words = fields.texts("layer_types");
  if (words) {
    for (const std::string& word : *words) {
      const auto block = block_of_word(word);
      if (!block) {
        fields.unsupported(
            "layers_block_type", word,
            {"mamba", "linear_attention", "attention", "full_attention", "moe", "mlp"});
        return {};
      }
      blocks.push_back(*block);
    }
  } else {
    for (const char letter : fields.text("hybrid_override_pattern")) {
      const auto block = block_of_letter(letter);
      if (!block) {
        fields.unsupported("hybrid_override_pattern", std::string(1, letter), {"M", "*", "E", "-"});
        return {};
      }
      blocks.push_back(*block);
    }
  }
  if (!fields.sound()) return blocks;
  if (blocks.empty()) {
    fields.bad("neither \"hybrid_override_pattern\" nor \"layers_block_type\" names a layer");
  }
  if (blocks.size() > kLayersMax) {
    fields.bad(fmt::format("the pattern has {} layers, more than {}", blocks.size(), kLayersMax));
    return {};
  }
  const std::int64_t claimed =
      fields.integer("num_hidden_layers", 1, kLayersMax, static_cast<std::int64_t>(blocks.size()));
  if (claimed != static_cast<std::int64_t>(blocks.size())) {
    fields.bad(fmt::format("\"num_hidden_layers\" is {}, but the pattern has {} layers", claimed,
                           blocks.size()));
  }
  return blocks;
}

AttentionShape read_attention(ConfigFields& fields, int hidden) {
  AttentionShape shape;
  shape.heads = fields.count("num_attention_heads", 1, kHeadsMax);
  shape.kv_heads = fields.count("num_key_value_heads", 1, kHeadsMax, shape.heads);
  const char* const dimension_key =
      fields.has("attention_head_dim") ? "attention_head_dim" : "head_dim";
  shape.head_dim =
      fields.count(dimension_key, 1, kHeadDimMax, std::max(1, hidden / std::max(1, shape.heads)));
  shape.qkv_bias = shape.output_bias = fields.flag("attention_bias", false);
  if (fields.sound() && shape.heads % shape.kv_heads != 0) {
    fields.bad(fmt::format("\"num_key_value_heads\" {} does not divide \"num_attention_heads\" {}",
                           shape.kv_heads, shape.heads));
  }
  if (const Json* window = fields.find("sliding_window")) {
    fields.unsupported("sliding_window", to_json_line(*window), {"null"});
  }
  return shape;
}

MambaShape read_mamba(ConfigFields& fields) {
  MambaShape shape;
  shape.heads = fields.count("mamba_num_heads", 1, kHeadsMax);
  shape.head_dim = fields.count("mamba_head_dim", 1, kHeadDimMax);
  shape.groups =
      fields.count(fields.has("mamba_n_groups") ? "mamba_n_groups" : "n_groups", 1, kHeadsMax);
  shape.state = fields.count("ssm_state_size", 1, kStateMax);
  shape.kernel =
      fields.count(fields.has("mamba_d_conv") ? "mamba_d_conv" : "conv_kernel", 2, kKernelMax);
  const char* const bias_key = fields.has("mamba_conv_bias") ? "mamba_conv_bias" : "use_conv_bias";
  shape.conv_bias = fields.flag(bias_key, true);
  shape.projection_bias = fields.flag("use_bias", false);
  if (fields.sound() && shape.heads % shape.groups != 0) {
    fields.bad(fmt::format("\"n_groups\" {} does not divide \"mamba_num_heads\" {}", shape.groups,
                           shape.heads));
  }
  if (fields.flag("mamba_proj_bias", false) && !shape.projection_bias) {
    fields.unsupported("mamba_proj_bias", "true without use_bias", {"false"});
  }
  const std::string activation = fields.text("mamba_hidden_act");
  if (!activation.empty() && activation != "silu" && activation != "swish") {
    fields.unsupported("mamba_hidden_act", activation, {"silu"});
  }
  // (0, infinity) is what the models were trained with; Infinity reads as null.
  for (const char* key : {"time_step_limit", "mamba_dt_limit"}) {
    const Json* limit = fields.find(key);
    if (limit != nullptr &&
        !(limit->is_array() && limit->size() == 2 && (*limit)[0] == 0 && (*limit)[1].is_null())) {
      fields.unsupported(key, to_json_line(*limit), {"[0, Infinity]"});
    }
  }
  for (const char* key : {"norm_before_gate", "mamba_norm_before_gate"}) {
    if (fields.flag(key, false)) fields.unsupported(key, "true", {"false"});
  }
  return shape;
}

void check_router(ConfigFields& fields, const MoeShape& shape) {
  if (shape.experts_per_token > shape.experts) {
    fields.bad(
        fmt::format("\"num_experts_per_tok\" is {}, more than the {} of "
                    "\"n_routed_experts\"",
                    shape.experts_per_token, shape.experts));
  }
  if (shape.groups_kept > shape.groups || shape.experts % shape.groups != 0) {
    fields.bad(fmt::format("{} routed experts cannot be routed in {} of {} groups", shape.experts,
                           shape.groups_kept, shape.groups));
    return;
  }
  const int per_group = shape.experts / shape.groups;
  if (per_group * shape.groups_kept < shape.experts_per_token) {
    fields.bad(fmt::format("{} groups of {} experts hold fewer than \"num_experts_per_tok\" {}",
                           shape.groups_kept, per_group, shape.experts_per_token));
  }
  // The router ranks groups by the sum of their two best.
  if (shape.groups > 1 && per_group < 2) fields.bad("a group of the router has one expert only");
}

MoeShape read_moe(ConfigFields& fields) {
  MoeShape shape;
  const char* const experts_key =
      fields.has("n_routed_experts") ? "n_routed_experts" : "num_local_experts";
  shape.experts = fields.count(experts_key, 1, kExpertsMax);
  shape.experts_per_token = fields.count("num_experts_per_tok", 1, kExpertsPerTokenMax);
  shape.groups = fields.count("n_group", 1, kExpertsMax, 1);
  shape.groups_kept = fields.count("topk_group", 1, kExpertsMax, 1);
  shape.expert_width = fields.count("moe_intermediate_size", 1, kWidthMax);
  if (fields.count("n_shared_experts", 0, 16, 1) > 0) {
    shape.shared_width = fields.count("moe_shared_expert_intermediate_size", 1, kWidthMax);
  }
  shape.latent = fields.count("moe_latent_size", 1, kHiddenMax, 0);
  shape.scaling = static_cast<float>(fields.number("routed_scaling_factor", 0, 1e6, 1));
  shape.normalise = fields.flag("norm_topk_prob", true);
  if (fields.flag("mlp_bias", false)) {
    fields.unsupported("mlp_bias", "true with routed experts", {"false"});
  }
  // As DeepSeek's files, whose router this is, name the other ways of choosing.
  for (const auto& [key, ours] :
       {std::pair("scoring_func", "sigmoid"), std::pair("topk_method", "noaux_tc")}) {
    const std::string value = fields.text(key);
    if (!value.empty() && value != ours) fields.unsupported(key, value, {ours});
  }
  if (fields.sound()) check_router(fields, shape);
  return shape;
}

MlpShape read_mlp(ConfigFields& fields) {
  MlpShape shape;
  shape.width = fields.count("intermediate_size", 1, kWidthMax);
  shape.bias = fields.flag("mlp_bias", false);
  return shape;
}

}  // namespace

std::vector<LayerConfig> read_hybrid_layers(ConfigFields& fields, int hidden) {
  const std::vector<Block> blocks = read_pattern(fields);
  const std::string activation = fields.text("mlp_hidden_act");
  if (!activation.empty() && activation != "relu2") {
    fields.unsupported("mlp_hidden_act", activation, {"relu2"});
  }
  // Each kind is read once, and only if the pattern has it: dense kin lack the experts' fields.
  std::optional<AttentionShape> attention;
  std::optional<MambaShape> mamba;
  std::optional<MoeShape> moe;
  std::optional<MlpShape> mlp;
  std::vector<LayerConfig> layers;
  std::int64_t experts = 0;
  for (const Block block : blocks) {
    LayerConfig layer;
    layer.block = static_cast<int>(layers.size());
    switch (block) {
      case Block::Attention:
        if (!attention) attention = read_attention(fields, hidden);
        layer.mixer = *attention;
        break;
      case Block::Mamba:
        if (!mamba) mamba = read_mamba(fields);
        layer.mixer = *mamba;
        break;
      case Block::Moe:
        if (!moe) moe = read_moe(fields);
        layer.mixer = *moe;
        experts += moe->experts;
        break;
      case Block::Mlp:
        if (!mlp) mlp = read_mlp(fields);
        layer.mixer = *mlp;
        break;
    }
    layers.push_back(layer);
  }
  if (experts > kExpertsOfModelMax) {
    fields.bad(fmt::format("the layers have {} routed experts together, more than {}", experts,
                           kExpertsOfModelMax));
    return {};
  }
  return layers;
}

}  // namespace eval::runners::local
