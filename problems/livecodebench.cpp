#include "problems/livecodebench.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/compression.h"
#include "base/hash.h"
#include "base/text.h"
#include "problems/livecodebench_row.h"

namespace eval::problems {
namespace {

constexpr std::string_view kSuite = "livecodebench";
constexpr std::string_view kSourcePrefix = "LiveCodeBench ";
constexpr std::string_view kFormat = "livecodebench";
// Bumped when the same row would become a different problem.
constexpr std::string_view kHashVersion = "evalctl-livecodebench-1";

constexpr int kLatestRelease = 6;
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

// "test.jsonl" is release 1, "test2.jsonl" what release 2 added, ...; the first that is there of each.
std::map<int, fs::path> release_files(const fs::path& folder) {
  std::map<int, fs::path> files;
  for (int release = 1; release <= kLatestRelease; ++release) {
    const std::string stem = release == 1 ? "test" : fmt::format("test{}", release);
    for (const char* ending : {".jsonl", ".jsonl.gz"}) {
      std::error_code error;
      const fs::path file = folder / (stem + ending);
      if (fs::is_regular_file(file, error)) files.emplace(release, file);
    }
  }
  return files;
}

// Files of a folder that is no set of releases: an excerpt.
std::optional<fs::path> excerpt_file(const fs::path& folder) {
  for (const char* name : {"problems.jsonl", "problems.jsonl.gz"}) {
    std::error_code error;
    if (fs::is_regular_file(folder / name, error)) return folder / name;
  }
  return std::nullopt;
}

// By its first line: other data sets are JSONL too.
bool is_release_file(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.ends_with(".jsonl") && !name.ends_with(".jsonl.gz")) return false;
  auto reader = LineReader::open(path);
  std::string line;
  if (!reader || !reader->next(line).value_or(false)) return false;
  return line.find("\"public_test_cases\"") != line.npos;
}

Result<int> release_number(std::string_view text) {
  std::string_view digits = text;
  for (const std::string_view prefix : {"release_", "v"}) {
    if (digits.starts_with(prefix)) digits.remove_prefix(prefix.size());
  }
  const auto number = parse_integer(digits);
  if (number && *number >= 1 && *number <= kLatestRelease) return static_cast<int>(*number);
  return fail(ErrorCode::Usage, fmt::format("there is no release \"{}\"", text), {},
              fmt::format("use release_v1 .. release_v{}", kLatestRelease));
}

// "2408" -> {"2024-08-01", "2024-08-31"}.
std::optional<std::pair<std::string, std::string>> month_of(std::string_view digits) {
  const auto year = parse_integer(digits.substr(0, 2));
  const auto month = parse_integer(digits.substr(2));
  if (!year || !month || *year < 0 || *month < 1 || *month > 12) return std::nullopt;
  const std::chrono::year_month_day_last last{
      std::chrono::year(static_cast<int>(2000 + *year)),
      std::chrono::month_day_last(std::chrono::month(static_cast<unsigned>(*month)))};
  const std::string prefix = fmt::format("{}-{:02}-", 2000 + *year, *month);
  return std::pair(prefix + "01",
                   fmt::format("{}{:02}", prefix, static_cast<unsigned>(last.day())));
}

// "v6-2408-2505"; nullopt if `name` is not of this form.
std::optional<LiveCodeBenchWindow> window_by_months(std::string_view name) {
  if (name.size() != 12 || name[0] != 'v' || name[2] != '-' || name[7] != '-') return std::nullopt;
  const auto release = release_number(name.substr(0, 2));
  const auto first = month_of(name.substr(3, 4));
  const auto last = month_of(name.substr(8, 4));
  if (!release || !first || !last) return std::nullopt;
  return LiveCodeBenchWindow{std::string(name), *release, first->first, last->second, 0};
}

Result<LiveCodeBenchWindow> find_window(const std::string& name) {
  std::vector<std::string> names;
  for (const LiveCodeBenchWindow& window : livecodebench_windows()) {
    if (window.name == name) return window;
    names.push_back(window.name);
  }
  if (const auto window = window_by_months(name)) return *window;
  const auto close = closest_match(name, names);
  return fail(ErrorCode::Usage, fmt::format("there is no window \"{}\"", name), {},
              (close ? fmt::format("did you mean \"{}\"? ", *close) : std::string()) +
                  "known: " + join(names, ", ") + ", and any of the form v6-2408-2505");
}

Result<void> expect_day(const std::string& day, std::string_view flag) {
  const bool shaped = day.size() == 10 && day[4] == '-' && day[7] == '-' &&
                      parse_integer(day.substr(0, 4)) && parse_integer(day.substr(5, 2)) &&
                      parse_integer(day.substr(8, 2));
  if (day.empty() || shaped) return {};
  return fail(ErrorCode::Usage, fmt::format("{} is \"{}\", not a date", flag, day), {},
              "write it as 2024-08-01");
}

// A selection with names resolved and the files it reads.
struct Plan {
  std::vector<fs::path> files;
  std::string start, end;  // empty: open
  std::string title;
};

std::string title_of(const LiveCodeBenchSelection& selection, const std::string& what,
                     const Plan& plan) {
  std::vector<std::string> parts = {what};
  if (!plan.start.empty() || !plan.end.empty()) {
    parts.push_back(fmt::format("{}..{}", plan.start.empty() ? "" : plan.start, plan.end));
  }
  if (!selection.window.empty()) parts.push_back("window " + selection.window);
  if (selection.without_errata) parts.push_back("without errata");
  return "LiveCodeBench " + join(parts, ", ");
}

Result<Plan> plan_selection(const fs::path& path, const LiveCodeBenchSelection& selection) {
  Plan plan;
  int release = 0;
  if (!selection.release.empty()) release = EVAL_TRY(release_number(selection.release));
  if (!selection.window.empty()) {
    const LiveCodeBenchWindow window = EVAL_TRY(find_window(selection.window));
    if (release != 0 && release != window.release) {
      return fail(ErrorCode::Usage,
                  fmt::format("window \"{}\" is one of release_v{}, not of release_v{}",
                              window.name, window.release, release));
    }
    release = window.release;
    plan.start = window.start_date;
    plan.end = window.end_date;
  }
  EVAL_TRY(expect_day(selection.start_date, "start date"));
  EVAL_TRY(expect_day(selection.end_date, "end date"));
  plan.start = std::max(plan.start, selection.start_date);
  if (!selection.end_date.empty() && (plan.end.empty() || selection.end_date < plan.end)) {
    plan.end = selection.end_date;
  }

  const std::map<int, fs::path> releases = release_files(path);
  std::error_code error;
  if (fs::is_regular_file(path, error) || releases.empty()) {
    const fs::path file = fs::is_regular_file(path, error) ? path : *excerpt_file(path);
    if (!selection.release.empty()) {
      return fail(ErrorCode::Usage, "a single file does not tell which rows a release has",
                  file.string(), "name the folder with test.jsonl, test2.jsonl, ...");
    }
    plan.files = {file};
    plan.title = title_of(selection, fmt::format("excerpt {}", file.filename().string()), plan);
    return plan;
  }
  if (release == 0) release = releases.rbegin()->first;
  for (int i = 1; i <= release; ++i) {
    const auto file = releases.find(i);
    if (file == releases.end()) {
      return fail(ErrorCode::NotFound,
                  fmt::format("release_v{} needs {}, which is not there", release,
                              i == 1 ? "test.jsonl" : fmt::format("test{}.jsonl", i)),
                  path.string());
    }
    plan.files.push_back(file->second);
  }
  plan.title = title_of(selection, fmt::format("release_v{}", release), plan);
  return plan;
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

bool is_selected(const LiveCodeBenchRow& row, const Plan& plan,
                 const LiveCodeBenchSelection& selection) {
  const std::string& date = row.facts.date;
  if (!plan.start.empty() && date < plan.start) return false;
  if (!plan.end.empty() && date > plan.end) return false;
  return !selection.without_errata || row.facts.erratum.empty();
}

// Adds the rows of one file; an Error is about the file as a whole.
Result<void> load_file(const fs::path& file, const Plan& plan,
                       const LiveCodeBenchSelection& selection, std::set<std::string>& seen,
                       Suite& suite) {
  LineReader reader = EVAL_TRY(LineReader::open(file));
  std::string line;
  for (int number = 1; EVAL_TRY(reader.next(line)); ++number) {
    if (trim(line).empty()) continue;
    const std::string where = fmt::format("{}: line {}", file.filename().string(), number);
    auto row = read_livecodebench_row(line, where);
    if (!row) {
      suite.refused.push_back({fmt::format("{}: line {}", kSuite, number), std::move(row).error()});
      continue;
    }
    row->facts.erratum = erratum_of(*row);
    if (!is_selected(*row, plan, selection)) continue;
    const std::string id = fmt::format("{}/{}", kSuite, row->facts.question_id);
    if (!seen.insert(id).second) {
      suite.refused.push_back({id, Error{ErrorCode::BadInput,
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
      suite.problems.push_back(*std::move(problem));
    } else {
      suite.refused.push_back({id, std::move(problem).error().in(where)});
    }
  }
  return {};
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

const std::vector<LiveCodeBenchWindow>& livecodebench_windows() {
  // Counts: NeMo-Skills' preparation script and the Nemotron-Cascade 2 report.
  static const std::vector<LiveCodeBenchWindow> windows = {
      {"nvidia-v6", 6, "2024-08-01", "2025-05-31", 454},
      {"v5-2408-2502", 5, "2024-08-01", "2025-02-28", 279},
      {"v5-2410-2502", 5, "2024-10-01", "2025-02-28", 166},
      {"v6-2408-2502", 6, "2024-08-01", "2025-02-28", 374},
      {"v6-2410-2502", 6, "2024-10-01", "2025-02-28", 261},
      {"v6-2410-2504", 6, "2024-10-01", "2025-04-30", 341},
      {"deepseek-v3.2", 6, "2024-08-01", "2025-04-30", 0},
  };
  return windows;
}

bool is_livecodebench(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return is_release_file(path);
  if (!fs::is_directory(path, error)) return false;
  return release_files(path).contains(1) || excerpt_file(path).has_value();
}

Result<Suite> load_livecodebench(const fs::path& path, const LiveCodeBenchSelection& selection) {
  if (!is_livecodebench(path)) {
    return fail(ErrorCode::NotFound, "there are no LiveCodeBench rows", path.string(),
                "name a folder with test.jsonl or problems.jsonl in it, or a .jsonl file");
  }
  const Plan plan = EVAL_TRY(plan_selection(path, selection));
  Suite suite;
  suite.name = kSuite;
  std::error_code error;
  suite.directory = fs::is_directory(path, error) ? path : path.parent_path();
  std::set<std::string> seen;
  for (const fs::path& file : plan.files) {
    EVAL_TRY(load_file(file, plan, selection, seen, suite));
  }
  if (suite.problems.empty() && suite.refused.empty()) {
    return fail(ErrorCode::Usage, "no problem is in the chosen window", path.string(), plan.title);
  }
  std::ranges::sort(suite.problems, {}, &Problem::slug);
  suite.title = fmt::format("{}, {} problems", plan.title, suite.problems.size());
  return suite;
}

}  // namespace eval::problems
