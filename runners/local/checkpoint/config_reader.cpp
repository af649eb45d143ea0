#include "runners/local/checkpoint/config_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "runners/local/checkpoint/config_blocks.h"
#include "runners/local/checkpoint/config_fields.h"

namespace eval::runners::local {
namespace {

struct KnownArchitecture {
  Architecture architecture;
  std::string_view class_name;  // in "architectures"
};
constexpr KnownArchitecture kArchitectures[] = {
    {Architecture::NemotronH, "NemotronHForCausalLM"}, {Architecture::Llama, "LlamaForCausalLM"},
    {Architecture::Mistral, "MistralForCausalLM"},     {Architecture::Qwen2, "Qwen2ForCausalLM"},
    {Architecture::Qwen3, "Qwen3ForCausalLM"},
};

std::optional<Architecture> read_architecture(ConfigFields& fields) {
  std::vector<std::string> types;
  std::vector<std::string> classes;
  for (const KnownArchitecture& known : kArchitectures) {
    types.emplace_back(architecture_name(known.architecture));
    classes.emplace_back(known.class_name);
  }
  const std::string type = fields.text("model_type");
  const auto named = fields.texts("architectures").value_or(std::vector<std::string>{});
  if (!fields.sound()) return std::nullopt;
  if (type.empty() && named.empty()) {
    fields.bad("neither \"model_type\" nor \"architectures\" says what the model is",
               "supported: " + join(types, ", "));
    return std::nullopt;
  }
  std::optional<Architecture> by_type;
  for (const KnownArchitecture& known : kArchitectures) {
    if (type == architecture_name(known.architecture)) by_type = known.architecture;
  }
  if (!type.empty() && !by_type) {
    fields.unsupported("model_type", type, types);
    return std::nullopt;
  }
  if (named.empty()) return by_type;
  for (const KnownArchitecture& known : kArchitectures) {
    if (named.size() != 1 || named[0] != known.class_name) continue;
    if (by_type && *by_type != known.architecture) break;
    return known.architecture;
  }
  // A reward model or classifier of a known type has another head; a fork another forward pass.
  fields.unsupported("architectures", join(named, ", "), classes);
  return std::nullopt;
}

void read_head(ConfigFields& fields, ConfigReading& reading) {
  constexpr std::int64_t kVocabularyMax = 1 << 24;
  ModelConfig& config = reading.config;
  config.vocabulary = fields.integer("vocab_size", 1, kVocabularyMax);
  config.hidden = fields.count("hidden_size", 1, kHiddenMax);
  const bool hybrid = config.architecture == Architecture::NemotronH;
  const char* epsilon_key = hybrid ? "layer_norm_epsilon" : "rms_norm_eps";
  for (const char* other : {"norm_eps", "rms_norm_eps"}) {
    if (hybrid && !fields.has(epsilon_key)) epsilon_key = other;
  }
  config.norm_epsilon =
      static_cast<float>(fields.number(epsilon_key, 1e-12, 1e-1, hybrid ? 1e-5 : 1e-6));
  config.tied_head = fields.flag("tie_word_embeddings", false);
  config.context_max = fields.integer("max_position_embeddings", 1, INT32_MAX);
  // A vocabulary at fault would make faults of all its tokens.
  const std::int64_t tokens = fields.sound() ? config.vocabulary : kVocabularyMax;
  config.eos_ids = fields.token_ids("eos_token_id", tokens);
  const auto bos = fields.token_ids("bos_token_id", tokens);
  if (!bos.empty()) config.bos_id = bos.front();
  reading.stored_dtype = fields.text(fields.has("dtype") ? "dtype" : "torch_dtype");
  if (fields.flag("residual_in_fp32", false)) {
    reading.warnings.push_back(fmt::format(
        "{}: \"residual_in_fp32\" is ignored: the residual stream has the type of the other "
        "activations",
        fields.where()));
  }
}

// Attention layers share one paged store, so they must agree on what a token keeps there.
void check_products(ConfigFields& fields, const ModelConfig& config) {
  for (const LayerConfig& layer : config.layers) {
    const auto* mamba = std::get_if<MambaShape>(&layer.mixer);
    // Heads and head_dim stay below 2^10 and groups and state too: no overflow so far.
    if (mamba != nullptr && mamba->projected() > kWidthMax) {
      fields.bad(fmt::format("a Mamba layer of {} heads of {} is wider than {}", mamba->heads,
                             mamba->head_dim, kWidthMax));
      return;
    }
    const auto* attention = std::get_if<AttentionShape>(&layer.mixer);
    if (attention != nullptr && attention->heads * attention->head_dim > kWidthMax) {
      fields.bad(fmt::format("an attention layer of {} heads of {} is wider than {}",
                             attention->heads, attention->head_dim, kWidthMax));
      return;
    }
  }
}

// `text` with Python's bare Infinity, -Infinity and NaN replaced by null.
std::string without_python_constants(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      clean += c;
      if (c == '\\' && i + 1 < text.size()) clean += text[++i];
      if (c == '"') in_string = false;
      continue;
    }
    in_string = c == '"';
    bool replaced = false;
    for (const std::string_view word : {"-Infinity", "Infinity", "NaN"}) {
      if (!replaced && text.substr(i).starts_with(word)) {
        clean += "null";
        i += word.size() - 1;
        replaced = true;
      }
    }
    if (!replaced) clean += c;
  }
  return clean;
}

