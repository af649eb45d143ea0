#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "runners/local/checkpoint/config_blocks.h"

// How four publishers say that weights are FP8 E4M3: ModelOpt (quant_method "modelopt", or its file
// hf_quant_config.json without one), DeepSeek's and transformers' "fp8", "fbgemm_fp8", and
// "compressed-tensors". What they say of activations and of keys and values is how to round those for
// speed: here both keep what they are.
namespace eval::runners::local {
namespace {

// ModelOpt's FP8_PB_WO has no field for its blocks.
constexpr ScaleBlock kUsualBlock{128, 128};

// [rows, columns], as "weight_block_size" and "block_structure" give it; absent: nullopt.
std::optional<ScaleBlock> read_block(ConfigFields& fields, std::string_view key) {
  const Json* value = fields.find(key);
  if (value == nullptr) return std::nullopt;
  constexpr std::int64_t kSizeMax = kWidthMax;
  const auto is_size = [](const Json& size) {
    return size.is_number_integer() && size >= 1 && size <= kSizeMax;
  };
  if (!value->is_array() || value->size() != 2 || !is_size((*value)[0]) || !is_size((*value)[1])) {
    fields.bad(fmt::format("\"{}\" should be two numbers of 1 or more, but is {}", key,
                           to_json_line(*value)));
    return std::nullopt;
  }
  return ScaleBlock{(*value)[0].get<int>(), (*value)[1].get<int>()};
}

std::optional<ScaleBlock> read_modelopt(ConfigFields& fields) {
  std::string algorithm = fields.text("quant_algo");
  std::transform(algorithm.begin(), algorithm.end(), algorithm.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (algorithm == "FP8_PB_WO") return kUsualBlock;
  if (fields.sound() && algorithm != "FP8" && algorithm != "FP8_PER_CHANNEL_PER_TOKEN") {
    fields.unsupported("quant_algo", algorithm.empty() ? "null" : algorithm,
                       {"FP8", "FP8_PER_CHANNEL_PER_TOKEN", "FP8_PB_WO"});
  }
  return std::nullopt;
}

// "weights" of one of the "config_groups" of compressed-tensors.
std::optional<ScaleBlock> read_group_weights(ConfigFields& fields) {
  if (fields.count("num_bits", 1, 64) != 8) fields.unsupported("num_bits", "other than 8", {"8"});
  const std::string type = fields.text("type");
  if (type != "float") fields.unsupported("type", type.empty() ? "null" : type, {"float"});
  if (!fields.flag("symmetric", true)) fields.unsupported("symmetric", "false", {"true"});
  const std::string strategy = fields.text("strategy");
  if (strategy == "block") return read_block(fields, "block_structure");
  if (strategy != "tensor" && strategy != "channel") {
    fields.unsupported("strategy", strategy.empty() ? "null" : strategy,
                       {"tensor", "channel", "block"});
  }
  return std::nullopt;
}

std::optional<ScaleBlock> read_compressed_tensors(ConfigFields& fields) {
  const std::string format = fields.text("format");
  if (format != "float-quantized" && format != "naive-quantized") {
    fields.unsupported("format", format.empty() ? "null" : format,
                       {"float-quantized", "naive-quantized"});
    return std::nullopt;
  }
  // Rotations of the weights that have to be undone at run time, and packed sparse matrices.
  for (const char* key : {"transform_config", "sparsity_config"}) {
    const Json* value = fields.find(key);
    if (value != nullptr && !value->empty())
      fields.unsupported(key, to_json_line(*value), {"null"});
  }
  std::optional<ScaleBlock> block;
  const Json* groups = fields.find("config_groups");
  if (groups == nullptr || !groups->is_object()) return block;
  for (const auto& [name, group] : groups->items()) {
    const Json* weights = find_member(group, "weights");
    if (weights == nullptr) continue;
    ConfigFields part(*weights, fmt::format("{}: {}: weights", fields.where(), name));
    const auto of_group = read_group_weights(part);
    if (of_group && block && *of_group != *block) {
      part.unsupported("block_structure", "another one than in other groups");
    }
    if (of_group) block = of_group;
    fields.take_faults(part);
  }
  return block;
}

}  // namespace

std::optional<ScaleBlock> read_quantization(ConfigFields& fields) {
  if (!fields.is_object()) {
    fields.bad("this should be an object");
    return std::nullopt;
  }
  const std::string method = fields.text("quant_method");
  if (method == "modelopt" || (method.empty() && fields.has("quant_algo"))) {
    return read_modelopt(fields);
  }
  if (method == "fp8") {
    const std::string format = fields.text("fmt");
    if (!format.empty() && format != "e4m3") fields.unsupported("fmt", format, {"e4m3"});
    return read_block(fields, "weight_block_size");
  }
  if (method == "fbgemm_fp8") return std::nullopt;
  if (method == "compressed-tensors") return read_compressed_tensors(fields);
  fields.unsupported("quant_method", method.empty() ? "null" : method,
                     {"modelopt", "fp8", "fbgemm_fp8", "compressed-tensors"});
  return std::nullopt;
}

}  // namespace eval::runners::local
