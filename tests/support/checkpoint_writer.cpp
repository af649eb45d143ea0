#include "tests/support/checkpoint_writer.h"

#include <cstring>

#include "base/check.h"
#include "base/random.h"
#include "runners/local/checkpoint/tensor_plan.h"

namespace eval::runners::local {
namespace {

std::size_t type_bytes(std::string_view dtype) {
  if (dtype == "F32") return 4;
  if (dtype == "BF16" || dtype == "F16") return 2;
  return 1;
}

}  // namespace

std::string safetensors_text(std::string_view header, std::string_view data) {
  std::string text;
  std::uint64_t length = header.size();
  for (int i = 0; i < 8; ++i, length >>= 8) text += static_cast<char>(length & 0xff);
  return text.append(header).append(data);
}

std::string safetensors_text(const std::vector<WrittenTensor>& tensors) {
  Json header = Json::object();
  std::string data;
  for (const WrittenTensor& tensor : tensors) {
    const std::size_t begin = data.size();
    data += tensor.bytes;
    header[tensor.name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  return safetensors_text(to_json_line(header), data);
}

Json small_config(std::string_view model_type) {
  Json config = {{"model_type", std::string(model_type)},
                 {"torch_dtype", "bfloat16"},
                 {"hidden_size", 16},
                 {"vocab_size", 40},
                 {"num_attention_heads", 4},
                 {"num_key_value_heads", 2},
                 {"head_dim", 6},
                 {"intermediate_size", 24},
                 {"max_position_embeddings", 512},
                 {"eos_token_id", 2},
                 {"bos_token_id", 1}};
  if (model_type != "nemotron_h") {
    config["num_hidden_layers"] = 2;
    config["hidden_act"] = "silu";
    config["rms_norm_eps"] = 1e-6;
    config["rope_theta"] = 10000.0;
    return config;
  }
  config["num_hidden_layers"] = 4;
  config["hybrid_override_pattern"] = "ME*-";
  config["mamba_num_heads"] = 4;
  config["mamba_head_dim"] = 6;
  config["n_groups"] = 2;
  config["ssm_state_size"] = 8;
  config["conv_kernel"] = 4;
  config["mlp_hidden_act"] = "relu2";
  config["n_routed_experts"] = 4;
  config["num_experts_per_tok"] = 2;
  config["moe_intermediate_size"] = 12;
  config["moe_shared_expert_intermediate_size"] = 20;
  config["routed_scaling_factor"] = 2.5;
  return config;
}

std::string bf16_text(std::size_t values, std::uint64_t seed) {
  SplitMix64 random(seed);
  std::string text;
  for (std::size_t i = 0; i < values; ++i) {
    // Sign and fraction at random, magnitude in [1/16, 1/4).
    const auto bits = static_cast<std::uint16_t>((random.next() & 0x80ff) | 0x3d00);
    text += static_cast<char>(bits & 0xff);
    text += static_cast<char>(bits >> 8);
  }
  return text;
}

std::string f32_text(const std::vector<float>& values) {
  std::string text(values.size() * sizeof(float), '\0');
  std::memcpy(text.data(), values.data(), text.size());
  return text;
}

std::vector<WrittenTensor> small_tensors(const ModelConfig& config) {
  std::vector<WrittenTensor> tensors;
  for (const TensorSpec& spec : tensor_plan(config)) {
    WrittenTensor tensor{spec.name, "BF16", spec.shape, {}};
    const auto count = static_cast<std::size_t>(spec.values());
    for (const char* name : {".A_log", ".dt_bias", ".D"}) {
      if (spec.name.ends_with(name)) tensor.dtype = "F32";
    }
    tensor.bytes = tensor.dtype == "F32" ? f32_text(std::vector<float>(count, 0.5F))
                                         : bf16_text(count, derive_seed(1, spec.name, 0));
    EVAL_CHECK(tensor.bytes.size() == count * type_bytes(tensor.dtype));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

WrittenTensor& tensor_named(std::vector<WrittenTensor>& tensors, std::string_view name) {
  for (WrittenTensor& tensor : tensors) {
    if (tensor.name == name) return tensor;
  }
  EVAL_CHECK(!"the test names a tensor that is not there");
  return tensors.front();
}

void write_text(const fs::path& path, std::string_view text) {
  EVAL_CHECK(write_file(path, text).has_value());
}

void write_checkpoint(const fs::path& dir, const Json& config,
                      const std::vector<WrittenTensor>& tensors) {
  write_text(dir / "config.json", to_json_text(config));
  write_text(dir / "model.safetensors", safetensors_text(tensors));
}

}  // namespace eval::runners::local
