#include "runners/local/engine/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/random.h"
#include "runners/local/engine/engine.h"
#include "runners/local/engine/scheduler.h"

namespace eval::runners::local {
namespace {

using Seconds = std::chrono::duration<double>;

std::chrono::nanoseconds now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

CompletionRequest request_for(const ModelConfig& config, int prompt, int generated,
                              SplitMix64& random) {
  CompletionRequest request;
  const auto vocabulary = static_cast<std::uint64_t>(config.vocabulary);
  for (int i = 0; i < prompt; ++i) {
    request.prompt.push_back(static_cast<TokenId>(random.below(vocabulary)));
  }
  request.rule.temperature = 0;
  request.max_tokens = generated;
  return request;
}

// Runs steps until nothing is left and hands each one with its time to `see`.
Result<void> run_all(Scheduler& scheduler, const Model& model, Backend& backend,
                     const std::stop_token& stop,
                     const std::function<void(const StepPlan&, double)>& see) {
  while (!scheduler.is_idle()) {
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "the measurement was stopped");
    const StepPlan& plan = scheduler.plan(now());
    const auto start = now();
    const std::vector<SampledToken> sampled = EVAL_TRY(run_plan(plan, model, backend));
    see(plan, Seconds(now() - start).count());
    for (const Finished& finished : scheduler.complete(sampled, now())) {
      if (!finished.completion) return fail(finished.completion.error());
    }
  }
  return {};
}

Result<void> bench_prefill(const Model& model, Backend& backend, const MemoryPlan& plan,
                           const BenchOptions& options, const std::stop_token& stop,
                           BenchResult& result) {
  SplitMix64 random(1);
  std::vector<double> prefills;
  std::vector<double> first_tokens;
  for (int i = 0; i <= options.repetitions; ++i) {
    Scheduler scheduler(plan.schedule);
    // The last token of a prompt is a step of its own.
    EVAL_TRY(
        scheduler.add(request_for(model.config, options.prefill_tokens + 1, 1, random), now()));
    double prefill = 0;
    double total = 0;
    EVAL_TRY(run_all(scheduler, model, backend, stop, [&](const StepPlan& step, double seconds) {
      total += seconds;
      if (step.rules.empty()) prefill += seconds;
    }));
    if (i == 0) continue;  // the first one warms up
    prefills.push_back(prefill);
    first_tokens.push_back(total);
  }
  BenchRow row;
  row.phase = "prefill";
  row.sequences = 1;
  row.steps = options.repetitions;
  const double seconds = median(prefills);
  row.step_ms = 1e3 * seconds;
  row.tokens_per_s = options.prefill_tokens / seconds;
  row.cost =
      step_cost(model.config, plan.format, options.prefill_tokens, 1, options.prefill_tokens / 2);
  result.rows.push_back(row);
  result.first_token_ms = 1e3 * median(first_tokens);
  return {};
}

Result<void> bench_decode(const Model& model, Backend& backend, const MemoryPlan& plan,
                          const BenchOptions& options, int batch, const std::stop_token& stop,
                          BenchResult& result) {
  SplitMix64 random(static_cast<std::uint64_t>(batch));
  Scheduler scheduler(plan.schedule);
  for (int i = 0; i < batch; ++i) {
    EVAL_TRY(scheduler.add(
        request_for(model.config, options.context_tokens, options.decode_tokens, random), now()));
  }
  std::vector<double> steps;
  EVAL_TRY(run_all(scheduler, model, backend, stop, [&](const StepPlan& step, double seconds) {
    if (std::ssize(step.rules) == batch && step.step.rows() == batch) steps.push_back(seconds);
  }));
  if (steps.empty()) {
    return fail(ErrorCode::Usage, fmt::format("{} sequences never decoded all at once", batch), {},
                "generate more tokens a sequence, or give the model more memory");
  }
  BenchRow row;
  row.phase = "decode";
  row.sequences = batch;
  row.steps = static_cast<int>(steps.size());
  const double seconds = median(steps);
  row.step_ms = 1e3 * seconds;
  row.tokens_per_s = batch / seconds;
  row.cost = step_cost(model.config, plan.format, batch, batch,
                       options.context_tokens + options.decode_tokens / 2);
  result.rows.push_back(row);
  return {};
}

// What a layer adds to the cost of a step.
struct LayerCost {
  double hidden = 0;
  double weight_bytes = 0;  // of one value
  double rows = 0;
  double sequences = 0;
  double context = 0;
  StepCost cost = {};

