#include "problems/livecodebench_prediction.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "base/compression.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "problems/livecodebench_members.h"
#include "problems/livecodebench_row.h"

namespace eval::problems {
namespace {

using Kind = PredictionTask::Kind;

constexpr std::string_view kTestOutputSuite = "livecodebench-test-output";
constexpr std::string_view kExecutionSuite = "livecodebench-execution";
// What Problem::source has behind the facts that rows of code generation have, too.
constexpr std::string_view kTestOutputNote = "; scenario test-output-prediction";
constexpr std::string_view kExecutionNote = "; scenario code-execution";
// Bumped when the same row would become a different problem.
constexpr std::string_view kHashVersion = "evalctl-livecodebench-prediction-1";

// Which data set a row is of, by the members that only its rows have.
std::optional<Kind> kind_of(const Json& row) {
  const auto has = [&](std::string_view key) { return find_member(row, key) != nullptr; };
  if (has("test_id") && has("test") && has("question_content")) return Kind::TestOutput;
  if (has("id") && has("code") && has("input") && has("output")) return Kind::CodeExecution;
  return std::nullopt;
}

bool starts_with_a_row(const fs::path& file) {
  const std::string name = file.filename().string();
  if (!name.ends_with(".jsonl") && !name.ends_with(".jsonl.gz")) return false;
  auto reader = LineReader::open(file);
  std::string line;
  if (!reader || !reader->next(line).value_or(false)) return false;
  // Rows of code generation have tests of any size, which nobody wants to parse in vain.
  if (line.find("\"public_test_cases\"") != line.npos) return false;
  const auto row = parse_json(line, "row");
  return row && kind_of(*row).has_value();
}

// The one function that `code` defines; "" if there is none or more than one. Starter code has nothing in
// which "def" could stand otherwise but comments.
std::string defined_function(std::string_view code) {
  std::string name;
  for (const std::string_view line : split_lines(code)) {
    std::string_view text = trim(line);
    if (text.starts_with("async ")) text = trim(text.substr(6));
    if (!text.starts_with("def ")) continue;
    text = trim(text.substr(4));
    if (!name.empty()) return {};
    name = trim(text.substr(0, text.find('(')));
  }
  return name;
}

struct RowParts {
  PredictionTask task;
  LiveCodeBenchFacts facts;
  std::string slug;
  std::string title;
  std::string statement;
};

RowParts test_output_parts(LiveCodeBenchMembers& members) {
  RowParts parts;
  parts.facts.question_id = members.id("question_id");
  parts.slug = parts.facts.question_id + "_" + members.id("test_id");
  parts.title = members.text("question_title");
  parts.statement = members.text("question_content");
  parts.task.kind = Kind::TestOutput;
  parts.task.code = members.text("starter_code");
  // The official runner asks for the name in the starter code.
  parts.task.function_name = defined_function(parts.task.code);
  if (parts.task.function_name.empty()) {
    members.fault("\"starter_code\" does not define one function");
  }
  const auto tests = read_livecodebench_tests(members.text("test"));
  if (!tests) {
    members.fault("\"test\": " + tests.error().what);
  } else if (tests->empty()) {
    members.fault("\"test\" has no test");
  } else {
    parts.task.input = tests->front().input;
    parts.task.expected = tests->front().output;
  }
  return parts;
}

RowParts execution_parts(LiveCodeBenchMembers& members) {
  RowParts parts;
  parts.facts.question_id = members.id("question_id");
  parts.slug = members.text("id");
  parts.task.kind = Kind::CodeExecution;
  parts.task.function_name = members.optional_text("function_name");
  parts.task.code = members.text("code");
  parts.task.input = members.text("input");
  parts.task.expected = members.text("output");
  parts.title = parts.task.function_name;
  parts.statement = fmt::format(
      "```python\n{}\n```\n\nWhat is the value of this call?\n\n"
      "```python\n{}\n```\n",
      parts.task.code, parts.task.input);
  return parts;
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() < 128 && name.front() != '.' &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.';
         });
}

// Officially by question and number of the test, and by the number in "sample_12".
std::tuple<std::string, long long, std::string> place_of(const Problem& problem) {
  const std::size_t bar = problem.slug.rfind('_');
  const auto number =
      bar == problem.slug.npos ? std::nullopt : parse_integer(problem.slug.substr(bar + 1));
  return {number ? problem.slug.substr(0, bar) : problem.slug, number.value_or(0), problem.slug};
}

Result<void> expect_plain_selection(const LiveCodeBenchSelection& selection) {
  for (const auto& [value, flag] : {std::pair{selection.release, "release"},
                                    {selection.window, "window"},
                                    {selection.without_errata ? "yes" : "", "without-errata"}}) {
    if (std::string_view(value).empty()) continue;
    return fail(ErrorCode::Usage,
                fmt::format("--{} is about LiveCodeBench's code generation, and these rows are of "
                            "another scenario",
                            flag),
                {}, "--start-date and --end-date choose among rows that have dates");
  }
  return {};
}

bool is_selected(const Problem& problem, const LiveCodeBenchSelection& selection) {
  const std::string date = livecodebench_facts(problem.source)->date;
  return (selection.start_date.empty() || (!date.empty() && date >= selection.start_date)) &&
         (selection.end_date.empty() || (!date.empty() && date <= selection.end_date));
}

