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
  return {stored.bytes, *stored.dtype, stored.shape, 1};
}

}  // namespace

TensorGatherer::TensorGatherer(const ModelConfig& config, std::string dir)
    : config_(config), dir_(std::move(dir)), plan_(tensor_plan(config)) {
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
  for (const std::string_view suffix : {"_scale", "_scale_inv"}) {
    const std::string_view of = without_suffix(canonical, suffix);
    if (places_.contains(of)) return take_scale(stored, std::string(of), file);
  }
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
                 file, "supported: BF16, F16, F32, F8_E4M3 with one scale a tensor");
  }
  if (essential(stored.shape) != essential(spec.shape)) {
    return fault(ErrorCode::BadInput,
                 fmt::format("tensor {} has shape {}, but config.json asks for {}",
                             shown(stored.name), stored.shape, spec.shape),
                 file);
  }
  gathered_.tensors.emplace(spec.name, host_tensor(stored));
}

// One value that multiplies the whole tensor ("weight_scale"; "weight_scale_inv" is named after the
// factor used in quantising and multiplies as well).
void TensorGatherer::take_scale(const StoredTensor& stored, std::string of,
                                const std::string& file) {
  const bool single = std::all_of(stored.shape.begin(), stored.shape.end(),
                                  [](std::int64_t size) { return size == 1; });
  if (!single) {
    return fault(ErrorCode::Unsupported,
                 fmt::format("tensor {} has shape {}: this version takes one scale a tensor",
                             shown(stored.name), stored.shape),
                 file);
  }
  if (!stored.dtype || *stored.dtype == DType::I32) {
    return fault(ErrorCode::Unsupported,
                 fmt::format("tensor {} is a scale in {}", shown(stored.name), stored.dtype_text),
                 file);
  }
  const float value = to_floats(host_tensor(stored)).front();
  if (!std::isfinite(value) || value <= 0) {
    return fault(ErrorCode::BadInput,
                 fmt::format("tensor {} is the scale {}, which is no positive number",
                             shown(stored.name), value),
                 file);
  }
  if (!scales_.try_emplace(of, Scale{value, file}).second) {
    fault(ErrorCode::BadInput, fmt::format("tensor {} has two scales", shown(of)), file);
  }
}

// [experts, rows, cols] as one view for each expert.
void TensorGatherer::take_stacked(const StoredTensor& stored, const std::string& canonical,
                                  const std::string& file) {
  const std::string_view projection = stacked_projection(canonical);
  const std::string stem =
      canonical.substr(0, canonical.rfind(projection));  // "backbone.layers.1.mixer.experts."
  const std::int64_t experts = stored.shape[0];
  const std::size_t each =
      experts == 0 ? 0 : stored.bytes.size() / static_cast<std::size_t>(experts);
  const std::string after = fmt::format("{}{}.{}.weight", stem, experts, projection);
  if (!places_.contains(fmt::format("{}0.{}.weight", stem, projection))) {
    unused_.push_back(stored.name);
    return;
  }
  if (places_.contains(after)) {
    return fault(ErrorCode::BadInput,
                 fmt::format("tensor {} holds {} experts, fewer than config.json asks for",
                             shown(stored.name), experts),
                 file);
  }
  StoredTensor one = stored;
  one.shape.erase(one.shape.begin());
  for (std::int64_t expert = 0; expert < experts; ++expert) {
    const auto place_of = places_.find(fmt::format("{}{}.{}.weight", stem, expert, projection));
    if (place_of == places_.end()) {
      return fault(ErrorCode::BadInput,
                   fmt::format("tensor {} holds {} experts, but config.json asks for {}",
                               shown(stored.name), experts, expert),
                   file);
    }
    one.bytes = stored.bytes.subspan(static_cast<std::size_t>(expert) * each, each);
    place(*place_of->second, one, file);
    if (!gathered_.tensors.contains(place_of->first)) return;  // the same fault for all of them
  }
}

void TensorGatherer::apply_scales() {
  for (auto& [name, tensor] : gathered_.tensors) {
    const auto scale = scales_.find(name);
    if (tensor.dtype != DType::F8E4M3) {
      if (scale != scales_.end()) {
        fault(ErrorCode::BadInput,
              fmt::format("tensor {} has a scale, but is stored in {}", shown(name),
                          dtype_name(tensor.dtype)),
              scale->second.file);
      }
      continue;
    }
    if (scale == scales_.end()) {
      const Placed& placed = placed_.find(name)->second;
      fault(ErrorCode::BadInput,
            fmt::format("tensor {} is stored in F8_E4M3, but has no scale",
                        shown(placed.stored_name)),
            placed.file);
      continue;
    }
    tensor.scale = scale->second.value;
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
