#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/clock.h"
#include "base/text.h"
#include "evaluator/calibrate_run.h"
#include "evaluator/cli/commands.h"
#include "evaluator/cli/run_services.h"
#include "evaluator/grader_source.h"
#include "evaluator/grading_report_builder.h"
#include "evaluator/store/store.h"
#include "problems/proof_set.h"

namespace eval::cli {
namespace {

struct CalibrateOptions {
  evaluator::RunSettings settings;  // graders, grader_url, grading, db, seed, canaries, ...
  std::string graders;
  std::string set;
  int jobs = 4;
  int limit = 0;
  double temperature = -1;  // below 0: the server's own
  int max_tokens = 0;       // 0: the server's own
  bool no_canaries = false;
};

// Of every mark by people that occurs: what the grader made of it, with 95 % intervals.
std::string shares_text(const evaluator::MarkTable& table) {
  std::string text;
  for (int people = 0; people < static_cast<int>(evaluator::kMarks); ++people) {
    std::vector<std::string> cells;
    for (int grader = 0; grader < static_cast<int>(evaluator::kMarks); ++grader) {
      const auto share = evaluator::table_share(table, people, grader);
      if (!share || share->value == 0) continue;
      cells.push_back(fmt::format("{} in {:.0f} % ({:.0f} to {:.0f})", grader, 100 * share->value,
                                  100 * share->low, 100 * share->high));
    }
    if (!cells.empty()) text += fmt::format("\n  {} by people: {}", people, join(cells, ", "));
  }
  return text;
}

std::string card_text(const evaluator::GraderCard& card) {
  const reports::GraderCardView view = evaluator::card_view(card);
  std::string text = fmt::format(
      "{}\non {} proofs of {} that people marked; {} without a mark (JE); canaries "
      "passed: {} of {}{}\n\n",
      view.grader, view.proofs, view.set, view.without_mark, view.canaries_passed, view.canaries,
      view.canaries_passed > 0 ? "  <- do not trust it alone" : "");
  for (const auto& [label, value] : view.figures)
    text += fmt::format("  {:<44} {}\n", label, value);
  text += "\n  people \\ grader";
  for (std::size_t mark = 0; mark < evaluator::kMarks; ++mark) text += fmt::format("{:>6}", mark);
  for (std::size_t people = 0; people < evaluator::kMarks; ++people) {
    text += fmt::format("\n  {:>15}", people);
    for (const int count : card.table[people]) text += fmt::format("{:>6}", count);
  }
  return text + "\n" + shares_text(card.table);
}

ExitCode calibrate(const Context& context, CalibrateOptions options) {
  const SystemClock clock;
  evaluator::RunSettings& settings = options.settings;
  settings.graders = split(options.graders, ',');
  if (options.temperature >= 0) settings.grader_temperature = options.temperature;
  if (options.max_tokens > 0) settings.grader_max_tokens = options.max_tokens;
  settings.canaries = !options.no_canaries;
  const auto set = problems::load_proof_set(options.set);
  if (!set) return report_error(set.error());
  for (const std::string& line : set->skipped) narrate(context, "left out: " + line);
  for (const auto& entry : set->suite.refused) {
    narrate(context, fmt::format("left out: {}: {}", entry.id, entry.reason.what));
  }
  const auto store = evaluator::Store::open(settings.db, evaluator::OpenMode::ReadWrite, clock);
  if (!store) return report_error(store.error());
  const auto pool =
      evaluator::make_graders(settings, generation_cache(store->get()), api_key(context));
  if (!pool) return report_error(pool.error());
  const auto judge_options = evaluator::proof_judge_options(settings, *pool);
  if (!judge_options) return report_error(judge_options.error());
  const auto judge = judges::proof::make_proof_judge(*judge_options);
  if (!judge) return report_error(judge.error());
  evaluator::CalibrationOptions calibration;
  calibration.grader = judges::proof::grader_key(*judge_options);
  calibration.seed = settings.seed;
  calibration.jobs = options.jobs;
  calibration.limit = options.limit;
  calibration.progress = [&](int done, int all) {
    if (done % 50 == 0 || done == all) narrate(context, fmt::format("marked {} of {}", done, all));
  };
  const auto card =
      evaluator::run_calibration(*set, **judge, **store, clock, calibration, context.stop);
  if (!card) return report_error(card.error());
  if (context.json) {
    print_json(evaluator::to_json(*card));
  } else {
    print_result(card_text(*card));
  }
  return ExitCode::Done;
}

}  // namespace

void add_calibrate_command(CLI::App& app, Action& chosen) {
  CLI::App* command = app.add_subcommand(
      "calibrate", "Compare a proof grader with marks by people; the result is its card");
  auto options = std::make_shared<CalibrateOptions>();
  command->add_option("grader", options->graders, "http:NAME or replay:FILE; several with commas")
      ->required();
  command->add_option("--on", options->set, "Proof set with marks by people")->required();
  command->add_option("--grading", options->settings.grading, "Grading procedure");
  command->add_option("--grader-url", options->settings.grader_url, "Address of the server");
  command->add_option("--grader-temperature", options->temperature, "Sampling temperature");
  command->add_option("--grader-max-tokens", options->max_tokens, "Most tokens of one grading");
  command->add_option("--db", options->settings.db, "Database of results")->envname("EVALCTL_DB");
  command->add_option("--seed", options->settings.seed, "Seed of gradings and intervals");
  command->add_option("--jobs,-j", options->jobs, "Proofs marked at once")
      ->check(CLI::Range(1, 256));
  command->add_option("--limit", options->limit, "At most so many proofs")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--no-canaries", options->no_canaries, "Mix in no canary proofs");
  command->callback([&chosen, options] {
    chosen = [options](const Context& context) { return calibrate(context, *options); };
  });
}

}  // namespace eval::cli
