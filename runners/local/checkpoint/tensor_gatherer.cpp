#include "runners/local/checkpoint/tensor_gatherer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "runners/local/checkpoint/tensor_values.h"

namespace eval::runners::local {
namespace {

// A checkpoint of the wrong model lacks thousands of tensors; the first ones tell the story.
constexpr std::size_t kFaultsShown = 20;
constexpr std::size_t kUnusedShown = 5;

std::string shown(std::string_view name) {
  return "\"" + shorten(to_valid_utf8(name), 160) + "\"";
}

std::string_view without_suffix(std::string_view name, std::string_view suffix) {
  return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : std::string_view();
}

// "…experts.up_proj" or "…experts.up_proj.weight", all experts in one tensor [experts, rows, cols]:
// the projection's name. Empty for anything else.
std::string_view stacked_projection(std::string_view name) {
  std::string_view base = name;
  if (const std::string_view cut = without_suffix(name, ".weight"); !cut.empty()) base = cut;
  for (const std::string_view projection : {"up_proj", "down_proj"}) {
    const std::string_view experts = without_suffix(base, projection);
    if (experts.ends_with(".experts.")) return projection;
  }
  return {};
}

// A convolution's weight is stored as [channels, 1, kernel] and also without the 1.
std::vector<std::int64_t> essential(const std::vector<std::int64_t>& shape) {
  if (shape.size() == 3 && shape[1] == 1) return {shape[0], shape[2]};
  return shape;
}

HostTensor host_tensor(const StoredTensor& stored) {
  return {stored.bytes, *stored.dtype, stored.shape, {}};
}

}  // namespace

TensorGatherer::TensorGatherer(const ConfigReading& reading, std::string dir)
    : config_(reading.config),
      block_(reading.scale_block),
      dir_(std::move(dir)),
      plan_(tensor_plan(reading.config)) {
  for (const TensorSpec& spec : plan_) places_.emplace(spec.name, &spec);
}

void TensorGatherer::fault(ErrorCode code, std::string what, std::string where, std::string help) {
  faults_.push_back({code, std::move(what), std::move(where), std::move(help), 0, {}});
}

void TensorGatherer::add(const SafetensorsFile& file) {
  for (const StoredTensor& stored : file.tensors()) take(stored, file.path().string());
}

void TensorGatherer::take(const StoredTensor& stored, const std::string& file) {
  if (is_ignored_name(config_, stored.name)) return;
  const std::string canonical = canonical_name(config_, stored.name);
  if (const auto place_of = places_.find(canonical); place_of != places_.end()) {
    return place(*place_of->second, stored, file);
  }
  if (take_if_scale(stored, canonical, file)) return;
  if (!stacked_projection(canonical).empty() && stored.shape.size() == 3) {
    return take_stacked(stored, canonical, file);
  }
  // A bias that the config denies would change every result if it were left out.
  const std::string_view module = without_suffix(canonical, ".bias");
  if (!module.empty() && places_.contains(std::string(module) + ".weight")) {
    return fault(ErrorCode::BadInput,
                 fmt::format("tensor {} is a bias that config.json says the model does not have",
                             shown(stored.name)),
                 file);
  }
  unused_.push_back(stored.name);
}

void TensorGatherer::place(const TensorSpec& spec, const StoredTensor& stored,
                           const std::string& file) {
  const auto [at, fresh] = placed_.try_emplace(spec.name, Placed{file, stored.name});
  if (!fresh) {
    return fault(ErrorCode::BadInput,
                 fmt::format("tensor {} is there twice, the first time as {} in {}",
                             shown(stored.name), shown(at->second.stored_name), at->second.file),
                 file);
  }
  if (!stored.dtype || *stored.dtype == DType::I32) {
    return fault(ErrorCode::Unsupported,
                 fmt::format("tensor {} is stored in {}, which this version does not load",
                             shown(stored.name), stored.dtype_text),
                 file, "supported: BF16, F16, F32, F8_E4M3 with scales");
  }
  if (essential(stored.shape) != essential(spec.shape)) {
    return fault(ErrorCode::BadInput,
                 fmt::format("tensor {} has shape {}, but config.json asks for {}",
                             shown(stored.name), stored.shape, spec.shape),
                 file);
  }
  gathered_.tensors.emplace(spec.name, host_tensor(stored));
}

// What a file calls a scale: "weight_scale", and "weight_scale_inv", which is named after the factor
// used in quantising and multiplies as well. True if `canonical` is one of a tensor of the model.
bool TensorGatherer::take_if_scale(const StoredTensor& stored, std::string_view canonical,
                                   const std::string& file) {
  for (const std::string_view suffix : {"_scale", "_scale_inv"}) {
    const std::string_view of = without_suffix(canonical, suffix);
    if (of.empty()) continue;
    if (places_.contains(of)) {
      take_scale(stored, std::string(of), file);
      return true;
    }
    const std::vector<std::string> places = expert_places(of);
    if (places.empty()) continue;
    const bool each = !stored.shape.empty() &&
                      stored.shape[0] == static_cast<std::int64_t>(places.size()) &&
                      places.size() > 1;
    StoredTensor one = stored;
    if (each) one.shape.erase(one.shape.begin());
    const std::size_t bytes = stored.bytes.size() / (each ? places.size() : 1);
    for (std::size_t i = 0; i < places.size(); ++i) {
      one.bytes = stored.bytes.subspan(each ? i * bytes : 0, bytes);
      take_scale(one, places[i], file);
    }
    return true;
  }
  return false;
}

void TensorGatherer::take_scale(const StoredTensor& stored, const std::string& of,
                                const std::string& file) {
  if (!stored.dtype || *stored.dtype == DType::I32) {
    return fault(ErrorCode::Unsupported,
                 fmt::format("tensor {} is a scale in {}", shown(stored.name), stored.dtype_text),
                 file);
  }
  for (const float factor : to_floats(host_tensor(stored))) {
    if (std::isfinite(factor) && factor > 0) continue;
    return fault(ErrorCode::BadInput,
                 fmt::format("tensor {} has the scale {}, which is no positive number",
                             shown(stored.name), factor),
                 file);
  }
  if (!scales_.try_emplace(of, Scale{stored, file}).second) {
    fault(ErrorCode::BadInput, fmt::format("tensor {} has two scales", shown(of)), file);
  }
}

// The places of the experts of a stacked tensor, in order; none if it is not one.
std::vector<std::string> TensorGatherer::expert_places(std::string_view stacked) const {
  std::vector<std::string> places;
  const std::string_view projection = stacked_projection(stacked);
  if (projection.empty()) return places;
  // "backbone.layers.1.mixer.experts."
  const std::string_view stem = stacked.substr(0, stacked.rfind(projection));
  for (int expert = 0;; ++expert) {
    std::string place = fmt::format("{}{}.{}.weight", stem, expert, projection);
    if (!places_.contains(place)) return places;
    places.push_back(std::move(place));
  }
}

// [experts, rows, cols] as one view for each expert.
void TensorGatherer::take_stacked(const StoredTensor& stored, const std::string& canonical,
                                  const std::string& file) {
  const std::vector<std::string> places = expert_places(canonical);
  if (places.empty()) {
    unused_.push_back(stored.name);
    return;
  }
  if (stored.shape[0] != static_cast<std::int64_t>(places.size())) {
    return fault(ErrorCode::BadInput,
                 fmt::format("tensor {} holds {} experts, but config.json asks for {}",
                             shown(stored.name), stored.shape[0], places.size()),
                 file);
  }
  StoredTensor one = stored;
  one.shape.erase(one.shape.begin());
  const std::size_t each = stored.bytes.size() / places.size();
  for (std::size_t expert = 0; expert < places.size(); ++expert) {
    one.bytes = stored.bytes.subspan(expert * each, each);
    place(*places_.find(places[expert])->second, one, file);
    if (!gathered_.tensors.contains(places[expert])) return;  // the same fault for all of them
  }
}

// How the scales lie on the tensor: one for all, one a row, or one a block of the size that config.json
// gives. Dimensions of 1 carry no meaning: publishers write [rows, 1] and [blocks, 1, blocks, 1].
std::optional<TensorScales> TensorGatherer::scales_of(const HostTensor& tensor,
                                                      const StoredTensor& stored) const {
  std::vector<float> factors = to_floats(host_tensor(stored));
  if (factors.size() == 1) return TensorScales::whole(factors.front());
  if (tensor.shape.size() != 2) return std::nullopt;
  const std::int64_t rows = tensor.shape[0];
  const std::int64_t cols = tensor.shape[1];
  std::vector<std::int64_t> shape = stored.shape;
  std::erase(shape, 1);
  if (block_) {
    const std::int64_t down = (rows + block_->rows - 1) / block_->rows;
    const std::int64_t across = (cols + block_->cols - 1) / block_->cols;
    std::vector<std::int64_t> grid{down, across};
    std::erase(grid, 1);
    if (shape == grid) return TensorScales{std::move(factors), across, block_->rows, block_->cols};
  }
  if (shape == std::vector{rows}) return TensorScales{std::move(factors), 1, 1, cols};
  return std::nullopt;
}

void TensorGatherer::apply_scales() {
  for (auto& [name, tensor] : gathered_.tensors) {
    const auto found = scales_.find(name);
    const Scale* scale = found == scales_.end() ? nullptr : &found->second;
    if (tensor.dtype != DType::F8E4M3) {
      if (scale != nullptr) {
        fault(ErrorCode::BadInput,
              fmt::format("tensor {} has a scale, but is stored in {}", shown(name),
                          dtype_name(tensor.dtype)),
              scale->file);
      }
      continue;
    }
    if (scale == nullptr) {
      const Placed& placed = placed_.find(name)->second;
      fault(ErrorCode::BadInput,
            fmt::format("tensor {} is stored in F8_E4M3, but has no scale",
                        shown(placed.stored_name)),
            placed.file);
      continue;
    }
    auto scales = scales_of(tensor, scale->stored);
    if (!scales) {
      fault(ErrorCode::BadInput,
            fmt::format("tensor {} has shape {}, which is no scale of a tensor of shape {}",
                        shown(scale->stored.name), scale->stored.shape, tensor.shape),
            scale->file, "known: one scale, one a row, one a block of the size config.json gives");
      continue;
    }
    tensor.scales = *std::move(scales);
  }
}

void TensorGatherer::report_missing() {
  for (const TensorSpec& spec : plan_) {
    if (placed_.contains(spec.name)) continue;
    const bool head = spec.name == kHeadName;
    fault(ErrorCode::BadInput,
          fmt::format("tensor {} of shape {} is missing", shown(spec.name), spec.shape), dir_,
          head ? "config.json does not say \"tie_word_embeddings\": true, so it is needed" : "");
  }
}

Result<TensorGatherer::Gathered> TensorGatherer::finish() {
  apply_scales();
  report_missing();
  if (faults_.size() > kFaultsShown) {
    const std::size_t more = faults_.size() - kFaultsShown;
    faults_.resize(kFaultsShown);
    fault(ErrorCode::BadInput, fmt::format("{} more faults of this kind", more), dir_);
  }
  if (!faults_.empty()) return fail(combine(std::move(faults_)));
  if (!unused_.empty()) {
    std::sort(unused_.begin(), unused_.end());
    const std::size_t count = unused_.size();
    for (std::string& name : unused_) name = shown(name);
    if (count > kUnusedShown) {
      unused_.resize(kUnusedShown);
      unused_.emplace_back("...");
    }
    gathered_.warnings.push_back(
        fmt::format("{}: the model does not use {} tensor{} of its files: {}", dir_, count,
                    count == 1 ? "" : "s", join(unused_, ", ")));
  }
  return std::move(gathered_);
}

}  // namespace eval::runners::local
