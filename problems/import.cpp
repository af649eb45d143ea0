#include "problems/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "problems/package_files.h"
#include "problems/package_yaml.h"

namespace eval::problems {
namespace {

// A wrong count or pattern makes all files of a package missing: the first of them say so.
constexpr int kMissingFilesMax = 10;

// C and C++ come first because checkers and graders are nearly always written in them.
const std::vector<std::string>& source_extensions() {
  static const std::vector<std::string> kExtensions = [] {
    std::vector<std::string> all;
    for (const std::string code : {"cpp", "c"}) {
      const auto& extensions = kattis_languages().at(code);
      all.insert(all.end(), extensions.begin(), extensions.end());
    }
    for (const auto& [code, extensions] : kattis_languages()) {
      if (code != "cpp" && code != "c") all.insert(all.end(), extensions.begin(), extensions.end());
    }
    return all;
  }();
  return kExtensions;
}

bool is_header(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".h" || extension == ".hpp" || extension == ".hh";
}

bool includes_testlib(const fs::path& program) {
  const auto text = read_file(program, kPackageTextLimit);
  if (!text) return false;  // reported when the program is built
  for (const std::string_view line : split_lines(*text)) {
    const std::string_view code = trim(line);
    if (code.starts_with('#') && code.find("include") != std::string_view::npos &&
        code.find("testlib.h") != std::string_view::npos)
      return true;
  }
  return false;
}

std::optional<StatementFormat> statement_format(const fs::path& file) {
  const std::string extension = file.extension().string();
  if (extension == ".md") return StatementFormat::Markdown;
  if (extension == ".tex") return StatementFormat::Latex;
  if (extension == ".txt" || extension == ".html") return StatementFormat::Text;
  if (extension == ".pdf") return StatementFormat::Pdf;
  return std::nullopt;
}

Subtask root_of(Aggregation aggregation, const ProgramTask& task) {
  Subtask root;
  root.name = root.title = "data";
  root.aggregation = aggregation;
  root.stop_at_first_error = aggregation == Aggregation::AllOrNothing;
  for (std::size_t i = 0; i < task.testcases.size(); ++i) root.order.push_back({false, i});
  return root;
}

// Points of groups, or testcases without a group, that no program can get.
double points_for_outputs_only(const ProgramTask& task) {
  const auto takes_only_output = [&](const Subtask::Member& member) {
    return !member.is_subtask && task.testcases[member.index].is_output_only;
  };
  const auto& members = task.root.order;
  double points = task.root.accept_score * static_cast<double>(std::count_if(
                                               members.begin(), members.end(), takes_only_output));
  for (const Subtask& group : task.root.subtasks) {
    if (std::any_of(group.order.begin(), group.order.end(), takes_only_output))
      points += group.points.value_or(0);
  }
  return points;
}

}  // namespace

void Import::refuse(std::string what, std::string where, std::string help) {
  findings.fault(
      "unsupported",
      Error{ErrorCode::Unsupported, std::move(what), std::move(where), std::move(help), 0, {}});
}

std::optional<fs::path> path_in_package(Import& import, std::string_view relative,
                                        std::string_view key, std::string_view where) {
  const fs::path below = fs::path(relative).lexically_normal();
  if (below.empty() || below.is_absolute() || *below.begin() == ".." ||
      relative.find('\0') != std::string_view::npos) {
    import.findings.fault("path-escape",
                          fmt::format("\"{}\" is \"{}\", which leads out of the package", key,
                                      shorten(to_valid_utf8(relative), 100)),
                          std::string(where), "name a file below the package's folder");
    return std::nullopt;
  }
  return import.root / below;
}

std::optional<std::size_t> add_testcase(Import& import, std::string name, const fs::path& input,
                                        const fs::path& answer) {
  bool found = true;
  for (const auto& [file, rule, what] : {std::tuple(input, "input-missing", "input"),
                                         std::tuple(answer, "answer-missing", "answer")}) {
    if (is_file(file)) continue;
    found = false;
    if (++import.missing_files > kMissingFilesMax) continue;
    import.findings.fault(rule, fmt::format("testcase {} has no {} file", name, what),
                          file.string(),
                          fmt::format("add {}, or remove the testcase", file.filename().string()));
  }
  if (!found) return std::nullopt;
  auto input_file = read_data_file(input, import.findings);
  auto answer_file = read_data_file(answer, import.findings);
  if (!input_file || !answer_file) return std::nullopt;
  Testcase testcase;
  testcase.name = std::move(name);
  testcase.input = std::move(*input_file);
  testcase.answer = std::move(*answer_file);
  import.task.testcases.push_back(std::move(testcase));
  return import.task.testcases.size() - 1;
}

Subtask testcase_group(std::string name, double points, Aggregation aggregation,
                       std::span<const std::size_t> testcases) {
  Subtask group;
  group.name = group.title = std::move(name);
  group.points = points;
  group.aggregation = aggregation;
  group.stop_at_first_error = false;
  for (const std::size_t index : testcases) group.order.push_back({false, index});
  return group;
}

void set_groups(Import& import, std::vector<Subtask> groups) {
  ProgramTask& task = import.task;
  task.is_scoring = true;
  task.root = root_of(Aggregation::Sum, task);
  task.root.order.clear();
  double points = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    task.root.order.push_back({true, i});
    points += groups[i].points.value_or(0);
  }
  task.root.subtasks = std::move(groups);
  import.problem.points_max = points;
}

void mark_worthless_as_samples(Import& import) {
  ProgramTask& task = import.task;
  std::set<std::size_t> worth_something;
  std::set<std::size_t> worth_nothing;
  for (const Subtask& group : task.root.subtasks) {
    for (const Subtask::Member& member : group.order)
      (group.points.value_or(1) > 0 ? worth_something : worth_nothing).insert(member.index);
  }
  for (const std::size_t index : worth_nothing)
    task.testcases[index].is_sample = !worth_something.contains(index);
}