  void matrix(double values) {
    cost.operations += 2 * values * rows;
    cost.bytes += values * weight_bytes;
  }
  void operator()(const AttentionShape& shape) {
    const double q = static_cast<double>(shape.heads) * shape.head_dim;
    const double kv = static_cast<double>(shape.kv_heads) * shape.head_dim;
    matrix((q + 2 * kv) * hidden + hidden * q);
    cost.operations += 4 * q * context * rows;
    cost.bytes += 2 * kv * 2 * context * sequences;  // BF16
  }
  void operator()(const MambaShape& shape) {
    matrix(static_cast<double>(shape.projected()) * hidden + hidden * shape.inner());
    const double state = static_cast<double>(shape.inner()) * shape.state;
    cost.operations += 6 * state * rows;
    cost.bytes += 2 * 4 * state * sequences;  // F32, read and written
  }
  void operator()(const MoeShape& shape) {
    const double inputs = shape.latent > 0 ? shape.latent : hidden;
    const double expert = 2.0 * shape.expert_width * inputs;
    // So many of them a batch touches on average, if each row chooses by chance.
    const double share = static_cast<double>(shape.experts_per_token) / shape.experts;
    const double touched = shape.experts * (1 - std::pow(1 - share, rows));
    cost.operations += 2 * expert * shape.experts_per_token * rows;
    cost.bytes += expert * touched * weight_bytes;
    matrix(2 * hidden * shape.shared_width + (shape.latent > 0 ? 2 * hidden * inputs : 0));
    cost.operations += 2 * static_cast<double>(shape.experts) * hidden * rows;
    cost.bytes += 2 * static_cast<double>(shape.experts) * hidden;
  }
  void operator()(const MlpShape& shape) {
    matrix(static_cast<double>(shape.width) * hidden * (shape.gated ? 3 : 2));
  }
};

}  // namespace

StepCost step_cost(const ModelConfig& config, WeightFormat format, int rows, int sequences,
                   int context) {
  const double exact = format == WeightFormat::F32 ? 4 : 2;
  LayerCost layers;
  layers.hidden = config.hidden;
  layers.weight_bytes = format == WeightFormat::Int8 ? 1 : exact;
  layers.rows = rows;
  layers.sequences = sequences;
  layers.context = context;
  for (const LayerConfig& layer : config.layers) std::visit(layers, layer.mixer);
  // The head, for one row of each sequence that draws a token; a prompt's piece draws none.
  const double head = static_cast<double>(config.vocabulary) * config.hidden;
  if (rows == sequences) {
    layers.cost.operations += 2 * head * sequences;
    layers.cost.bytes += exact * head;
  }
  return layers.cost;
}

Result<BenchResult> run_bench(const Model& model, Backend& backend, const MemoryPlan& plan,
                              const BenchOptions& options,
                              const std::function<void(std::string_view)>& progress,
                              std::stop_token stop) {
  BenchResult result;
  if (progress) progress(fmt::format("prefill of {} tokens", options.prefill_tokens));
  EVAL_TRY(bench_prefill(model, backend, plan, options, stop, result));
  for (const int batch : options.batches) {
    if (progress) progress(fmt::format("decode of {} sequences", batch));
    EVAL_TRY(bench_decode(model, backend, plan, options, batch, stop, result));
  }
  return result;
}

}  // namespace eval::runners::local
