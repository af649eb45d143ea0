#include "runners/local/engine/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace eval::runners::local {
namespace {

constexpr std::array kFormats = {std::pair{WeightFormat::BF16, "bf16"},
                                 std::pair{WeightFormat::F32, "f32"},
                                 std::pair{WeightFormat::Int8, "int8"}};

struct Values {
  std::int64_t quantisable = 0;  // of dense and expert matrices
  std::int64_t exact = 0;        // of embedding, head and router
  std::int64_t vectors = 0;      // kept in F32
};

struct Counter {
  std::int64_t hidden = 0;
  Values count = {};

  void operator()(const AttentionShape& shape) {
    const std::int64_t q = std::int64_t{shape.heads} * shape.head_dim;
    const std::int64_t kv = std::int64_t{shape.kv_heads} * shape.head_dim;
    count.quantisable += (q + 2 * kv) * hidden + hidden * q;
    if (shape.qkv_bias) count.vectors += q + 2 * kv;
    if (shape.output_bias) count.vectors += hidden;
    if (shape.qk_norm) count.vectors += 2 * shape.head_dim;
  }
  void operator()(const MambaShape& shape) {
    count.quantisable += std::int64_t{shape.projected()} * hidden + hidden * shape.inner();
    count.vectors += std::int64_t{shape.channels()} * (shape.kernel + (shape.conv_bias ? 1 : 0));
    count.vectors += 3 * std::int64_t{shape.heads} + shape.inner();
    if (shape.projection_bias) count.vectors += shape.projected() + hidden;
  }
  void operator()(const MoeShape& shape) {
    const std::int64_t inputs = shape.latent > 0 ? shape.latent : hidden;
    count.exact += std::int64_t{shape.experts} * hidden;
    count.vectors += shape.experts;
    count.quantisable += std::int64_t{shape.experts} * 2 * shape.expert_width * inputs;
    count.quantisable += 2 * hidden * std::int64_t{shape.shared_width};
    if (shape.latent > 0) count.quantisable += 2 * hidden * inputs;
  }
  void operator()(const MlpShape& shape) {
    const std::int64_t up = std::int64_t{shape.width} * (shape.gated ? 2 : 1);
    count.quantisable += up * hidden + hidden * shape.width;
    if (shape.bias) count.vectors += up + hidden;
  }
};

Values count_values(const ModelConfig& config) {
  Counter counter{config.hidden};
  counter.count.exact = config.vocabulary * config.hidden * (config.tied_head ? 1 : 2);
  counter.count.vectors = config.hidden;
  for (const LayerConfig& layer : config.layers) {
    counter.count.vectors += config.hidden;
    std::visit(counter, layer.mixer);
  }
  return counter.count;
}

Bytes times(Bytes size, std::int64_t count) {
  return Bytes{size.count * static_cast<std::uint64_t>(count)};
}

// The parts of a plan that depend on how many sequences there are and how long they may get.
struct Sizes {
  const ModelConfig& config;
  const Backend& backend;
  const MemoryRequest& request;
  Bytes slot;
  Bytes page;
  Bytes weights;

  StepLimits limits(std::int64_t running) const {
    return {request.prefill_budget + running, running + kPromptsKept, running};
  }
  Bytes scratch(std::int64_t running) const {
    return backend.scratch_bytes(config, limits(running));
  }
  std::int64_t slots(std::int64_t running) const { return running + kPromptsKept; }
  // Of one sequence with the whole context, and a page for each of the others.
  std::int64_t pages_least(std::int64_t running, std::int64_t context) const {
    return pages_for(context) + running;
  }
  std::int64_t pages_most(std::int64_t running, std::int64_t context) const {
    return slots(running) * (pages_for(context) + 1);
  }
  Bytes fixed(std::int64_t running) const {
    return weights + scratch(running) + times(slot, slots(running));
  }
  Bytes needed(std::int64_t running, std::int64_t pages) const {
    return fixed(running) + times(page, pages);
  }
  bool fits(std::int64_t running, std::int64_t pages) const {
    return needed(running, pages) <= request.budget;
  }
  // Tokens of context that fit beside so many sequences; below one page: 0.
  std::int64_t context_that_fits(std::int64_t running, std::int64_t most) const {
    const Bytes fixed_part = fixed(running);
    if (fixed_part >= request.budget) return 0;
    if (page.count == 0) return most;
    const auto pages =
        static_cast<std::int64_t>((request.budget.count - fixed_part.count) / page.count);
    return std::clamp<std::int64_t>((pages - running) * kPageTokens, 0, most);
  }
};

std::int32_t concurrency_for(const Sizes& sizes, std::int64_t context) {
  std::int32_t running = sizes.request.concurrency_max;
  const auto has_room = [&](std::int64_t count) {
    const std::int64_t quarter = count * (pages_for(context / 4) + 1);
    return sizes.fits(count, std::max(quarter, sizes.pages_least(count, context)));
  };
  while (running > 1 && !has_room(running)) --running;
  return running;
}

Failure does_not_fit(const Sizes& sizes, std::int64_t running, std::int64_t context,
                     std::int64_t context_max) {
  const Bytes needed = sizes.needed(running, sizes.pages_least(running, context));
  std::string what = fmt::format(
      "{} sequence{} with a context of {} tokens need {} of memory ({} for the weights), and the "
      "budget is {}",
      running, running == 1 ? "" : "s", context, to_string(needed), to_string(sizes.weights),
      to_string(sizes.request.budget));
  std::vector<std::string> advice;
  if (const auto fitting = sizes.context_that_fits(running, context_max); fitting >= kPageTokens) {
    advice.push_back(fmt::format("--context {} fits", fitting));
  }
  for (std::int64_t fewer = running - 1; fewer >= 1; --fewer) {
    if (!sizes.fits(fewer, sizes.pages_least(fewer, context))) continue;
    advice.push_back(fmt::format("{} sequence{} at once fit{}", fewer, fewer == 1 ? "" : "s",
                                 fewer == 1 ? "s" : ""));
    break;
  }
  if (advice.empty() && running > 1) {
    const auto alone = sizes.context_that_fits(1, context_max);
    if (alone >= kPageTokens) {
      advice.push_back(fmt::format("one sequence with --context {} fits", alone));
    }
  }
  if (advice.empty()) {
    const bool would_help =
        sizes.request.format != WeightFormat::Int8 && sizes.weights >= sizes.request.budget;
    advice.push_back(fmt::format("raise the budget to {} or more{}", to_string(needed),
                                 would_help ? ", or keep the weights in --dtype int8" : ""));
  }
  return fail(ErrorCode::Infrastructure, what, "memory plan", join(advice, "; "));
}

Result<std::int64_t> context_of(const ModelConfig& config, const MemoryRequest& request) {
  const std::int64_t own =
      config.context_max > 0 ? std::min(config.context_max, kContextMax) : kContextMax;
  if (!request.context) return std::min(own, kContextDefault);
  if (*request.context <= own) return *request.context;
  return fail(ErrorCode::Usage,
              fmt::format("a context of {} tokens is asked for, and the model goes to {}",
                          *request.context, own),
              {}, fmt::format("use --context {} or less", own));
}

}  // namespace