std::string title_of(const Suite& suite, const fs::path& file,
                     const LiveCodeBenchSelection& selection) {
  const bool is_execution = suite.name == kExecutionSuite;
  std::string title = fmt::format("LiveCodeBench {}, {}",
                                  is_execution ? "code execution" : "test output prediction",
                                  file.filename().string());
  if (!selection.start_date.empty() || !selection.end_date.empty()) {
    title += fmt::format(", {}..{}", selection.start_date, selection.end_date);
  }
  return fmt::format("{}, {} problems", title, suite.problems.size());
}

}  // namespace

std::optional<fs::path> find_livecodebench_predictions(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) {
    return starts_with_a_row(path) ? std::optional(path) : std::nullopt;
  }
  std::optional<fs::path> only;
  for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".jsonl") && !name.ends_with(".jsonl.gz")) continue;
    if (only) return std::nullopt;
    only = entry.path();
  }
  return only && starts_with_a_row(*only) ? only : std::nullopt;
}

Result<Problem> read_livecodebench_prediction(std::string_view line, std::string_view where) {
  const Json row = EVAL_TRY(parse_json(line, where));
  const auto kind = kind_of(row);
  if (!kind) {
    return fail(ErrorCode::BadInput, "the row is of no data set of LiveCodeBench known here",
                std::string(where));
  }
  LiveCodeBenchMembers members(row, where);
  RowParts parts =
      *kind == Kind::TestOutput ? test_output_parts(members) : execution_parts(members);
  parts.facts.platform = "leetcode";  // all of these rows are; they do not say it
  parts.facts.difficulty = members.optional_text("difficulty");
  parts.facts.date = members.optional_day("contest_date");
  const std::string contest = members.id("contest_id");
  if (is_plain_name(contest)) parts.facts.contest_id = contest;
  if (!is_plain_name(parts.slug)) {
    members.fault(fmt::format("the id \"{}\" cannot name a problem", shorten(parts.slug, 40)));
  }
  EVAL_TRY(members.end());

  Problem problem;
  problem.suite = *kind == Kind::TestOutput ? kTestOutputSuite : kExecutionSuite;
  problem.slug = parts.slug;
  problem.id = problem.suite + "/" + problem.slug;
  problem.title = parts.title;
  problem.statement = parts.statement;
  problem.source = to_source(parts.facts);
  problem.source += *kind == Kind::TestOutput ? kTestOutputNote : kExecutionNote;
  problem.format_name = problem.suite;
  problem.content_hash = ContentHash()
                             .add(kHashVersion)
                             .add(problem.suite)
                             .add(problem.title)
                             .add(problem.statement)
                             .add(parts.task.code)
                             .add(parts.task.input)
                             .add(parts.task.expected)
                             .hex();
  ProofTask task;
  task.is_answer_only = true;
  task.short_answer = parts.task.expected;
  task.grading_guidelines = std::string(trim(line));
  problem.task = std::move(task);
  return problem;
}

std::optional<PredictionTask::Kind> prediction_kind(std::string_view source) {
  if (source.ends_with(kTestOutputNote)) return Kind::TestOutput;
  if (source.ends_with(kExecutionNote)) return Kind::CodeExecution;
  return std::nullopt;
}

std::optional<PredictionTask> prediction_task(const Problem& problem) {
  const auto kind = prediction_kind(problem.source);
  const auto* task = std::get_if<ProofTask>(&problem.task);
  if (!kind || task == nullptr) return std::nullopt;
  const auto row = parse_json(task->grading_guidelines, problem.id);
  if (!row) return std::nullopt;
  LiveCodeBenchMembers members(*row, problem.id);
  return *kind == Kind::TestOutput ? test_output_parts(members).task
                                   : execution_parts(members).task;
}

std::string_view asked_for(const Problem& problem) {
  const auto* task = std::get_if<ProofTask>(&problem.task);
  if (task == nullptr) return task_kind_name(problem);
  if (const auto kind = prediction_kind(problem.source)) {
    return *kind == Kind::TestOutput ? "test output prediction" : "code execution";
  }
  return task->is_answer_only ? "answer" : task_kind_name(problem);
}

Result<Suite> load_livecodebench_predictions(const fs::path& file,
                                             const LiveCodeBenchSelection& selection) {
  EVAL_TRY(expect_plain_selection(selection));
  Suite suite;
  suite.directory = file.parent_path();
  LineReader reader = EVAL_TRY(LineReader::open(file));
  std::set<std::string> seen;
  std::string line;
  for (int number = 1; EVAL_TRY(reader.next(line)); ++number) {
    if (trim(line).empty()) continue;
    const std::string where = fmt::format("{}: line {}", file.filename().string(), number);
    auto problem = read_livecodebench_prediction(line, where);
    if (!problem) {
      suite.refused.push_back({where, std::move(problem).error()});
      continue;
    }
    if (suite.name.empty()) suite.name = problem->suite;
    if (!seen.insert(problem->id).second || problem->suite != suite.name) {
      suite.refused.push_back({problem->id, Error{ErrorCode::BadInput,
                                                  "two rows have this id, or the row is of another "
                                                  "data set than those before it",
                                                  where,
                                                  "the first one is used",
                                                  0,
                                                  {}}});
      continue;
    }
    problem->directory = file;
    if (is_selected(*problem, selection)) suite.problems.push_back(*std::move(problem));
  }
  if (suite.problems.empty() && suite.refused.empty()) {
    return fail(ErrorCode::Usage, "no row is in the chosen window", file.string(),
                "rows of the first code execution data set have no dates");
  }
  std::ranges::sort(suite.problems, {}, place_of);
  suite.title = title_of(suite, file, selection);
  return suite;
}

}  // namespace eval::problems
