#include "problems/livecodebench_selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include "base/compression.h"
#include "base/text.h"
#include "problems/livecodebench_members.h"

namespace eval::problems {
namespace {

constexpr int kLatestRelease = 6;

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
  LiveCodeBenchWindow window{std::string(name), *release, first->first, last->second, 0};
  for (const LiveCodeBenchWindow& known : livecodebench_windows()) {
    const bool is_same = known.release == window.release && known.start_date == window.start_date &&
                         known.end_date == window.end_date;
    if (is_same) window.problems = known.problems;
  }
  return window;
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
  if (day.empty() || is_livecodebench_day(day)) return {};
  return fail(ErrorCode::Usage, fmt::format("{} is \"{}\", which is no day", flag, day), {},
              "write it as 2024-08-01");
}

std::string title_of(const LiveCodeBenchSelection& selection, const std::string& what,
                     const LiveCodeBenchPlan& plan) {
  std::vector<std::string> parts = {what};
  if (!plan.start.empty() || !plan.end.empty()) {
    parts.push_back(fmt::format("{}..{}", plan.start.empty() ? "" : plan.start, plan.end));
  }
  if (!selection.window.empty()) parts.push_back("window " + selection.window);
  if (selection.without_errata) parts.push_back("without errata");
  return "LiveCodeBench " + join(parts, ", ");
}

}  // namespace

Result<LiveCodeBenchPlan> plan_livecodebench(const fs::path& path,
                                             const LiveCodeBenchSelection& selection) {
  LiveCodeBenchPlan plan;
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
    const bool is_whole =
        selection.start_date.empty() && selection.end_date.empty() && !selection.without_errata;
    if (is_whole) plan.published = window.problems;
  }
  EVAL_TRY(expect_day(selection.start_date, "start date"));
  EVAL_TRY(expect_day(selection.end_date, "end date"));
  plan.start = std::max(plan.start, selection.start_date);
  if (!selection.end_date.empty() && (plan.end.empty() || selection.end_date < plan.end)) {
    plan.end = selection.end_date;
  }
  if (!plan.end.empty() && plan.end < plan.start) {
    return fail(ErrorCode::Usage, fmt::format("no day is from {} to {}", plan.start, plan.end), {},
                "the end date is before the start date");
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

}  // namespace eval::problems
