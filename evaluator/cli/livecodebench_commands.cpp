#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/clock.h"
#include "base/output_file.h"
#include "base/text.h"
#include "evaluator/cli/attempt_text.h"
#include "evaluator/cli/commands.h"
#include "evaluator/livecodebench_export.h"
#include "evaluator/livecodebench_output.h"
#include "evaluator/recorded_feedback.h"
#include "evaluator/recording_output.h"
#include "evaluator/swe_bench_output.h"
#include "problems/livecodebench.h"
#include "problems/suite.h"

namespace eval::cli {
namespace {

using evaluator::Store;

struct Options {
  std::string db = "evalctl.db";
  std::string run_id;
  std::string second_run_id;
  std::string cutoff;
  std::string format;
  std::string file;
  std::string suite;
};

Result<std::unique_ptr<Store>> open_store(const Options& options, const Clock& clock) {
  return Store::open(options.db, evaluator::OpenMode::ReadOnly, clock);
}

// One side of a comparison.
struct Side {
  std::string name;  // of its semantics
  std::vector<evaluator::Attempt> attempts;
};

Result<Side> side_of_run(Store& store, const std::string& run_id) {
  const auto run = EVAL_TRY(store.find_run(run_id));
  return Side{run.manifest.semantics, EVAL_TRY(store.attempts(run.manifest.run_id, true))};
}

// What is no run may be a file of another harness, whose verdicts are held against `run`.
Result<Side> side_of_file(Result<Side> side, const std::string& file, const Side& run) {
  std::error_code ignored;
  if (side || side.error().code != ErrorCode::NotFound || !fs::is_regular_file(file, ignored)) {
    return side;
  }
  const auto recorded = EVAL_TRY(evaluator::read_recorded_feedback(file));
  if (recorded.empty()) {
    return fail(ErrorCode::BadInput, "no verdicts of LiveCodeBench", file,
                "a file that compares has \"graded_list\" beside \"code_list\"");
  }
  Side recorded_side{"recorded", evaluator::recorded_attempts(recorded, run.attempts)};
  if (recorded_side.attempts.empty()) {
    return fail(ErrorCode::BadInput, "no verdict of the file is of a problem of the run", file,
                fmt::format("the first problem of the file is {}", recorded.begin()->first));
  }
  return recorded_side;
}

ExitCode compare_semantics(const Context& context, const Options& options) {
  const SystemClock clock;
  auto store = open_store(options, clock);
  if (!store) return report_error(store.error());
  auto first = side_of_run(**store, options.run_id);
  auto second = side_of_run(**store, options.second_run_id);
  if (first) {
    second = side_of_file(std::move(second), options.second_run_id, *first);
  } else if (second) {
    first = side_of_file(std::move(first), options.run_id, *second);
  }
  if (!first) return report_error(first.error());
  if (!second) return report_error(second.error());
  const auto comparison = evaluator::compare_semantics(first->attempts, second->attempts);

  Json json = {{"first", first->name},
               {"second", second->name},
               {"compared", comparison.compared},
               {"skipped", comparison.skipped},
               {"differences", Json::array()}};
  std::vector<std::vector<std::string>> rows = {
      {"PROBLEM", "ATTEMPT", first->name, second->name, "REASON", "SAID"}};
  for (const auto& one : comparison.differences) {
    json["differences"].push_back({{"problem", one.problem_id},
                                   {"attempt", one.attempt},
                                   {"first", judges::verdict_name(one.first)},
                                   {"second", judges::verdict_name(one.second)},
                                   {"reason", one.reason},
                                   {"detail", one.detail}});
    rows.push_back({one.problem_id, std::to_string(one.attempt),
                    std::string(judges::verdict_name(one.first)),
                    std::string(judges::verdict_name(one.second)), one.reason,
                    printable(shorten(replace_all(one.detail, "\n", " "), 80))});
  }
  if (context.json) {
    print_json(json);
    return ExitCode::Done;
  }
  if (!comparison.differences.empty()) print_result(format_table(rows));
  print_result(fmt::format("{} programs compared, {} differ, {} not compared", comparison.compared,
                           comparison.differences.size(), comparison.skipped));
  return ExitCode::Done;
}

ExitCode breakdown(const Context& context, const Options& options) {
  const SystemClock clock;
  auto store = open_store(options, clock);
  if (!store) return report_error(store.error());
  const auto run = (*store)->find_run(options.run_id);
  if (!run) return report_error(run.error());
  const auto problems = (*store)->problems(run->manifest.run_id);
  if (!problems) return report_error(problems.error());
  const auto attempts = (*store)->attempts(run->manifest.run_id, false);
  if (!attempts) return report_error(attempts.error());
  const std::string& cutoff =
      options.cutoff.empty() ? run->manifest.training_cutoff : options.cutoff;
  const auto rows = evaluator::livecodebench_breakdown(*problems, *attempts, cutoff);
  Json json = {{"run_id", run->manifest.run_id},
               {"suite", run->manifest.suite_title},
               {"training_cutoff", cutoff.empty() ? Json(nullptr) : Json(cutoff)},
               {"rows", Json::array()}};
  const bool any_unresolved =
      std::ranges::any_of(rows, [](const auto& row) { return row.attempts_unresolved > 0; });
  std::vector<std::vector<std::string>> table = {{"BY", "VALUE", "PROBLEMS"}};
  if (any_unresolved) table[0].emplace_back("UNRESOLVED");
  for (const auto& row : rows) {
    Json scores = Json::object();
    std::vector<std::string> cells = {row.dimension, row.value, std::to_string(row.problems)};
    const bool is_open = row.attempts_unresolved > 0;
    if (any_unresolved) {
      cells.push_back(is_open ? fmt::format("{} of {}", row.attempts_unresolved, row.attempts)
                              : "-");
    }
    for (const auto& score : row.scores) {
      const std::string name = fmt::format("pass@{}", score.k);
      const evaluator::Interval& interval = score.share.interval;
      scores[name] = {{"value", score.value},
                      {"low", interval.low},
                      {"high", interval.high},
                      {"lower_bound", score.value},
                      {"upper_bound", score.upper_bound}};
      if (table.size() == 1) {
        table[0].push_back(fmt::format("PASS@{}", score.k));
        table[0].emplace_back("95 %");
        if (any_unresolved) table[0].emplace_back("BOUNDS");
      }
      cells.push_back(fmt::format("{:.1f} %", score.value * 100));
      cells.push_back(fmt::format("{:.1f} % to {:.1f} %", interval.low * 100, interval.high * 100));
      if (any_unresolved) {
        cells.push_back(is_open ? fmt::format("{:.1f} % to {:.1f} %", score.value * 100,
                                              score.upper_bound * 100)
                                : "-");
      }
    }
    json["rows"].push_back({{"dimension", row.dimension},
                            {"value", row.value},
                            {"problems", row.problems},
                            {"attempts", row.attempts},
                            {"attempts_unresolved", row.attempts_unresolved},
                            {"scores", std::move(scores)}});
    table.push_back(std::move(cells));
  }
  if (context.json) {
    print_json(json);
    return ExitCode::Done;
  }
  print_result(run->manifest.suite_title + "\n\n" + format_table(table));
  if (any_unresolved) {
    print_result(
        "\nUnresolved attempts (IE, JE, not judged) count as wrong; the bounds are the scores had "
        "all of them been wrong, or right.");
  }
  return ExitCode::Done;
}

// The official format knows right and wrong only.
Result<void> narrate_unjudged(const Context& context, Store& store, const std::string& run_id) {
  const auto attempts =
      EVAL_TRY(store.attempts(EVAL_TRY(store.find_run(run_id)).manifest.run_id, false));
  const auto unjudged = std::ranges::count_if(
      attempts, [](const evaluator::Attempt& attempt) { return attempt.judgements.empty(); });
  if (unjudged > 0) {
    narrate(context, fmt::format("warning: {} of {} attempts have no verdict, and are false in "
                                 "graded_list",
                                 unjudged, attempts.size()));
  }
  return {};
}

Result<std::string> exported_text(const Context& context, Store& store, const Options& options) {
  if (options.format == "swe-bench-predictions") {
    return evaluator::swe_bench_predictions(store, options.run_id);
  }
  if (options.format == "recording") return evaluator::run_recording(store, options.run_id);
  Json json;
  if (options.format == "swe-bench") {
    json = EVAL_TRY(evaluator::swe_bench_run_report(store, options.run_id));
  } else if (options.format == "swe-bench-instances") {
    json = EVAL_TRY(evaluator::swe_bench_instance_reports(store, options.run_id));
  } else {
    problems::Suite suite;
    if (!options.suite.empty()) {
      suite = EVAL_TRY(problems::load_suite(options.suite, load_options(context)));
    }
    json = EVAL_TRY(evaluator::livecodebench_eval_all(store, options.run_id,
                                                      options.suite.empty() ? nullptr : &suite));
    EVAL_TRY(narrate_unjudged(context, store, options.run_id));
  }
  return to_json_text(json) + "\n";
}

ExitCode export_run(const Context& context, const Options& options) {
  const SystemClock clock;
  auto store = open_store(options, clock);
  if (!store) return report_error(store.error());
  const auto text = exported_text(context, **store, options);
  if (!text) return report_error(text.error());
  if (options.file == "-") {
    print_result(*text);
    return ExitCode::Done;
  }
  const auto written = write_output_file(options.file, *text);
  return written ? ExitCode::Done : report_error(written.error());
}

CLI::App* add(CLI::App& app, Action& chosen, const std::string& name, const std::string& help,
              ExitCode (*command)(const Context&, const Options&),
              std::shared_ptr<Options>& options) {
  CLI::App* added = app.add_subcommand(name, help);
  options = std::make_shared<Options>();
  added->add_option("--db", options->db, "Database of results")->envname("EVALCTL_DB");
  added->callback([&chosen, options, command] {
    chosen = [options, command](const Context& context) { return command(context, *options); };
  });
  return added;
}

}  // namespace

void add_livecodebench_commands(CLI::App& app, Action& chosen) {
  std::shared_ptr<Options> options;
  CLI::App* command =
      add(app, chosen, "compare-semantics",
          "List the programs whose verdict differs between two runs of one recording, or between a "
          "run and the verdicts in LiveCodeBench's output, and why",
          compare_semantics, options);
  command->add_option("first", options->run_id, "Run id, or a file like _eval_all.json")
      ->required();
  command->add_option("second", options->second_run_id, "Likewise; one of the two is a run")
      ->required();

  command =
      add(app, chosen, "breakdown",
          "Scores of a LiveCodeBench run by difficulty, platform and month", breakdown, options);
  command->add_option("--run-id", options->run_id, "Run to look at (default: the latest)");
  command
      ->add_option("--cutoff", options->cutoff,
                   "Day up to which the model was trained (2024-09-01), instead of what the run "
                   "was begun with: scores before and from it")
      ->check(evaluator::day_fault);

  command = add(app, chosen, "export", "Write a run as a recording, or in another harness's format",
                export_run, options);
  command
      ->add_option(
          "format", options->format,
          "recording: for --model replay:FILE; lcb-output: LiveCodeBench's _eval_all.json; "
          "swe-bench: its run report; "
          "swe-bench-instances: the instances' reports; swe-bench-predictions: the patches")
      ->required()
      ->check(CLI::IsMember({"recording", "lcb-output", "swe-bench", "swe-bench-instances",
                             "swe-bench-predictions"}));
  command->add_option("file", options->file, "File to write (- is stdout)")->required();
  command->add_option("--run-id", options->run_id, "Run to write (default: the latest)");
  command->add_option(
      "--suite", options->suite,
      "Data set of the run: for starter code and test data, which the database does not keep");
}

}  // namespace eval::cli
