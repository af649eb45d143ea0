#include "evaluator/people_marks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "evaluator/strategies/parameters.h"
#include "evaluator/strategy.h"
#include "judges/proof/proof_judge.h"

namespace eval::evaluator {
namespace {

using judges::proof::kMarkMax;

constexpr std::string_view kFormat = "evalctl-marks-1";
// Points are entered by hand; a fraction beyond a hundredth is a slip.
constexpr double kTolerance = 1e-9;

// The proof of an attempt: what was extracted for a judge, else what would be. Empty if there is none,
// or if the attempt's strategy is still under way.
std::string proof_of(const Attempt& attempt, const Strategy& strategy,
                     const ProblemSnapshot& snapshot) {
  if (attempt.submission) {
    if (const auto* proof = std::get_if<judges::Proof>(&attempt.submission->submission)) {
      return proof->text;
    }
  }
  if (attempt.generations.empty()) return "";
  problems::Problem problem;
  problem.id = snapshot.id;
  problem.statement = snapshot.statement;
  problem.content_hash = snapshot.content_hash;
  problem.task = problems::ProofTask{};
  // Which turn is chosen depends on the generations, not on the first prompt's words.
  const runners::Prompt first;
  const StrategyView view{problem, first, attempt.generations};
  if (strategy.has_turns && !strategy.next(view).empty()) return "";
  const std::string& text = attempt.generations[strategy.chosen(view)].text;
  std::string section = solution_section(text);
  return section.empty() ? text : section;
}

std::map<std::int64_t, std::vector<HumanMarkRow>> by_attempt(std::vector<HumanMarkRow> marks) {
  std::map<std::int64_t, std::vector<HumanMarkRow>> result;
  for (HumanMarkRow& mark : marks) result[mark.attempt_id].push_back(std::move(mark));
  return result;
}

const ProblemSnapshot* find_problem(const std::vector<ProblemSnapshot>& problems,
                                    const std::string& id) {
  const auto found = std::ranges::find(problems, id, &ProblemSnapshot::id);
  return found == problems.end() ? nullptr : &*found;
}

bool is_wanted(const PeopleVerdict& verdict, const FormOptions& options) {
  const bool marked_it = std::ranges::any_of(
      verdict.marks, [&](const HumanMarkRow& mark) { return mark.grader == options.grader; });
  if (marked_it) return false;
  return options.proofs == FormProofs::All || verdict.state != PeopleState::Settled;
}

reports::GradeFormItem item_of(const ProblemSnapshot& problem, std::string proof) {
  reports::GradeFormItem item;
  item.problem = problem.title;
  item.statement = problem.statement;
  item.statement_format = problem.statement_format;
  item.points_max = problem.points_max;
  item.proof = std::move(proof);
  if (problem.proof) {
    item.reference_solution = problem.proof->reference_solution;
    item.guidelines = problem.proof->grading_guidelines;
    for (const problems::SchemePart& part : problem.proof->scheme) {
      item.parts.push_back({part.title, part.points, part.description});
    }
  }
  return item;
}

template <class T>
void shuffle(std::vector<T>& values, SplitMix64& random) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
}

// --- reading a saved form

Result<HumanMarkRow> read_mark(const Json& json) {
  HumanMarkRow mark;
  mark.code = EVAL_TRY(read_string(json, "code"));
  mark.comment = EVAL_TRY(read_string(json, "comment"));
  if (find_member(json, "points") == nullptr) {
    return fail(ErrorCode::BadInput, fmt::format("the mark of \"{}\" has no points", mark.code));
  }
  mark.points = EVAL_TRY(read_number(json, "points", 0));
  const Json* parts = find_member(json, "parts");
  if (parts == nullptr) return mark;
  for (const Json& part : *parts) {
    const bool is_pair =
        part.is_array() && part.size() == 2 && part[0].is_number_integer() && part[1].is_number();
    if (!is_pair) {
      return fail(ErrorCode::BadInput, fmt::format("the parts of \"{}\" are malformed", mark.code));
    }
    mark.parts.emplace_back(part[0].get<int>(), part[1].get<double>());
  }
  return mark;
}

struct SavedForm {
  std::string name;
  std::vector<HumanMarkRow> marks;
};

Result<SavedForm> read_saved(std::string_view text, const std::string& where) {
  const Json json = EVAL_TRY(parse_json(text, where));
  if (EVAL_TRY(read_string(json, "format")) != kFormat) {
    return fail(ErrorCode::BadInput,
                fmt::format("the file does not say \"format\": \"{}\"", kFormat), where,
                "import what the form of `evalctl grade export` saved");
  }
  SavedForm saved;
  saved.name = EVAL_TRY(read_string(json, "form"));
  const Json* marks = find_member(json, "marks");
  if (marks == nullptr || !marks->is_array()) {
    return fail(ErrorCode::BadInput, "the file has no list of marks", where);
  }
  for (const Json& mark : *marks) saved.marks.push_back(EVAL_TRY_IN(read_mark(mark), where));
  return saved;
}

// Marks against the form and the problems they are of.
Result<void> check_marks(Store& store, const GradeFormRow& form, const SavedForm& saved,
                         const std::string& where) {
  std::map<std::string, std::int64_t> attempt_by_code;
  for (const GradeFormRow::Item& item : form.items) attempt_by_code[item.code] = item.attempt_id;
  const auto problems = EVAL_TRY(store.problems(form.run_id));
  std::map<std::int64_t, double> points_max;
  for (const Attempt& attempt : EVAL_TRY(store.attempts(form.run_id, false))) {
    if (const ProblemSnapshot* problem = find_problem(problems, attempt.problem_id)) {
      points_max[attempt.id] = problem->points_max;
    }
  }
  std::vector<Error> faults;
  const auto fault = [&](std::string what) {
    faults.push_back(Error{ErrorCode::BadInput, std::move(what), where, "", 0, {}});
  };
  for (const HumanMarkRow& mark : saved.marks) {
    const auto found = attempt_by_code.find(mark.code);
    if (found == attempt_by_code.end()) {
      fault(fmt::format("the form has no proof \"{}\"", mark.code));
    } else if (!(mark.points >= 0 && mark.points <= points_max[found->second])) {
      fault(fmt::format("the mark {} of \"{}\" is not from 0 to {}", mark.points, mark.code,
                        points_max[found->second]));
    }
  }
  if (!faults.empty()) return fail(combine(std::move(faults)));
  return {};
}

}  // namespace

