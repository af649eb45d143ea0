#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "runners/local/model/model_config.h"

// Checkpoints that tests write themselves: whole ones from a config, and files with any header.
namespace eval::runners::local {

struct WrittenTensor {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::string bytes;
};

// A safetensors file of these tensors, one after another.
std::string safetensors_text(const std::vector<WrittenTensor>& tensors);
// A file with any header and data, right or wrong.
std::string safetensors_text(std::string_view header, std::string_view data);

// config.json of small models: "nemotron_h" (pattern "ME*-"), "llama", "mistral", "qwen2", "qwen3".
Json small_config(std::string_view model_type);

// Every tensor of the model, BF16 but for A_log, dt_bias and D, with small values that depend on the
// name and the place.
std::vector<WrittenTensor> small_tensors(const ModelConfig& config);
std::string bf16_text(std::size_t values, std::uint64_t seed);
std::string f32_text(const std::vector<float>& values);

// By name; the process stops if there is none.
WrittenTensor& tensor_named(std::vector<WrittenTensor>& tensors, std::string_view name);

// dir/config.json and dir/model.safetensors.
void write_checkpoint(const fs::path& dir, const Json& config,
                      const std::vector<WrittenTensor>& tensors);
void write_text(const fs::path& path, std::string_view text);

}  // namespace eval::runners::local
