#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "runners/local/engine/scheduler.h"
#include "runners/local/model/backend.h"
#include "runners/local/model/model_config.h"

// What of a device's memory goes where, decided before a byte of the weights is read.
namespace eval::runners::local {

// How matrices are kept. Int8 is for those that may be quantised; embedding, head and router stay BF16.
enum class WeightFormat { BF16, F32, Int8 };
std::string_view weight_format_name(WeightFormat format);  // "bf16", "f32", "int8"
std::optional<WeightFormat> weight_format_from_name(std::string_view name);

// An estimate to within a few per cent: backends may pad what they pack.
Bytes weight_bytes(const ModelConfig& config, WeightFormat format);

struct MemoryRequest {
  Bytes budget;  // for everything on the device
  WeightFormat format = WeightFormat::BF16;
  // Absent: the model's own, but at most kContextDefault.
  std::optional<std::int64_t> context = {};
  // Sequences that generate at once. Absent: as many as have room for a quarter of their context, at
  // most `concurrency_max`; longer ones are then preempted at times.
  std::optional<std::int32_t> concurrency = {};
  std::int32_t concurrency_max = 32;
  std::int64_t prefill_budget = 512;  // prompt tokens a step
  std::optional<Bytes> weights = {};  // what they took, once they are loaded; absent: an estimate
};

// Few tasks ask for more, and every sequence has to be able to fill it.
inline constexpr std::int64_t kContextDefault = 32'768;
inline constexpr std::int64_t kContextMax = 262'144;
// Prompts kept for further attempts; each costs a slot. Attempts come problem by problem.
inline constexpr std::int32_t kPromptsKept = 4;

struct MemoryPlan {
  Bytes budget;
  Bytes weights;
  Bytes scratch;
  Bytes slot;  // one
  Bytes page;  // one, of kPageTokens tokens
  WeightFormat format = WeightFormat::BF16;
  SchedulerOptions schedule;
  StepLimits limits;
  Bytes state() const;  // slots and pages
  Bytes total() const { return weights + scratch + state(); }
};

// Infrastructure if it does not fit, with what would; Usage for a context beyond the model's own or
// kContextMax.
Result<MemoryPlan> plan_memory(const ModelConfig& config, const Backend& backend,
                               const MemoryRequest& request);

// One line a part, for people.
std::string describe(const MemoryPlan& plan);

}  // namespace eval::runners::local
