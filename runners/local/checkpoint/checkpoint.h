#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"
#include "runners/local/checkpoint/config_reader.h"
#include "runners/local/checkpoint/safetensors.h"
#include "runners/local/model/model_config.h"
#include "runners/local/model/tensor.h"

namespace eval::runners::local {

// A checkpoint folder as published: config.json, generation_config.json, and model.safetensors or the
// files that model.safetensors.index.json names, all mapped and none read yet. Movable, not copyable.
//
// The files must not be cut short while this lives (see MappedFile).
class Checkpoint {
 public:
  // Checks everything that can be known without reading weights: every tensor the model needs is
  // there once, in a type that can be loaded and with the shape that the config says, and FP8
  // tensors have their scale. All independent faults come in one Error that names file and tensor.
  static Result<Checkpoint> open(const fs::path& dir);

  const fs::path& dir() const { return dir_; }
  const ModelConfig& config() const { return config_; }
  // By its name in tensor_plan(); nullptr if the model has no such tensor. Valid as long as this
  // object. The bytes may start at any address: copy before casting them.
  const HostTensor* find(std::string_view name) const;
  // Tensors that nothing uses, fields that have no effect.
  const std::vector<std::string>& warnings() const { return warnings_; }
  // Of the tensors the model uses, by dtype_name.
  const std::map<std::string, Bytes, std::less<>>& bytes_by_dtype() const { return by_dtype_; }
  Bytes weight_bytes() const;
  std::size_t file_count() const { return files_.size(); }

 private:
  Checkpoint() = default;
  fs::path dir_;
  ModelConfig config_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, HostTensor, std::less<>> tensors_;
  std::map<std::string, Bytes, std::less<>> by_dtype_;
  std::vector<std::string> warnings_;
};

// config.json with what generation_config.json and hf_quant_config.json add; all that is needed to
// describe a model whose weights are not there.
Result<ConfigReading> read_folder_config(const fs::path& dir);

// Whether `dir` holds safetensors files at all.
bool has_weights(const fs::path& dir);

}  // namespace eval::runners::local
