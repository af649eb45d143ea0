#pragma once

#include <string>

#include "base/files.h"
#include "base/result.h"

namespace eval::runners::local {

// Names a checkpoint by content, quickly for any size: SHA-256 (64 hex digits) over name and content
// of every *.json and *.jinja file of the folder, and over name, size, header and samples of every
// *.safetensors file: 64 blocks of 4 KiB evenly spread from the first to the last byte. Two
// checkpoints that differ in single weights outside the samples have the same hash; another training
// step, format, quantisation or tokenizer changes it.
Result<std::string> model_hash(const fs::path& dir);

}  // namespace eval::runners::local
