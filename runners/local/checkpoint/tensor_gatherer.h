#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "runners/local/checkpoint/config_reader.h"
#include "runners/local/checkpoint/safetensors.h"
#include "runners/local/checkpoint/tensor_plan.h"
#include "runners/local/model/model_config.h"

namespace eval::runners::local {

// Sorts the tensors of a checkpoint's files into the places of the plan, whatever spelling the
// publisher chose, and says what is missing, doubled or of the wrong kind. Internal to Checkpoint.
//
//   add() once for each file, then finish() once.
class TensorGatherer {
 public:
  // `dir` names the checkpoint in faults that belong to no one file.
  TensorGatherer(const ConfigReading& reading, std::string dir);

  // Keeps views into `file`, which has to outlive what finish() returns.
  void add(const SafetensorsFile& file);

  struct Gathered {
    std::map<std::string, HostTensor, std::less<>> tensors;
    std::vector<std::string> warnings;
  };
  Result<Gathered> finish();

 private:
  void take(const StoredTensor& stored, const std::string& file);
  bool take_if_scale(const StoredTensor& stored, std::string_view canonical,
                     const std::string& file);
  void take_scale(const StoredTensor& stored, const std::string& of, const std::string& file);
  void take_stacked(const StoredTensor& stored, const std::string& canonical,
                    const std::string& file);
  std::vector<std::string> expert_places(std::string_view stacked) const;
  void place(const TensorSpec& spec, const StoredTensor& stored, const std::string& file);
  void apply_scales();
  std::optional<TensorScales> scales_of(const HostTensor& tensor, const StoredTensor& stored) const;
  void report_missing();
  void fault(ErrorCode code, std::string what, std::string where, std::string help = {});

  const ModelConfig& config_;
  const std::optional<ScaleBlock> block_;
  std::string dir_;
  std::vector<TensorSpec> plan_;
  std::unordered_map<std::string_view, const TensorSpec*> places_;  // by name, into plan_
  struct Placed {
    std::string file;
    std::string stored_name;
  };
  std::map<std::string, Placed, std::less<>> placed_;
  struct Scale {
    StoredTensor stored;
    std::string file;
  };
  std::map<std::string, Scale, std::less<>> scales_;  // by the name of the tensor they scale
  std::vector<std::string> unused_;
  std::vector<Error> faults_;
  Gathered gathered_;
};

}  // namespace eval::runners::local