PeopleVerdict settle(std::vector<HumanMarkRow> marks, double points_max) {
  PeopleVerdict verdict;
  for (HumanMarkRow& mark : marks) {
    const auto same = std::ranges::find(verdict.marks, mark.grader, &HumanMarkRow::grader);
    if (same == verdict.marks.end()) {
      verdict.marks.push_back(std::move(mark));
    } else {
      *same = std::move(mark);
    }
  }
  if (verdict.marks.empty()) return verdict;
  verdict.state = PeopleState::Waiting;
  if (verdict.marks.size() == 1) return verdict;
  std::vector<double> points;
  for (const HumanMarkRow& mark : verdict.marks) points.push_back(mark.points);
  std::sort(points.begin(), points.end());
  const double spread = (points.back() - points.front()) * kMarkMax / points_max;
  if (points.size() == 2 && spread > kDisputeMarks + kTolerance) {
    verdict.state = PeopleState::Disputed;
    return verdict;
  }
  verdict.state = PeopleState::Settled;
  const std::size_t middle = points.size() / 2;
  verdict.points =
      points.size() % 2 == 1 ? points[middle] : (points[middle - 1] + points[middle]) / 2;
  return verdict;
}

judges::Judgement people_judgement(const PeopleVerdict& verdict, const ProblemSnapshot& problem) {
  judges::Judgement judgement;
  const double points = verdict.points.value_or(0);
  judgement.points = points;
  judgement.verdict = judges::proof::verdict_of_mark(points * kMarkMax / problem.points_max);
  std::vector<std::string> names;
  std::map<int, std::vector<double>> parts;
  for (const HumanMarkRow& mark : verdict.marks) {
    judges::TestResult test;
    test.testcase = fmt::format("grading {:02} ({})", names.size() + 1, mark.grader);
    test.points = mark.points * kMarkMax / problem.points_max;
    test.verdict = judges::proof::verdict_of_mark(*test.points);
    test.run_status = "marked";
    test.checker_message = mark.comment;
    judgement.tests.push_back(std::move(test));
    names.push_back(mark.grader);
    for (const auto& [number, part_points] : mark.parts) parts[number].push_back(part_points);
  }
  const std::vector<problems::SchemePart> scheme =
      problem.proof ? problem.proof->scheme : std::vector<problems::SchemePart>{};
  for (const auto& [number, values] : parts) {
    if (number < 1 || static_cast<std::size_t>(number) > scheme.size()) continue;
    const problems::SchemePart& part = scheme[static_cast<std::size_t>(number) - 1];
    const double median =
        judges::proof::aggregate_marks(values, judges::proof::MarkAggregation::Median);
    judgement.subtasks.push_back({fmt::format("{}. {}", number, part.title),
                                  median >= part.points ? judges::Verdict::AC
                                  : median > 0          ? judges::Verdict::PC
                                                        : judges::Verdict::WA,
                                  median, part.points});
  }
  if (!judgement.subtasks.empty()) {
    judgement.subtasks.push_back({"proof", judgement.verdict, points, problem.points_max});
  }
  judgement.fingerprint = std::string(judges::proof::kPeopleFingerprint) + join(names, ", ");
  judgement.detail = fmt::format("marked by {} people: {}", names.size(),
                                 names.size() == 2 ? "the mean" : "the median");
  return judgement;
}