void set_sum_of_testcases(Import& import, double points_each) {
  ProgramTask& task = import.task;
  task.is_scoring = true;
  task.root = root_of(Aggregation::Sum, task);
  task.root.accept_score = points_each;
  import.problem.points_max = points_each * static_cast<double>(task.testcases.size());
}

void set_pass_fail(Import& import) {
  import.task.is_scoring = false;
  import.task.root = root_of(Aggregation::AllOrNothing, import.task);
  import.problem.points_max = 1;
}

std::vector<fs::path> support_files_of(Import& import, const fs::path& program) {
  std::vector<fs::path> files;
  bool has_testlib = false;
  for (const PackageEntry& entry : package_entries(program.parent_path(), import.findings)) {
    if (entry.is_directory || !is_header(entry.path) || entry.path == program) continue;
    files.push_back(entry.path);
    has_testlib |= entry.name == "testlib.h";
  }
  if (has_testlib || !includes_testlib(program)) return files;
  fs::path testlib = import.options.testlib;
  if (is_folder(testlib)) testlib /= "testlib.h";
  if (is_file(testlib)) {
    files.push_back(fs::absolute(testlib));
    return files;
  }
  import.findings.fault("testlib-missing",
                        fmt::format("{} includes testlib.h, which the package does not have",
                                    program.filename().string()),
                        program.string(),
                        testlib.empty()
                            ? "put testlib.h beside it, or name one with EVALCTL_TESTLIB"
                            : fmt::format("put testlib.h beside it; there is none at \"{}\" either",
                                          import.options.testlib.string()));
  return files;
}

std::optional<fs::path> find_source(const std::vector<fs::path>& stems) {
  for (const fs::path& stem : stems) {
    for (const std::string& extension : source_extensions()) {
      fs::path file = stem.string() + extension;
      if (is_file(file)) return file;
    }
  }
  return std::nullopt;
}

std::optional<std::string> language_of_source(const fs::path& source) {
  const std::string extension = source.extension().string();
  for (const auto& [code, extensions] : kattis_languages()) {
    if (std::find(extensions.begin(), extensions.end(), extension) != extensions.end()) return code;
  }
  return std::nullopt;
}

void add_graders(Import& import, const fs::path& folder, std::string_view basename) {
  std::vector<fs::path> headers;
  std::vector<fs::path> pascal_units;
  auto& included = import.task.included;
  for (const PackageEntry& entry : package_entries(folder, import.findings)) {
    if (entry.is_directory) continue;
    if (is_header(entry.path)) headers.push_back(entry.path);
    if (entry.name.ends_with("lib.pas")) pascal_units.push_back(entry.path);
    if (entry.path.stem() != basename || is_header(entry.path)) continue;
    const auto language = language_of_source(entry.path);
    if (!language) continue;
    included[*language].files.push_back(entry.path);
    included[*language].entry_point = entry.name;
  }
  const auto add = [&](const std::string& language, const std::vector<fs::path>& files) {
    const auto found = included.find(language);
    if (found != included.end())
      found->second.files.insert(found->second.files.end(), files.begin(), files.end());
  };
  add("c", headers);
  add("cpp", headers);
  add("pascal", pascal_units);
}

void set_submission_name(Import& import, const std::string& name, const std::string& where) {
  const bool plain = !name.empty() && name.size() <= 100 && name.front() != '.' &&
                     std::all_of(name.begin(), name.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
                     });
  if (plain) {
    import.task.submission_name = name;
    return;
  }
  import.findings.fault(
      "bad-value",
      fmt::format("\"{}\" cannot name the file of a submission", shorten(to_valid_utf8(name), 60)),
      where, "use letters, digits, \"_\", \".\" and \"-\" only");
}

ReferenceSubmission reference_submission(std::string name, const fs::path& file,
                                         std::vector<std::string> expected) {
  ReferenceSubmission submission;
  submission.name = std::move(name);
  submission.files = {file};
  submission.expected = std::move(expected);
  return submission;
}

void promise_full_marks(const Import& import, ReferenceSubmission& submission) {
  constexpr double kSlack = 1e-6;  // sums of floating-point parts
  submission.expected = {"AC"};
  submission.sets_time_limit = true;
  if (!import.task.is_scoring) return;
  const double points = import.problem.points_max - points_for_outputs_only(import.task);
  if (points < import.problem.points_max - kSlack) submission.expected = {"PC"};
  submission.score_range = std::pair(points - kSlack, points + kSlack);
}

void take_statement(Import& import, const std::vector<fs::path>& files) {
  std::optional<fs::path> chosen;
  for (const fs::path& file : files) {
    const auto format = statement_format(file);
    if (!format || !is_file(file)) continue;
    if (!chosen ||
        (statement_format(*chosen) == StatementFormat::Pdf && format != StatementFormat::Pdf))
      chosen = file;
  }
  if (!chosen) return;
  import.problem.statement_format = *statement_format(*chosen);
  if (import.problem.statement_format == StatementFormat::Pdf) return;
  if (auto text = read_package_text(*chosen, import.findings))
    import.problem.statement = std::move(*text);
}

std::chrono::milliseconds from_seconds(double seconds) {
  return std::chrono::milliseconds(std::llround(std::clamp(seconds, 0.0, 1e6) * 1000));
}

Bytes from_mib(double mib) {
  return Bytes{static_cast<std::uint64_t>(std::clamp(mib, 0.0, 1e9) * 1048576)};
}

}  // namespace eval::problems
