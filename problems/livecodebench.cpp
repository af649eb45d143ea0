#include "problems/livecodebench.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/compression.h"
#include "base/hash.h"
#include "base/text.h"
#include "problems/livecodebench_row.h"
#include "problems/livecodebench_selection.h"

namespace eval::problems {
namespace {

constexpr std::string_view kSuite = "livecodebench";
constexpr std::string_view kSourcePrefix = "LiveCodeBench ";
constexpr std::string_view kFormat = "livecodebench";
// Bumped when the same row would become a different problem.
constexpr std::string_view kHashVersion = "evalctl-livecodebench-1";

// 6 s a test by wall clock: the official default.
constexpr std::chrono::milliseconds kTestTime{6'000};
// The official evaluator sets none; what a machine that judges several programs at once can give.
constexpr Bytes kMemory = Bytes::gib(4);
constexpr Bytes kOutput = Bytes::mib(256);
constexpr Bytes kCode = Bytes::mib(1);

// The project's errata, by question id or title slug. None of these can be judged rightly.
const std::map<std::string, std::string, std::less<>>& errata() {
  constexpr const char* kSeveral = "several answers are right and one is accepted";
  constexpr const char* kInteractive = "interactive, and judged as if it were not";
  constexpr const char* kTests = "wrong test data";
  static const std::map<std::string, std::string, std::less<>> table = {
      {"abc311_c", kSeveral},
      {"abc326_d", kSeveral},
      {"abc327_b", kSeveral},
      {"abc333_e", kSeveral},
      {"abc343_a", kSeveral},
      {"abc343_e", kSeveral},
      {"abc362_c", kSeveral},
      {"arc185_c", kSeveral},
      {"find-words-containing-character", kSeveral},
      {"find-the-peaks", kSeveral},
      {"generate-binary-strings-without-adjacent-zeros", kSeveral},
      {"abc337_e", kInteractive},
      {"abc355_e", kInteractive},
      {"abc350_c", kTests},
      {"apply-operations-to-make-string-empty", kTests},
      {"most-frequent-ids", kTests},
      {"arc189_a", kTests},
  };
  return table;
}

std::string erratum_of(const LiveCodeBenchRow& row) {
  for (const std::string& name : {row.facts.question_id, row.title}) {
    if (const auto found = errata().find(name); found != errata().end()) return found->second;
  }
  return {};
}

ProgramTask task_of(const LiveCodeBenchRow& row, std::vector<Testcase> testcases) {
  ProgramTask task;
  task.function_name = row.function_name;
  task.starter_code = row.starter_code;
  task.checker.comparison = Comparison::DecimalLines;
  task.limits.cpu_time = kTestTime;
  task.limits.memory = kMemory;
  task.limits.output = kOutput;
  task.limits.code = kCode;
  if (!row.function_name.empty()) task.languages = {"python3", "pypy3"};
  task.testcases = std::move(testcases);
  task.root.name = "data";
  for (std::size_t i = 0; i < task.testcases.size(); ++i) task.root.order.push_back({false, i});
  return task;
}

std::string hash_of(const LiveCodeBenchRow& row, const std::vector<Testcase>& testcases) {
  ContentHash hash;
  hash.add(kHashVersion).add(row.title).add(row.statement).add(row.starter_code);
  hash.add(row.function_name).add(std::to_string(testcases.size()));
  for (const Testcase& testcase : testcases) {
    hash.add(testcase.name).add(testcase.input.sha256).add(testcase.answer.sha256);
  }
  return hash.hex();
}

Result<Problem> problem_of(const LiveCodeBenchRow& row, std::string_view line,
                           const LiveCodeBenchSelection& selection) {
  std::vector<Testcase> testcases =
      EVAL_TRY(unpack_tests(row, selection.cache / sha256_hex(line).substr(0, 32)));
  if (testcases.empty()) return fail(ErrorCode::BadInput, "the row has no tests");
  Problem problem;
  problem.suite = kSuite;
  problem.slug = row.facts.question_id;
  problem.id = fmt::format("{}/{}", kSuite, problem.slug);
  problem.title = row.title;
  problem.statement = row.statement;
  problem.source = to_source(row.facts);
  problem.format_name = kFormat;
  problem.content_hash = hash_of(row, testcases);
  problem.task = task_of(row, std::move(testcases));
  if (!row.facts.erratum.empty()) {
    problem.warnings.push_back(
        fmt::format("listed in the errata of LiveCodeBench ({}); --without-errata leaves it out",
                    row.facts.erratum));
  }
  return problem;
}

bool is_selected(const LiveCodeBenchRow& row, const LiveCodeBenchPlan& plan,
                 const LiveCodeBenchSelection& selection) {
  const std::string& date = row.facts.date;
  if (!plan.start.empty() && date < plan.start) return false;
  if (!plan.end.empty() && date > plan.end) return false;
  return !selection.without_errata || row.facts.erratum.empty();
}

// What became of the rows so far.
struct Loaded {
  Suite suite;
  std::set<std::string> seen;
  int rows = 0;
  int unusable = 0;  // that no problem could be made of; a second one with the same id is no loss
  std::string first_day, last_day;  // of the rows that could be read
};

void refuse(Loaded& loaded, std::string id, Error reason) {
  loaded.suite.refused.push_back({std::move(id), std::move(reason)});
  ++loaded.unusable;
}

void note_day(Loaded& loaded, const std::string& day) {
  if (loaded.first_day.empty() || day < loaded.first_day) loaded.first_day = day;
  if (day > loaded.last_day) loaded.last_day = day;
}

// Adds the rows of one file; an Error is about the file as a whole.
Result<void> load_file(const fs::path& file, const LiveCodeBenchPlan& plan,
                       const LiveCodeBenchSelection& selection, Loaded& loaded) {
  LineReader reader = EVAL_TRY(LineReader::open(file));
  std::string line;
  for (int number = 1; EVAL_TRY(reader.next(line)); ++number) {
    if (trim(line).empty()) continue;
    ++loaded.rows;
    const std::string where = fmt::format("{}: line {}", file.filename().string(), number);
    auto row = read_livecodebench_row(line, where);
    if (!row) {
      refuse(loaded, where, std::move(row).error());
      continue;
    }
    note_day(loaded, row->facts.date);
    row->facts.erratum = erratum_of(*row);
    if (!is_selected(*row, plan, selection)) continue;
    const std::string id = fmt::format("{}/{}", kSuite, row->facts.question_id);
    if (!loaded.seen.insert(id).second) {
      loaded.suite.refused.push_back({id, Error{ErrorCode::BadInput,
                                                "two rows have this question id",
                                                where,
                                                "the first one is used",
                                                0,
                                                {}}});
      continue;
    }
    auto problem = problem_of(*row, line, selection);
    if (problem) {
      problem->directory = file;
      loaded.suite.problems.push_back(*std::move(problem));
    } else {
      refuse(loaded, id, std::move(problem).error().in(where));
    }
  }
  return {};
}

// "LiveCodeBench release_v6, ..., 452 problems (454 published), 2 rows unusable": a score is of what is left.
std::string title_with_counts(const LiveCodeBenchPlan& plan, const Loaded& loaded) {
  const std::size_t count = loaded.suite.problems.size();
  std::string title = fmt::format("{}, {} problems", plan.title, count);
  if (plan.published != 0 && static_cast<std::size_t>(plan.published) != count) {
    title += fmt::format(" ({} published)", plan.published);
  }
  if (loaded.unusable > 0) title += fmt::format(", {} rows unusable", loaded.unusable);
  return title;
}

}  // namespace

std::string to_source(const LiveCodeBenchFacts& facts) {
  std::string text = fmt::format("{}{}; platform {}; difficulty {}; date {}", kSourcePrefix,
                                 facts.question_id, facts.platform, facts.difficulty, facts.date);
  if (!facts.contest_id.empty()) text += "; contest " + facts.contest_id;
  if (!facts.erratum.empty()) text += "; erratum " + facts.erratum;
  return text;
}

std::optional<LiveCodeBenchFacts> livecodebench_facts(std::string_view source) {
  if (!source.starts_with(kSourcePrefix)) return std::nullopt;
  const std::vector<std::string> parts = split(source.substr(kSourcePrefix.size()), ';');
  LiveCodeBenchFacts facts;
  facts.question_id = parts.front();
  for (const std::string& part : parts) {
    const std::string_view text = trim(part);
    const std::size_t space = text.find(' ');
    if (space == text.npos) continue;
    const std::string_view key = text.substr(0, space);
    const std::string value(text.substr(space + 1));
    if (key == "platform") facts.platform = value;
    if (key == "difficulty") facts.difficulty = value;
    if (key == "date") facts.date = value;
    if (key == "contest") facts.contest_id = value;
    if (key == "erratum") facts.erratum = value;
  }
  return facts;
}

Result<Suite> load_livecodebench(const fs::path& path, const LiveCodeBenchSelection& selection) {
  if (!is_livecodebench(path)) {
    return fail(ErrorCode::NotFound, "there are no LiveCodeBench rows", path.string(),
                "name a folder with test.jsonl or problems.jsonl in it, or a .jsonl file");
  }
  const LiveCodeBenchPlan plan = EVAL_TRY(plan_livecodebench(path, selection));
  Loaded loaded;
  Suite& suite = loaded.suite;
  suite.name = kSuite;
  std::error_code error;
  suite.directory = fs::is_directory(path, error) ? path : path.parent_path();
  for (const fs::path& file : plan.files) EVAL_TRY(load_file(file, plan, selection, loaded));
  if (loaded.rows == 0) {
    return fail(ErrorCode::BadInput, "there are no rows in the files of " + plan.title,
                path.string());
  }
  if (suite.problems.empty() && suite.refused.empty()) {
    return fail(ErrorCode::Usage, "no row is of " + plan.title, path.string(),
                fmt::format("the rows there are of {} to {}", loaded.first_day, loaded.last_day));
  }
  std::ranges::sort(suite.problems, {}, &Problem::slug);
  suite.title = title_with_counts(plan, loaded);
  return std::move(loaded.suite);
}

}  // namespace eval::problems