Result<reports::GradeForm> make_grade_form(Store& store, const std::string& run_id,
                                           const FormOptions& options) {
  const RunSummary run = EVAL_TRY(store.find_run(run_id));
  const std::string& id = run.manifest.run_id;
  const std::vector<ProblemSnapshot> problems = EVAL_TRY(store.problems(id));
  auto marks = by_attempt(EVAL_TRY(store.human_marks(id)));
  const Strategy strategy = EVAL_TRY(strategy_from_name(run.manifest.strategy));
  struct Entry {
    std::int64_t attempt_id;
    reports::GradeFormItem item;
  };
  std::vector<Entry> entries;
  for (const Attempt& attempt : EVAL_TRY(store.attempts(id, true))) {
    const ProblemSnapshot* problem = find_problem(problems, attempt.problem_id);
    const bool is_proof = problem != nullptr && problem->kind == "proof" && problem->proof &&
                          !problem->proof->is_answer_only;
    if (!is_proof) continue;
    if (!is_wanted(settle(marks[attempt.id], problem->points_max), options)) continue;
    std::string proof = proof_of(attempt, strategy, *problem);
    if (trim(proof).empty()) continue;
    entries.push_back({attempt.id, item_of(*problem, std::move(proof))});
  }
  if (entries.empty()) {
    return fail(ErrorCode::NotFound,
                fmt::format("run \"{}\" has no proof for \"{}\" to mark", id, options.grader), {},
                "`evalctl grade status` shows what is settled");
  }
  SplitMix64 random(derive_seed(options.seed, id + "\n" + options.grader, 0));
  shuffle(entries, random);
  const std::uint64_t nonce = random_bits();
  GradeFormRow row;
  row.run_id = id;
  row.grader = options.grader;
  row.name = sha256_hex(fmt::format("form {} {} {}", id, options.grader, nonce)).substr(0, 12);
  reports::GradeForm form;
  form.name = row.name;
  form.grader = options.grader;
  form.title = fmt::format("{} proofs to mark", entries.size());
  for (Entry& entry : entries) {
    entry.item.code =
        sha256_hex(fmt::format("proof {} {} {}", row.name, entry.attempt_id, nonce)).substr(0, 10);
    row.items.push_back({entry.item.code, entry.attempt_id});
    form.items.push_back(std::move(entry.item));
  }
  EVAL_TRY(store.add_form(row));
  return form;
}

Result<ImportOutcome> import_marks(Store& store, std::string_view json, const std::string& where) {
  const SavedForm saved = EVAL_TRY(read_saved(json, where));
  const GradeFormRow form = EVAL_TRY(store.find_form(saved.name));
  EVAL_TRY(check_marks(store, form, saved, where));
  EVAL_TRY(store.add_human_marks(form.name, saved.marks));
  ImportOutcome outcome;
  outcome.form = form.name;
  outcome.run_id = form.run_id;
  outcome.grader = form.grader;
  outcome.marks = static_cast<int>(saved.marks.size());
  const std::vector<ProblemSnapshot> problems = EVAL_TRY(store.problems(form.run_id));
  auto marks = by_attempt(EVAL_TRY(store.human_marks(form.run_id)));
  const RunSummary run = EVAL_TRY(store.find_run(form.run_id));
  const Strategy strategy = EVAL_TRY(strategy_from_name(run.manifest.strategy));
  for (const Attempt& attempt : EVAL_TRY(store.attempts(form.run_id, true))) {
    const bool is_on_form = std::ranges::any_of(form.items, [&](const GradeFormRow::Item& item) {
      return item.attempt_id == attempt.id &&
             std::ranges::find(saved.marks, item.code, &HumanMarkRow::code) != saved.marks.end();
    });
    const ProblemSnapshot* problem = find_problem(problems, attempt.problem_id);
    if (!is_on_form || problem == nullptr) continue;
    const PeopleVerdict verdict = settle(marks[attempt.id], problem->points_max);
    outcome.waiting += verdict.state == PeopleState::Waiting ? 1 : 0;
    outcome.disputed += verdict.state == PeopleState::Disputed ? 1 : 0;
    if (verdict.state != PeopleState::Settled) continue;
    ++outcome.settled;
    const ExtractedSubmission submission =
        attempt.submission
            ? *attempt.submission
            : ExtractedSubmission{judges::Proof{proof_of(attempt, strategy, *problem)}, "on form"};
    EVAL_TRY(store.add_judgement(attempt.id, submission, people_judgement(verdict, *problem)));
  }
  return outcome;
}

}  // namespace eval::evaluator
