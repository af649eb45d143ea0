#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "runners/local/model/model_config.h"

// config.json of a published checkpoint, as a ModelConfig.
namespace eval::runners::local {

// Rows and columns of an FP8 matrix that share a scale.
struct ScaleBlock {
  int rows = 0;
  int cols = 0;
  friend bool operator==(const ScaleBlock&, const ScaleBlock&) = default;
};

struct ConfigReading {
  ModelConfig config;
  // Of a checkpoint in FP8 with a scale a block. Whether others have one a tensor or one a row, and
  // which tensors are in FP8 at all, is seen in the files.
  std::optional<ScaleBlock> scale_block;
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

// hf_quant_config.json, where ModelOpt says what others say under "quantization_config".
Result<void> merge_quantization_config(std::string_view text, std::string_view where,
                                       ConfigReading& reading);

}  // namespace eval::runners::local
