#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/output_file.h"
#include "base/text.h"
#include "evaluator/cli/attempt_text.h"
#include "evaluator/cli/commands.h"
#include "evaluator/livecodebench_output.h"
#include "evaluator/report_builder.h"
#include "evaluator/store/store.h"
#include "reports/reports.h"

namespace eval::cli {
namespace {

struct StoreOptions {
  std::string db = "evalctl.db";
  std::string run_id;
};

void add_store_options(CLI::App& command, StoreOptions& options) {
  command.add_option("--db", options.db, "Database of results")->envname("EVALCTL_DB");
  command.add_option("--run-id,run", options.run_id, "Run to look at (default: the latest)");
}

Result<reports::ReportModel> load_model(const StoreOptions& options,
                                        const std::string& cutoff = {}) {
  const SystemClock clock;
  auto store = EVAL_TRY(evaluator::Store::open(options.db, evaluator::OpenMode::ReadOnly, clock));
  return evaluator::build_report(*store, options.run_id, clock, cutoff);
}

// An attempt that failed on our side has no verdict either.
ExitCode completeness(const reports::ReportModel& model) {
  const bool all_have_verdicts = !model.score.verdict_counts.contains(judges::Verdict::IE);
  return model.run.complete && all_have_verdicts ? ExitCode::Done : ExitCode::Incomplete;
}

ExitCode score(const Context& context, const StoreOptions& options) {
  auto model = load_model(options);
  if (!model) return report_error(model.error());
  if (context.json) {
    // The score part of the JSON report, without the attempts.
    for (reports::ProblemView& problem : model->problems) problem.attempts.clear();
    print_result(reports::to_json(*model));
  } else {
    print_result(
        reports::to_terminal(*model, {.colour = context.colour_out, .width = context.width}));
  }
  return completeness(*model);
}

struct ReportOptions : StoreOptions {
  std::string html, json, csv, markdown, junit, cutoff;
};

ExitCode report(const Context& context, const ReportOptions& options) {
  const auto model = load_model(options, options.cutoff);
  if (!model) return report_error(model.error());
  struct Target {
    const std::string& path;
    std::string (*write)(const reports::ReportModel&);
  };
  const Target targets[] = {{options.html, reports::to_html},
                            {options.json, reports::to_json},
                            {options.csv, reports::to_csv},
                            {options.markdown, reports::to_markdown},
                            {options.junit, reports::to_junit}};
  bool wrote = false;
  for (const Target& target : targets) {
    if (target.path.empty()) continue;
    wrote = true;
    const std::string text = target.write(*model);
    if (target.path == "-") {
      print_result(text);
      continue;
    }
    const auto written = write_output_file(target.path, text);
    if (!written) return report_error(written.error());
    narrate(context, fmt::format("wrote {}", target.path));
  }
  if (!wrote && context.json) print_result(reports::to_json(*model));
  if (!wrote && !context.json) {
    print_result(
        reports::to_terminal(*model, {.colour = context.colour_out, .width = context.width}));
  }
  return completeness(*model);
}

struct ShowOptions : StoreOptions {
  std::string problem;
  std::optional<int> attempt;
  bool all = false;
};

ExitCode list_runs(const Context& context, evaluator::Store& store) {
  const auto runs = store.runs();
  if (!runs) return report_error(runs.error());
  Json list = Json::array();
  std::vector<std::vector<std::string>> rows = {
      {"RUN", "SUITE", "MODEL", "STARTED", "PLANNED", "JUDGED", "FAILED"}};
  for (const evaluator::RunSummary& run : *runs) {
    const auto& manifest = run.manifest;
    list.push_back({{"run_id", manifest.run_id},
                    {"suite", manifest.suite},
                    {"model", manifest.model},
                    {"created_ms", manifest.created_ms},
                    {"planned", run.attempts_planned},
                    {"generated", run.attempts_generated},
                    {"judged", run.attempts_judged},
                    {"failed", run.attempts_failed}});
    rows.push_back({manifest.run_id, manifest.suite, manifest.model,
                    format_utc(manifest.created_ms), std::to_string(run.attempts_planned),
                    std::to_string(run.attempts_judged), std::to_string(run.attempts_failed)});
  }
  if (context.json)
    print_json({{"runs", list}});
  else if (runs->empty())
    narrate(context, "the database holds no run yet");
  else
    print_result(format_table(rows));
  return ExitCode::Done;
}

// Whether a table shows the problem as `name`: its title, whose end may be cut off with "…".
bool is_titled(const reports::ProblemView& problem, std::string_view name) {
  constexpr std::string_view kCut = "…";
  if (!name.ends_with(kCut)) return problem.title == name;
  name.remove_suffix(kCut.size());
  return problem.title.starts_with(name);
}

// The problem the user means: by its id or slug, or by its title if no other has the same.
Result<const reports::ProblemView*> find_problem(const reports::ReportModel& model,
                                                 const std::string& name) {
  std::vector<std::string> names;
  std::vector<const reports::ProblemView*> titled;
  for (const reports::ProblemView& problem : model.problems) {
    if (problem.id == name || problem.id.ends_with("/" + name)) return &problem;
    if (is_titled(problem, name)) titled.push_back(&problem);
    names.push_back(problem.id);
    names.push_back(problem.id.substr(problem.id.rfind('/') + 1));
    names.push_back(problem.title);
  }
  if (titled.size() == 1) return titled.front();
  if (titled.size() > 1) {
    return fail(ErrorCode::Usage,
                fmt::format("{} problems have the title \"{}\"", titled.size(), name), {},
                fmt::format("take an id, like {} or {}", titled[0]->id, titled[1]->id));
  }
  const auto closest = closest_match(name, names);
  return fail(ErrorCode::NotFound,
              fmt::format("the run \"{}\" has no problem \"{}\"", model.run.id, name), {},
              closest ? fmt::format("did you mean \"{}\"?", *closest)
                      : "`evalctl report` lists the run's problems");
}

ExitCode show(const Context& context, const ShowOptions& options) {
  const SystemClock clock;
  auto store = evaluator::Store::open(options.db, evaluator::OpenMode::ReadOnly, clock);
  if (!store) return report_error(store.error());
  if (options.problem.empty()) return list_runs(context, **store);
  auto model = evaluator::build_report(**store, options.run_id, clock);
  if (!model) return report_error(model.error());
  const auto problem = find_problem(*model, options.problem);
  if (!problem) return report_error(problem.error());
  reports::ProblemView chosen = **problem;
  if (options.attempt) {
    std::erase_if(chosen.attempts,
                  [&](const auto& view) { return view.index != *options.attempt; });
    if (chosen.attempts.empty()) {
      return report_error(
          Error{ErrorCode::NotFound,
                fmt::format("\"{}\" has no attempt {}", chosen.id, *options.attempt),
                {},
                fmt::format("attempts are numbered 0 to {}", (*problem)->attempts.size() - 1),
                0,
                {}});
    }
  }
  if (context.json) {
    model->problems = {chosen};
    print_result(reports::to_json(*model));
  } else {
    print_result(problem_text(chosen, options.attempt.has_value() || options.all));
  }
  return ExitCode::Done;
}

}  // namespace

void add_result_commands(CLI::App& app, Action& chosen) {
  CLI::App* score_command = app.add_subcommand("score", "Score a run from its database");
  auto score_options = std::make_shared<StoreOptions>();
  add_store_options(*score_command, *score_options);
  score_command->callback([&chosen, score_options] {
    chosen = [score_options](const Context& context) { return score(context, *score_options); };
  });

  CLI::App* report_command = app.add_subcommand("report", "Write reports of a run");
  auto report_options = std::make_shared<ReportOptions>();
  add_store_options(*report_command, *report_options);
  report_command->add_option("--html", report_options->html,
                             "Write the HTML scoreboard (- is stdout)");
  report_command->add_option("--json", report_options->json, "Write the JSON report");
  report_command
      ->add_option("--cutoff", report_options->cutoff,
                   "Day up to which the model was trained (2024-09-01), instead of what the run "
                   "was begun with: LiveCodeBench's scores before and from it")
      ->check(evaluator::day_fault);
  report_command->add_option("--csv", report_options->csv, "Write one CSV row per attempt");
  report_command->add_option("--markdown", report_options->markdown, "Write a Markdown summary");
  report_command->add_option("--junit", report_options->junit, "Write JUnit XML");
  report_command->callback([&chosen, report_options] {
    chosen = [report_options](const Context& context) { return report(context, *report_options); };
  });

  CLI::App* show_command =
      app.add_subcommand("show", "List the runs of a database, or show a problem's attempts");
  auto show_options = std::make_shared<ShowOptions>();
  show_command->add_option("problem", show_options->problem,
                           "Problem: its id or slug, or its title as tables show it");
  show_command->add_option("attempt", show_options->attempt, "Attempt number, from 0");
  show_command->add_option("--db", show_options->db, "Database of results")->envname("EVALCTL_DB");
  show_command->add_option("--run-id", show_options->run_id,
                           "Run to look at (default: the latest)");
  show_command->add_flag("--all", show_options->all, "Show every attempt in full");
  show_command->callback([&chosen, show_options] {
    chosen = [show_options](const Context& context) { return show(context, *show_options); };
  });
}

}  // namespace eval::cli
