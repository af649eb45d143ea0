// Speed of the CPU backend on a checkpoint folder:
//   model_bench FOLDER [bf16|f32|int8] [prefill] [decode1] [decode8] [decode32] [--threads N]
// Prints tokens per second of wall time and of CPU time over the threads (on a busy machine the second
// is what counts: it leaves out the time that others had the processors).
#include <fmt/format.h>
#include <time.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "runners/local/checkpoint/load_model.h"
#include "runners/local/cpu/cpu_backend.h"

namespace eval::runners::local {
namespace {

double cpu_seconds() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Bench {
  Backend& backend;
  const Model& model;
  int threads;

  // One step of `sequences` pieces of `length` tokens at `position`.
  void step(int sequences, int length, int position) const {
    Step step;
    for (int s = 0; s < sequences; ++s) {
      step.pieces.push_back({static_cast<std::int32_t>(step.rows()), length, position, s,
                             static_cast<std::int32_t>(step.pages.size())});
      for (int t = 0; t < length; ++t) {
        step.tokens.push_back(static_cast<TokenId>((s * 7919 + (position + t) * 104729) %
                                                   static_cast<int>(model.config.vocabulary)));
        step.positions.push_back(position + t);
        step.piece_of.push_back(s);
      }
      for (int page = 0; page * kPageTokens < position + length; ++page)
        step.pages.push_back(s * 16 + page);
      step.logit_rows.push_back(static_cast<std::int32_t>(step.rows()) - 1);
    }
    const Result<Tensor> logits = forward(model, step, backend);
    const std::vector<SampleRule> rules(static_cast<std::size_t>(sequences));
    if (!logits || !backend.sample(*logits, rules)) std::abort();
  }

  void report(const std::string& what, int tokens, double wall, double cpu) const {
    fmt::print("{:10} {:8.1f} tok/s wall {:8.1f} tok/s by CPU time\n", what, tokens / wall,
               tokens / (cpu / threads));
  }

  void measure(const std::string& what, int sequences, int length, int steps) const {
    step(sequences, length > 1 ? length : 128, 0);
    double best_wall = 1e9, best_cpu = 1e9;
    for (int repetition = 0; repetition < 2; ++repetition) {
      const double wall = wall_seconds(), cpu = cpu_seconds();
      for (int i = 0; i < steps; ++i) step(sequences, length, length > 1 ? 0 : 128 + i);
      best_wall = std::min(best_wall, wall_seconds() - wall);
      best_cpu = std::min(best_cpu, cpu_seconds() - cpu);
    }
    report(what, sequences * length * steps, best_wall, best_cpu);
  }
};

int run(const std::vector<std::string>& arguments) {
  CpuOptions options;
  std::vector<std::string> modes;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--threads")
      options.threads = std::stoi(arguments.at(++i));
    else if (argument == "f32")
      options.activation = DType::F32;
    else if (argument == "int8")
      options.int8 = true;
    else if (argument != "bf16")
      modes.push_back(argument);
  }
  if (options.threads == 0) options.threads = 2;
  if (modes.empty()) modes = {"prefill", "decode1", "decode8", "decode32"};
  Result<std::unique_ptr<Backend>> backend = make_cpu_backend(options);
  Result<Checkpoint> checkpoint = Checkpoint::open(arguments[0]);
  if (!backend || !checkpoint) {
    fmt::print(stderr, "{}\n", describe(backend ? checkpoint.error() : backend.error()));
    return 1;
  }
  const double start = wall_seconds(), start_cpu = cpu_seconds();
  Result<Model> model = load_model(*checkpoint, **backend);
  if (!model) return 1;
  fmt::print("{}, {} threads; loaded in {:.2f} s, {:.2f} s CPU\n", (*backend)->description(),
             options.threads, wall_seconds() - start, cpu_seconds() - start_cpu);
  const auto allocated =
      (*backend)->allocate(model->config, {state_shape(model->config), 32, 32 * 16},
                           {.rows = 4096, .pieces = 32, .logit_rows = 32});
  if (!allocated) {
    fmt::print(stderr, "{}\n", describe(allocated.error()));
    return 1;
  }
  const Bench bench{**backend, *model, options.threads};
  for (const std::string& mode : modes) {
    if (mode == "prefill") bench.measure("prefill512", 1, 512, 2);
    if (mode == "decode1") bench.measure("decode1", 1, 1, 32);
    if (mode == "decode8") bench.measure("decode8", 8, 1, 32);
    if (mode == "decode32") bench.measure("decode32", 32, 1, 16);
  }
  return 0;
}

}  // namespace
}  // namespace eval::runners::local

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: model_bench FOLDER [bf16|f32|int8] [MODE ...] [--threads N]\n");
    return 64;
  }
  return eval::runners::local::run({argv + 1, argv + argc});
}