std::string_view weight_format_name(WeightFormat format) {
  for (const auto& [known, name] : kFormats) {
    if (known == format) return name;
  }
  return "";
}

std::optional<WeightFormat> weight_format_from_name(std::string_view name) {
  for (const auto& [format, known] : kFormats) {
    if (known == name) return format;
  }
  return std::nullopt;
}

Bytes weight_bytes(const ModelConfig& config, WeightFormat format) {
  const Values count = count_values(config);
  const std::int64_t exact = format == WeightFormat::F32 ? 4 : 2;
  const std::int64_t quantisable = format == WeightFormat::Int8 ? 1 : exact;
  return Bytes{static_cast<std::uint64_t>(count.quantisable * quantisable + count.exact * exact +
                                          count.vectors * 4)};
}

Bytes MemoryPlan::state() const {
  return times(slot, schedule.slots) + times(page, schedule.pages);
}

Result<MemoryPlan> plan_memory(const ModelConfig& config, const Backend& backend,
                               const MemoryRequest& request) {
  const std::int64_t context = EVAL_TRY(context_of(config, request));
  const StateShape shape = state_shape(config);
  const Sizes sizes{config,
                    backend,
                    request,
                    backend.slot_bytes(shape),
                    backend.kv_bytes_per_page(shape),
                    request.weights.value_or(weight_bytes(config, request.format))};
  const std::int32_t running = request.concurrency.value_or(concurrency_for(sizes, context));
  const std::int64_t least = sizes.pages_least(running, context);
  if (!sizes.fits(running, least)) {
    return does_not_fit(sizes, running, context, std::min(context, kContextMax));
  }
  std::int64_t pages = std::max(least, sizes.pages_most(running, context));
  if (sizes.page.count > 0) {
    const std::uint64_t left = request.budget.count - sizes.fixed(running).count;
    pages = std::min(pages, static_cast<std::int64_t>(left / sizes.page.count));
  }
  MemoryPlan plan;
  plan.budget = request.budget;
  plan.weights = sizes.weights;
  plan.scratch = sizes.scratch(running);
  plan.slot = sizes.slot;
  plan.page = sizes.page;
  plan.format = request.format;
  plan.limits = sizes.limits(running);
  plan.schedule = {.slots = static_cast<std::int32_t>(sizes.slots(running)),
                   .pages = static_cast<std::int32_t>(pages),
                   .running_max = running,
                   .prompts_max = kPromptsKept,
                   .prefill_budget = request.prefill_budget,
                   .context = context,
                   .pieces_match_decode = backend.pieces_match_decode()};
  return plan;
}

std::string describe(const MemoryPlan& plan) {
  const SchedulerOptions& schedule = plan.schedule;
  std::string text = fmt::format("memory plan of {}", to_string(plan.budget));
  const auto line = [&](std::string_view part, Bytes size, const std::string& detail) {
    text += fmt::format("\n  {:<16}{:>10}   {}", part, to_string(size), detail);
  };
  line("weights", plan.weights, std::string(weight_format_name(plan.format)));
  line("scratch", plan.scratch, fmt::format("{} tokens a step", plan.limits.rows));
  line("states", times(plan.slot, schedule.slots),
       fmt::format("{} of {}: {} sequence{} at once, {} prompts kept", schedule.slots,
                   to_string(plan.slot), schedule.running_max, schedule.running_max == 1 ? "" : "s",
                   schedule.prompts_max));
  line("keys and values", times(plan.page, schedule.pages),
       fmt::format("{} pages of {} tokens, {} each; up to {} tokens a sequence", schedule.pages,
                   kPageTokens, to_string(plan.page), schedule.context));
  line("total", plan.total(), "");
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace eval::runners::local
