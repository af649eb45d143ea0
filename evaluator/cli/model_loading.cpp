#include "evaluator/cli/model_loading.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <limits>
#include <memory>

#include "base/clock.h"
#include "base/text.h"

namespace eval::cli {
namespace {

using namespace std::chrono_literals;
using evaluator::RunSettings;

// Often enough to look alive, seldom enough to cost nothing beside thousands of small tensors.
constexpr std::chrono::nanoseconds kRedrawEvery = 100ms;

struct Line {
  SystemClock clock;
  std::chrono::nanoseconds started{0};
  std::chrono::nanoseconds drawn{0};
};

void draw(const Context& context, Line& line, const runners::local::LoadProgress& progress) {
  const auto now = line.clock.monotonic();
  if (line.started == 0ns) line.started = now;
  const bool is_done = progress.done >= progress.total;
  if (context.redraw && !context.quiet && (is_done || now - line.drawn >= kRedrawEvery)) {
    line.drawn = now;
    const std::string text = fmt::format("loading weights: {} of {}  {}", to_string(progress.done),
                                         to_string(progress.total), progress.tensor);
    print_notice(
        fmt::format("\r\x1b[K{}", shorten(text, static_cast<std::size_t>(context.width - 1))));
    if (is_done) print_notice("\r\x1b[K");
    std::fflush(stderr);
  }
  if (!is_done) return;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now - line.started);
  narrate(context, fmt::format("loaded {} of weights in {}", to_string(progress.total),
                               format_duration(took)));
}

template <class T>
void add_number(CLI::App& command, const char* name, std::optional<T>& value, double least,
                double most, const char* help) {
  command.add_option(name, value, help)->check(CLI::Range(least, most))->type_name("");
}

}  // namespace

runners::local::LocalModelHooks loading_hooks(const Context& context) {
  runners::local::LocalModelHooks hooks;
  hooks.planned = [&context](const runners::local::MemoryPlan& plan) {
    narrate(context, runners::local::describe(plan));
  };
  hooks.loading = [&context,
                   line = std::make_shared<Line>()](const runners::local::LoadProgress& progress) {
    draw(context, *line, progress);
  };
  hooks.warning = [&context](std::string_view text) {
    if (context.verbose) narrate(context, fmt::format("warning: {}", text));
  };
  hooks.stop = context.stop;
  return hooks;
}

void add_model_flags(CLI::App& command, RunSettings& settings) {
  command.add_option("model,--model", settings.model, "Checkpoint folder of the model")
      ->type_name("FOLDER");
  command.add_option("--device", settings.device, "Where it runs")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->type_name("{auto,cpu,cuda}");
  command.add_option("--dtype", settings.dtype, "How weights are kept")
      ->check(CLI::IsMember({"bf16", "f32", "int8"}))
      ->type_name("{bf16,f32,int8}");
  add_number(command, "--context", settings.context, 64, 262144,
             "Tokens of prompt and generation (default: the model's, up to 32768)");
  command.add_option("--cpu-memory", settings.cpu_memory, "Memory it may take (12 GiB)")
      ->type_name("SIZE");
  command.add_option("--gpu-memory", settings.gpu_memory, "The same of the GPU's memory")
      ->type_name("SIZE");
  add_number(command, "--threads", settings.threads, 1, 4096, "Processors it uses (default: all)");
}

void add_sampling_flags(CLI::App& command, RunSettings& settings) {
  add_number(command, "--temperature", settings.temperature, 0, 10,
             "Sampling temperature; 0 is greedy (default: as the checkpoint says)");
  add_number(command, "--top-p", settings.top_p, 0, 1, "The probability mass kept");
  add_number(command, "--top-k", settings.top_k, 1, 1e6, "So many of the likeliest tokens");
  add_number(command, "--min-p", settings.min_p, 0, 1, "The least share of the likeliest");
  add_number(command, "--repetition-penalty", settings.repetition_penalty, 0.01, 10,
             "Divides the logits of tokens seen before");
  add_number(command, "--presence-penalty", settings.presence_penalty, -10, 10,
             "Subtracted once for a token generated before");
  add_number(command, "--frequency-penalty", settings.frequency_penalty, -10, 10,
             "The same, as often as it was generated");
  add_number(command, "--max-tokens", settings.max_tokens, 1, 1e8, "Most tokens of a reply");
  command.add_option("--stop", settings.stop, "A text that ends a reply; may be repeated")
      ->allow_extra_args(false)
      ->type_name("TEXT");
  command.add_flag("--thinking,!--no-thinking", settings.thinking,
                   "Whether the model reasons before it answers");
}

Result<runners::SamplingParams> sampling_params(const RunSettings& settings) {
  runners::SamplingParams params;
  params.temperature = settings.temperature;
  params.top_p = settings.top_p;
  params.max_tokens = settings.max_tokens;
  params.stop = settings.stop;
  params.top_k = settings.top_k;
  params.min_p = settings.min_p;
  params.repetition_penalty = settings.repetition_penalty;
  params.presence_penalty = settings.presence_penalty;
  params.frequency_penalty = settings.frequency_penalty;
  params.thinking = settings.thinking;
  params.logprobs = settings.logprobs;
  for (const std::string& text : settings.stop_token_ids) {
    const auto id = parse_integer(text);
    if (!id || *id < 0 || *id > std::numeric_limits<std::int32_t>::max()) {
      return fail(ErrorCode::Usage, fmt::format("\"{}\" is no token id", text), "stop_token_ids",
                  "`evalctl model tokenize` shows the ids of a text");
    }
    params.stop_token_ids.push_back(static_cast<std::int32_t>(*id));
  }
  return params;
}

}  // namespace eval::cli