Result<Json> parse_object(std::string_view text, std::string_view where) {
  Json object = EVAL_TRY(parse_json(without_python_constants(text), where));
  if (!object.is_object()) {
    return fail(ErrorCode::BadInput, "this is no JSON object", std::string(where));
  }
  return object;
}

}  // namespace

Result<ConfigReading> read_model_config(const Json& config, std::string_view where) {
  ConfigFields fields(config, where);
  const auto architecture = read_architecture(fields);
  if (!architecture) return fail(fields.error());
  ConfigReading reading;
  reading.config.architecture = *architecture;
  read_head(fields, reading);
  if (const Json* object = fields.find("quantization_config")) {
    ConfigFields part(*object, fmt::format("{}: quantization_config", where));
    reading.scale_block = read_quantization(part);
    fields.take_faults(part);
  }
  reading.config.layers = *architecture == Architecture::NemotronH
                              ? read_hybrid_layers(fields, reading.config.hidden)
                              : read_dense_layers(fields, *architecture, reading.config.hidden);
  if (fields.sound()) check_products(fields, reading.config);
  if (!fields.sound()) return fail(fields.error());
  return reading;
}

Result<ConfigReading> parse_model_config(std::string_view text, std::string_view where) {
  return read_model_config(EVAL_TRY(parse_object(text, where)), where);
}

Result<void> merge_generation_config(std::string_view text, std::string_view where,
                                     ModelConfig& config) {
  const Json object = EVAL_TRY(parse_object(text, where));
  ConfigFields fields(object, where);
  for (const std::int32_t id : fields.token_ids("eos_token_id", config.vocabulary)) {
    const auto known = std::find(config.eos_ids.begin(), config.eos_ids.end(), id);
    if (known == config.eos_ids.end()) config.eos_ids.push_back(id);
  }
  if (!fields.sound()) return fail(fields.error());
  return {};
}

Result<void> merge_quantization_config(std::string_view text, std::string_view where,
                                       ConfigReading& reading) {
  const Json object = EVAL_TRY(parse_object(text, where));
  const Json* inner = find_member(object, "quantization");
  if (inner == nullptr) return {};
  ConfigFields fields(*inner, fmt::format("{}: quantization", where));
  const auto block = read_quantization(fields);
  if (!fields.sound()) return fail(fields.error());
  if (block) reading.scale_block = block;
  return {};
}

}  // namespace eval::runners::local
