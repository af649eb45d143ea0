#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"
#include "base/json.h"
#include "base/result.h"
#include "evaluator/cli/commands.h"
#include "runners/local/model/model_config.h"

namespace eval::cli {

// Memory that a model might be put into.
struct MemoryPlace {
  std::string name;  // "this machine's RAM, available now"
  Bytes size;
};

// What `evalctl model info` tells of a checkpoint folder.
struct ModelInfo {
  fs::path folder;
  runners::local::ModelConfig config;
  bool has_weights = false;  // config.json alone can be described as well
  std::size_t files = 0;     // of weights
  std::vector<std::pair<std::string, Bytes>> bytes_by_dtype;
  std::string tokenizer;  // "tokenizer.json, 16.3 MiB"; empty: there is none
  std::string chat_template;
  std::vector<std::string> warnings;
};

// The errors of Checkpoint::open; without any safetensors file, of config.json alone.
Result<ModelInfo> read_model_info(const fs::path& folder);

std::string model_info_text(const ModelInfo& info, const std::vector<MemoryPlace>& places);
Json model_info_json(const ModelInfo& info, const std::vector<MemoryPlace>& places);

// evalctl model info
void add_model_info(CLI::App& parent, Action& chosen);

}  // namespace eval::cli
