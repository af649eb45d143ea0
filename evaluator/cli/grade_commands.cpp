#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "base/clock.h"
#include "base/files.h"
#include "base/output_file.h"
#include "evaluator/cli/commands.h"
#include "evaluator/grading_report_builder.h"
#include "evaluator/people_marks.h"
#include "evaluator/store/store.h"
#include "reports/grading_page.h"

namespace eval::cli {
namespace {

using evaluator::OpenMode;
using evaluator::Store;

struct GradeOptions {
  std::string db = "evalctl.db";
  std::string run_id;
  std::string grader;
  std::string file;
  std::string out;
  std::uint64_t seed = 0;
  bool all = false;
};

ExitCode export_form(const Context& context, const GradeOptions& options) {
  const SystemClock clock;
  const auto store = Store::open(options.db, OpenMode::ReadWrite, clock);
  if (!store) return report_error(store.error());
  const auto form = evaluator::make_grade_form(
      **store, options.run_id,
      {.grader = options.grader,
       .seed = options.seed,
       .proofs = options.all ? evaluator::FormProofs::All : evaluator::FormProofs::Open});
  if (!form) return report_error(form.error());
  const std::string out =
      options.out.empty() ? fmt::format("form-{}.html", form->name) : options.out;
  const auto written = write_output_file(out, reports::to_grade_form(*form));
  if (!written) return report_error(written.error());
  if (context.json) {
    print_json({{"form", form->name},
                {"grader", form->grader},
                {"proofs", form->items.size()},
                {"file", out}});
  } else {
    print_result(fmt::format("{}: {} proofs for {}", out, form->items.size(), form->grader));
  }
  narrate(context, fmt::format("open it in a browser, save the marks, then: evalctl grade import "
                               "marks-{}.json --db {}",
                               form->name, options.db));
  return ExitCode::Done;
}

ExitCode import_form(const Context& context, const GradeOptions& options) {
  const SystemClock clock;
  const auto text = read_file(options.file);
  if (!text) return report_error(text.error());
  const auto store = Store::open(options.db, OpenMode::ReadWrite, clock);
  if (!store) return report_error(store.error());
  const auto outcome = evaluator::import_marks(**store, *text, options.file);
  if (!outcome) return report_error(outcome.error());
  if (context.json) {
    print_json({{"form", outcome->form},
                {"run_id", outcome->run_id},
                {"grader", outcome->grader},
                {"marks", outcome->marks},
                {"settled", outcome->settled},
                {"waiting", outcome->waiting},
                {"disputed", outcome->disputed}});
    return ExitCode::Done;
  }
  print_result(fmt::format(
      "{} marks by {}: {} proofs are settled, {} wait for a second marker, {} need a third",
      outcome->marks, outcome->grader, outcome->settled, outcome->waiting, outcome->disputed));
  return ExitCode::Done;
}

std::string_view state_name(evaluator::PeopleState state) {
  switch (state) {
    case evaluator::PeopleState::None:
      return "no mark";
    case evaluator::PeopleState::Waiting:
      return "needs a second marker";
    case evaluator::PeopleState::Disputed:
      return "needs a third marker";
    case evaluator::PeopleState::Settled:
      return "settled";
  }
  return "";
}

// Where the marks of people stand. Tells who marked what: for organisers, not for markers.
Result<std::vector<std::vector<std::string>>> status_rows(Store& store, const std::string& run_id) {
  const auto run = EVAL_TRY(store.find_run(run_id));
  std::map<std::string, double> points_max;
  for (const auto& problem : EVAL_TRY(store.problems(run.manifest.run_id))) {
    points_max[problem.id] = problem.points_max;
  }
  std::map<std::int64_t, std::vector<evaluator::HumanMarkRow>> marks;
  for (auto& mark : EVAL_TRY(store.human_marks(run.manifest.run_id))) {
    marks[mark.attempt_id].push_back(std::move(mark));
  }
  std::vector<std::vector<std::string>> rows = {{"PROBLEM", "ATTEMPT", "MARKS", "STATE"}};
  for (const auto& attempt : EVAL_TRY(store.attempts(run.manifest.run_id, false))) {
    const auto verdict = evaluator::settle(marks[attempt.id], points_max[attempt.problem_id]);
    std::string shown;
    for (const auto& mark : verdict.marks) {
      shown += fmt::format("{}{} {:g}", shown.empty() ? "" : ", ", mark.grader, mark.points);
    }
    rows.push_back({attempt.problem_id, std::to_string(attempt.index), shown.empty() ? "-" : shown,
                    std::string(state_name(verdict.state))});
  }
  return rows;
}

ExitCode status(const Context& context, const GradeOptions& options) {
  const SystemClock clock;
  const auto store = Store::open(options.db, OpenMode::ReadOnly, clock);
  if (!store) return report_error(store.error());
  const auto rows = status_rows(**store, options.run_id);
  if (!rows) return report_error(rows.error());
  if (context.json) {
    Json list = Json::array();
    for (std::size_t i = 1; i < rows->size(); ++i) {
      const auto& row = (*rows)[i];
      list.push_back(
          {{"problem", row[0]}, {"attempt", row[1]}, {"marks", row[2]}, {"state", row[3]}});
    }
    print_json({{"proofs", std::move(list)}});
  } else {
    print_result(format_table(*rows));
  }
  return ExitCode::Done;
}

ExitCode report(const Context& context, const GradeOptions& options) {
  const SystemClock clock;
  const auto store = Store::open(options.db, OpenMode::ReadOnly, clock);
  if (!store) return report_error(store.error());
  const auto model = evaluator::build_grading_report(**store, options.run_id);
  if (!model) return report_error(model.error());
  if (options.out.empty()) {
    print_result(reports::to_grading_text(*model));
    return ExitCode::Done;
  }
  const auto written = write_output_file(options.out, reports::to_grading_html(*model));
  if (!written) return report_error(written.error());
  narrate(context, fmt::format("wrote {}", options.out));
  return ExitCode::Done;
}

using Command = ExitCode (*)(const Context&, const GradeOptions&);

std::shared_ptr<GradeOptions> add(CLI::App& group, Action& chosen, const char* name,
                                  const char* description, Command command) {
  CLI::App* added = group.add_subcommand(name, description);
  auto options = std::make_shared<GradeOptions>();
  added->add_option("--db", options->db, "Database of results")->envname("EVALCTL_DB");
  added->callback([&chosen, options, command] {
    chosen = [options, command](const Context& context) { return command(context, *options); };
  });
  return options;
}

}  // namespace

void add_grade_commands(CLI::App& app, Action& chosen) {
  CLI::App* group =
      app.add_subcommand("grade", "Marks of proofs: forms for people, and the report");
  group->require_subcommand(1);
  const char* kRun = "Run (default: the latest)";
  auto form = add(*group, chosen, "export",
                  "Write a blinded HTML form with the proofs of a run for one person", export_form);
  CLI::App* form_command = group->get_subcommand("export");
  form_command->add_option("--run-id,run", form->run_id, kRun);
  form_command->add_option("--grader", form->grader, "Who will mark")->required();
  form_command->add_option("--out", form->out, "File to write (default: form-ID.html)");
  form_command->add_option("--seed", form->seed, "Seed of the order");
  form_command->add_flag("--all", form->all, "Also proofs whose mark is settled");

  auto marks = add(*group, chosen, "import", "Read the marks a form saved", import_form);
  group->get_subcommand("import")
      ->add_option("file", marks->file, "The saved JSON file")
      ->required();

  auto state = add(*group, chosen, "status", "Where the marks of people stand", status);
  group->get_subcommand("status")->add_option("--run-id,run", state->run_id, kRun);

  auto view =
      add(*group, chosen, "report",
          "Marks, comments side by side, totals and what the grader's card makes of them", report);
  group->get_subcommand("report")->add_option("--run-id,run", view->run_id, kRun);
  group->get_subcommand("report")->add_option("--html", view->out, "Write it as an HTML page");
}

}  // namespace eval::cli
