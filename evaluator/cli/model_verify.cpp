#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/text.h"
#include "evaluator/cli/model_loading.h"
#include "evaluator/cli/model_tools.h"
#include "evaluator/local_source.h"
#include "evaluator/replay_source.h"
#include "evaluator/repro.h"
#include "evaluator/store/store.h"
#include "runners/local/engine/local_runner.h"

namespace eval::cli {
namespace {

struct VerifyFlags {
  evaluator::RunSettings settings;  // model is empty: the run's own
  std::string db;
  std::string run_id;
  evaluator::ReproOptions options;
};

// The model of the run, planned for as many sequences as the machine takes.
Result<std::unique_ptr<runners::Runner>> open_runner(const Context& context,
                                                     const VerifyFlags& flags,
                                                     const evaluator::RunManifest& manifest) {
  evaluator::RunSettings settings = flags.settings;
  EVAL_TRY(evaluator::adopt_local(manifest, settings));
  if (!flags.settings.model.empty()) settings.model = flags.settings.model;
  const auto spec = EVAL_TRY(evaluator::parse_model(settings.model));
  const std::string folder =
      spec.kind == evaluator::ModelSpec::Kind::Local ? spec.argument : settings.model;
  return evaluator::make_local_source(settings, folder, {loading_hooks(context), false});
}

Result<ExitCode> verify(const Context& context, const VerifyFlags& flags) {
  const SystemClock clock;
  const auto store =
      EVAL_TRY(evaluator::Store::open(flags.db, evaluator::OpenMode::ReadWrite, clock));
  const evaluator::RunManifest manifest = EVAL_TRY(store->find_run(flags.run_id)).manifest;
  const auto stored = EVAL_TRY(store->stored_completions(manifest.run_id));
  if (stored.empty()) {
    return fail(ErrorCode::NotFound, "the run has no completions with a token hash",
                "run " + manifest.run_id, "only runs of a local model have them");
  }
  const auto runner = EVAL_TRY(open_runner(context, flags, manifest));
  evaluator::ReproOptions options = flags.options;
  options.at_once = {3};
  if (runner->preferred_concurrency() != 3) {
    options.at_once.push_back(runner->preferred_concurrency());
  }
  options.progress = [&](int done, int total) {
    if (!context.redraw || context.quiet) return;
    print_notice(fmt::format("\r\x1b[K[{}/{}] replaying", done, total));
    if (done == total) print_notice("\r\x1b[K");
    std::fflush(stderr);
  };
  const evaluator::ReproCheck check =
      EVAL_TRY(evaluator::verify_repro(stored, manifest, *runner, options, clock, context.stop));
  EVAL_TRY(store->add_repro_check(manifest.run_id, check));
  if (context.json) {
    print_json(evaluator::to_json(check));
  } else {
    std::string text =
        fmt::format("{} of {} replays gave the same tokens ({}; {} of {} completions)\n",
                    check.equal, check.replayed, join(check.ways, "; "),
                    check.replayed / static_cast<int>(check.ways.size()), check.stored);
    for (const std::string& one : check.differing) text += "differs: " + one + "\n";
    print_result(text);
  }
  return check.equal == check.replayed ? ExitCode::Done : ExitCode::Regression;
}

}  // namespace

void add_model_verify(CLI::App& parent, Action& chosen) {
  CLI::App* command = parent.add_subcommand(
      "verify-repro", "Generate a share of a run again and compare the tokens; 0: all equal");
  const auto flags = std::make_shared<VerifyFlags>();
  command->add_option("db", flags->db, "Database of the run")->required()->type_name("FILE");
  command->add_option("--run-id", flags->run_id, "Run to look at (default: the latest)");
  command->add_option("--share", flags->options.share, "Share of its completions")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("");
  command->add_option("--seed", flags->options.seed, "Which of them, and in which order")
      ->type_name("");
  command
      ->add_option("--model", flags->settings.model,
                   "Checkpoint folder, if it is not where the run had it")
      ->type_name("FOLDER");
  command->add_option("--cpu-memory", flags->settings.cpu_memory, "Memory the model may take")
      ->type_name("SIZE");
  command->add_option("--gpu-memory", flags->settings.gpu_memory, "The same of the GPU's memory")
      ->type_name("SIZE");
  command->add_option("--threads", flags->settings.threads, "Processors it uses")->type_name("");
  command->add_flag("--other-runner", flags->options.other_runner_is_fine,
                    "Compare although backend or checkpoint are not those of the run");
  command->callback([&chosen, flags] {
    chosen = [flags](const Context& context) {
      const auto done = verify(context, *flags);
      return done ? *done : report_error(done.error());
    };
  });
}

}  // namespace eval::cli
