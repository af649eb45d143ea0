#pragma once

#include <optional>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "runners/local/text/tokenizer.h"

namespace eval::runners::local {

// What the publisher of a checkpoint samples with (generation_config.json). Absent: not said.
struct GenerationDefaults {
  std::vector<TokenId> eos_ids;  // any of them ends a generation
  std::optional<TokenId> bos_id;
  std::optional<TokenId> pad_id;
  std::optional<bool> do_sample;  // false: greedy
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<int> top_k;
  std::optional<double> min_p;
  std::optional<double> repetition_penalty;
  friend bool operator==(const GenerationDefaults&, const GenerationDefaults&) = default;
};

// Reads generation_config.json of a checkpoint folder; what it leaves out about eos, bos and pad is
// taken from config.json. Both files missing gives empty defaults. BadInput names file and field.
Result<GenerationDefaults> load_generation_defaults(const fs::path& checkpoint);

}  // namespace eval::runners::local
