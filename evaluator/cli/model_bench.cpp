#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <thread>

#include "evaluator/cli/model_loading.h"
#include "evaluator/cli/model_tools.h"
#include "evaluator/local_source.h"
#include "evaluator/pipeline/host.h"
#include "runners/local/checkpoint/checkpoint.h"
#include "runners/local/engine/bench.h"
#include "version.h"

namespace eval::cli {
namespace {

namespace local = runners::local;

struct BenchFlags {
  evaluator::RunSettings settings;
  local::BenchOptions bench;
};

struct Measured {
  std::string backend;
  int threads = 0;
  Bytes weights;
  double load_s = 0;
  local::MachineLimits limits;
  local::BenchResult result;
};

Result<Measured> measure(const Context& context, const BenchFlags& flags) {
  const auto options = EVAL_TRY(evaluator::local_options(flags.settings, flags.settings.model));
  const auto checkpoint = EVAL_TRY(local::Checkpoint::open(options.dir));
  const auto backend = EVAL_TRY(local::make_backend(options.device));
  const local::Device device = options.device.device;
  const int most = *std::max_element(flags.bench.batches.begin(), flags.bench.batches.end());
  const std::int64_t context_tokens =
      std::max(flags.bench.prefill_tokens + 2,
               flags.bench.context_tokens + flags.bench.decode_tokens + local::kPageTokens);
  const auto plan = EVAL_TRY(local::plan_memory(
      checkpoint.config(), *backend,
      {.budget = options.memory ? *options.memory : local::default_budget(device, *backend),
       .format = options.device.format,
       .context = options.context.value_or(context_tokens),
       .concurrency = most,
       .prefill_budget = local::prefill_budget(device)}));
  const auto hooks = loading_hooks(context);
  hooks.planned(plan);
  Measured measured;
  const auto start = std::chrono::steady_clock::now();
  const auto model = EVAL_TRY(local::load_model(checkpoint, *backend, hooks.loading, hooks.stop));
  measured.load_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EVAL_TRY(backend->allocate(
      model.config, {local::state_shape(model.config), plan.schedule.slots, plan.schedule.pages},
      plan.limits));
  measured.backend = backend->description();
  const int processors = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  measured.threads = flags.settings.threads.value_or(processors);
  measured.weights = model.weight_bytes;
  if (device == local::Device::Cpu) {
    narrate(context, "measuring the machine");
    measured.limits = local::measure_cpu(options.device.format, measured.threads);
  }
  const auto progress = [&](std::string_view what) {
    narrate(context, fmt::format("measuring {}", what));
  };
  measured.result =
      EVAL_TRY(local::run_bench(model, *backend, plan, flags.bench, progress, context.stop));
  return measured;
}

// "41 %", or "-" where the limit is not known.
std::string share_text(double amount, double seconds, const std::optional<double>& limit) {
  return limit ? fmt::format("{:.0f} %", 100 * amount / seconds / *limit) : "-";
}

std::string text_of(const BenchFlags& flags, const Measured& measured) {
  std::vector<std::vector<std::string>> rows = {
      {"phase", "sequences", "tokens/s", "ms/step", "steps", "of bandwidth", "of arithmetic"}};
  for (const local::BenchRow& row : measured.result.rows) {
    const double seconds = row.step_ms / 1e3;
    rows.push_back({row.phase, std::to_string(row.sequences),
                    fmt::format("{:.1f}", row.tokens_per_s), fmt::format("{:.2f}", row.step_ms),
                    std::to_string(row.steps),
                    share_text(row.cost.bytes, seconds, measured.limits.bytes_per_s),
                    share_text(row.cost.operations, seconds, measured.limits.operations_per_s)});
  }
  std::string text = format_table(rows);
  text += fmt::format(
      "medians; prefill of {} tokens, decode behind {} tokens; first token {:.0f} ms\n",
      flags.bench.prefill_tokens, flags.bench.context_tokens, measured.result.first_token_ms);
  text += fmt::format("{}; {} threads; dtype {}; weights {}, loaded in {:.2f} s\n",
                      measured.backend, measured.threads, flags.settings.dtype,
                      to_string(measured.weights), measured.load_s);
  if (measured.limits.bytes_per_s && measured.limits.operations_per_s) {
    text += fmt::format("machine, by small loops: reads {:.1f} GB/s, {:.0f} G operations/s ({})\n",
                        *measured.limits.bytes_per_s / 1e9, *measured.limits.operations_per_s / 1e9,
                        measured.limits.operation);
  }
  return text;
}

Json json_of(const BenchFlags& flags, const Measured& measured) {
  const auto optional = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  Json rows = Json::array();
  for (const local::BenchRow& row : measured.result.rows) {
    rows.push_back({{"phase", row.phase},
                    {"sequences", row.sequences},
                    {"tokens_per_s", row.tokens_per_s},
                    {"step_ms", row.step_ms},
                    {"steps", row.steps},
                    {"step_operations", row.cost.operations},
                    {"step_bytes", row.cost.bytes}});
  }
  return Json{{"model", flags.settings.model},
              {"evalctl_version", EVAL_VERSION},
              {"host", evaluator::describe_host()},
              {"backend", measured.backend},
              {"threads", measured.threads},
              {"dtype", flags.settings.dtype},
              {"weight_bytes", measured.weights.count},
              {"load_s", measured.load_s},
              {"prefill_tokens", flags.bench.prefill_tokens},
              {"context_tokens", flags.bench.context_tokens},
              {"first_token_ms", measured.result.first_token_ms},
              {"machine",
               {{"bytes_per_s", optional(measured.limits.bytes_per_s)},
                {"operations_per_s", optional(measured.limits.operations_per_s)},
                {"operation", measured.limits.operation}}},
              {"rows", std::move(rows)}};
}

ExitCode run(const Context& context, const BenchFlags& flags) {
  if (flags.settings.model.empty()) {
    return report_error({ErrorCode::Usage,
                         "no model is named",
                         {},
                         "name a checkpoint folder: --model DIR",
                         0,
                         {}});
  }
  const auto measured = measure(context, flags);
  if (!measured) return report_error(measured.error());
  if (context.json) {
    print_json(json_of(flags, *measured));
  } else {
    print_result(text_of(flags, *measured));
  }
  return ExitCode::Done;
}

}  // namespace

void add_model_bench(CLI::App& parent, Action& chosen) {
  CLI::App* command =
      parent.add_subcommand("bench", "Measure prefill and decode beside the machine's limits");
  const auto flags = std::make_shared<BenchFlags>();
  add_model_flags(*command, flags->settings);
  command->add_option("--batches", flags->bench.batches, "Sequences that decode at once (1,8,32)")
      ->delimiter(',')
      ->check(CLI::Range(1, 4096))
      ->type_name("");
  command->add_option("--prefill", flags->bench.prefill_tokens, "Tokens of the prompt prefilled")
      ->check(CLI::Range(64, 262143))
      ->type_name("");
  command->add_option("--decode", flags->bench.decode_tokens, "Tokens each sequence generates")
      ->check(CLI::Range(2, 100000))
      ->type_name("");
  command->add_option("--prompt", flags->bench.context_tokens, "Tokens before them")
      ->check(CLI::Range(1, 100000))
      ->type_name("");
  command->add_option("--repetitions", flags->bench.repetitions, "Prompts prefilled")
      ->check(CLI::Range(1, 1000))
      ->type_name("");
  command->callback([&chosen, flags] {
    chosen = [flags](const Context& context) { return run(context, *flags); };
  });
}

}  // namespace eval::cli
