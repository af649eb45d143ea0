#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "runners/local/model/model_config.h"

// config.json of a published checkpoint, as a ModelConfig.
namespace eval::runners::local {

// How the weights of a checkpoint are stored, as far as config.json tells.
enum class Quantization { None, Fp8PerTensor };

struct ConfigReading {
  ModelConfig config;
  Quantization quantization = Quantization::None;
  std::string stored_dtype;  // torch_dtype: "bfloat16"; empty when not given
  std::vector<std::string>
      warnings;  // fields that have no effect here but might be thought to have one
};

// Understands model_type nemotron_h, llama, mistral, qwen2 and qwen3. `where` names the file.
// Unsupported (by the field's name and value) for whatever would change the result and is not built
// here: another architecture, activation, rope type, quantisation or kind of attention. BadInput for
// missing fields, wrong types and numbers out of range. All faults are reported together.
Result<ConfigReading> read_model_config(const Json& config, std::string_view where);

// The same from the text of the file. Python writes Infinity and NaN as bare words, which JSON does
// not know; they are read as null.
Result<ConfigReading> parse_model_config(std::string_view text, std::string_view where);

// eos_token_id of generation_config.json (a number or a list) joined to those of `config`. Without
// duplicates, those of config.json first.
Result<void> merge_generation_config(std::string_view text, std::string_view where,
                                     ModelConfig& config);

}  // namespace eval::runners::local
