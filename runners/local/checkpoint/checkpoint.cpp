#include "runners/local/checkpoint/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "runners/local/checkpoint/config_reader.h"
#include "runners/local/checkpoint/tensor_gatherer.h"

namespace eval::runners::local {
namespace {

// Published ones are a few kilobytes; the index of the largest models is a few megabytes.
constexpr Bytes kConfigMax = Bytes::mib(4);
constexpr Bytes kIndexMax = Bytes::mib(256);

constexpr const char* kSingleFile = "model.safetensors";
constexpr const char* kIndexFile = "model.safetensors.index.json";

struct WeightFiles {
  std::vector<std::string> names;  // in byte order
  // Which file the index says a tensor is in; empty without an index.
  std::map<std::string, std::string> index;
};

bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

Result<WeightFiles> read_index(const fs::path& path) {
  const std::string text = EVAL_TRY(read_file(path, kIndexMax));
  const Json index = EVAL_TRY(parse_json(text, path.string()));
  const Json* map = find_member(index, "weight_map");
  if (map == nullptr || !map->is_object() || map->empty()) {
    return fail(ErrorCode::BadInput, "\"weight_map\" is missing or empty", path.string());
  }
  WeightFiles files;
  std::set<std::string> names;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string() || !is_plain_name(file.get<std::string>())) {
      return fail(
          ErrorCode::BadInput,
          fmt::format("\"weight_map\" sends tensor \"{}\" to {}, which is no file beside it",
                      shorten(tensor, 160), shorten(to_json_line(file), 80)),
          path.string());
    }
    names.insert(file.get<std::string>());
    files.index.emplace(tensor, file.get<std::string>());
  }
  files.names.assign(names.begin(), names.end());
  return files;
}

Result<WeightFiles> find_weight_files(const fs::path& dir) {
  std::error_code error;
  // In the order in which the publishers' own library looks.
  if (fs::exists(dir / kSingleFile, error)) return WeightFiles{{kSingleFile}, {}};
  if (fs::exists(dir / kIndexFile, error)) return read_index(dir / kIndexFile);
  WeightFiles files;
  for (const std::string& name : EVAL_TRY(list_directory(dir))) {
    if (matches_glob(name, "model-*.safetensors")) files.names.push_back(name);
  }
  if (!files.names.empty()) return files;
  const bool pickled = fs::exists(dir / "pytorch_model.bin", error) ||
                       fs::exists(dir / "pytorch_model.bin.index.json", error);
  return fail(ErrorCode::NotFound,
              fmt::format("neither {} nor {} is there", kSingleFile, kIndexFile), dir.string(),
              pickled ? "this version reads safetensors only: convert pytorch_model.bin"
                      : "name the folder that holds config.json and the weights");
}

// Tensors that the index promises and the named file does not hold.
void check_index(const WeightFiles& files, const std::vector<SafetensorsFile>& opened,
                 const fs::path& dir, std::vector<Error>& faults) {
  std::map<std::string, std::set<std::string_view>> held;
  for (const SafetensorsFile& file : opened) {
    auto& names = held[file.path().filename().string()];
    for (const StoredTensor& tensor : file.tensors()) names.insert(tensor.name);
  }
  std::size_t lost = 0;
  for (const auto& [tensor, file] : files.index) {
    const auto found = held.find(file);
    if (found == held.end() || found->second.contains(tensor)) continue;
    constexpr std::size_t kShown = 20;
    if (++lost > kShown) continue;
    faults.push_back({ErrorCode::BadInput,
                      fmt::format("the index says that tensor \"{}\" is in {}, but it is not",
                                  shorten(tensor, 160), file),
                      (dir / kIndexFile).string(),
                      {},
                      0,
                      {}});
  }
}

}  // namespace

Result<ConfigReading> read_folder_config(const fs::path& dir) {
  const fs::path path = dir / "config.json";
  const auto text = read_file(path, kConfigMax);
  if (!text) {
    Error error = text.error();
    if (error.code == ErrorCode::NotFound) {
      error.help = "a checkpoint is a folder with config.json, tokenizer.json and *.safetensors";
    }
    return fail(std::move(error));
  }
  ConfigReading reading = EVAL_TRY(parse_model_config(*text, path.string()));
  const fs::path generation = dir / "generation_config.json";
  std::error_code error;
  if (fs::exists(generation, error)) {
    const std::string more = EVAL_TRY(read_file(generation, kConfigMax));
    EVAL_TRY(merge_generation_config(more, generation.string(), reading.config));
  }
  const fs::path quantization = dir / "hf_quant_config.json";
  if (fs::exists(quantization, error)) {
    const std::string more = EVAL_TRY(read_file(quantization, kConfigMax));
    EVAL_TRY(merge_quantization_config(more, quantization.string(), reading));
  }
  return reading;
}

bool has_weights(const fs::path& dir) {
  std::error_code error;
  // An index that cannot be read is a fault to report, not an absence.
  if (fs::exists(dir / kIndexFile, error)) return true;
  return find_weight_files(dir).has_value();
}

Result<Checkpoint> Checkpoint::open(const fs::path& dir) {
  Checkpoint checkpoint;
  checkpoint.dir_ = dir;
  const ConfigReading reading = EVAL_TRY(read_folder_config(dir));
  checkpoint.config_ = reading.config;
  checkpoint.warnings_ = reading.warnings;
  const WeightFiles files = EVAL_TRY(find_weight_files(dir));
  std::vector<Error> faults;
  for (const std::string& name : files.names) {
    auto file = SafetensorsFile::open(dir / name);
    if (file) {
      checkpoint.files_.push_back(*std::move(file));
    } else {
      Error fault = std::move(file).error();
      if (!files.index.empty() && fault.help.empty()) {
        fault.help = fmt::format("{} names it: fetch all files of the checkpoint", kIndexFile);
      }
      faults.push_back(std::move(fault));
    }
  }
  check_index(files, checkpoint.files_, dir, faults);
  // Without all files, what is missing is known already.
  if (!faults.empty()) return fail(combine(std::move(faults)));
  TensorGatherer gatherer(reading, dir.string());
  for (const SafetensorsFile& file : checkpoint.files_) gatherer.add(file);
  auto gathered = EVAL_TRY(gatherer.finish());
  checkpoint.tensors_ = std::move(gathered.tensors);
  checkpoint.warnings_.insert(checkpoint.warnings_.end(), gathered.warnings.begin(),
                              gathered.warnings.end());
  for (const auto& [name, tensor] : checkpoint.tensors_) {
    Bytes& bytes = checkpoint.by_dtype_[std::string(dtype_name(tensor.dtype))];
    bytes = bytes + Bytes{tensor.bytes.size()};
  }
  return checkpoint;
}

const HostTensor* Checkpoint::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

Bytes Checkpoint::weight_bytes() const {
  Bytes sum;
  for (const auto& [dtype, bytes] : by_dtype_) sum = sum + bytes;
  return sum;
}

}  // namespace eval::runners::local
