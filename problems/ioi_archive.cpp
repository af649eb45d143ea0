#include "problems/ioi_archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "base/text.h"
#include "problems/ioi_parts.h"
#include "problems/map_reader.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

std::optional<Json> read_json_file(const fs::path& file, Findings& findings) {
  const auto text = read_package_text(file, findings);
  if (!text) return std::nullopt;
  return findings.take("json-syntax", parse_json(*text, file.string()));
}

// tests/mapping of a TPS task: a subtask and a testcase in each line.
using Mapping = std::map<std::string, std::vector<std::string>>;

std::string clean_kind(std::string_view kind) {
  return replace_all(to_lower(kind), " ", "_");
}

class IoiArchiveReader {
 public:
  IoiArchiveReader(Import& import, const Json& json)
      : import_(import),
        where_((import.root / "problem.json").string()),
        reader_(json, where_, import.findings),
        // The folder of a TPS task is known by its list of subtasks, an exported archive by theirs.
        is_tps_(!is_folder(import.root / "subtasks") && is_file(import.root / "subtasks.json")) {}

  void read() {
    import_.problem.format_name = is_tps_ ? "tps" : "ioi-archive";
    const std::string code = reader_.text(is_tps_ ? "name" : "code").value_or("");
    import_.problem.title = reader_.text(is_tps_ ? "title" : "name").value_or(code);
    const std::string type_name = reader_.text(is_tps_ ? "type" : "task_type").value_or("Batch");
    auto type = ioi_task_type(import_, type_name, where_);
    if (!type) return;
    if (is_tps_) {
      read_tps_parameters(*type);
    } else if (const Json* parameters = reader_.member("task_type_params")) {
      read_type_parameters(import_, *parameters, *type, where_);
    }
    read_limits(type->type);
    set_ioi_programs(import_, *type, folders(*type), code, where_);
    if (is_tps_ && !reader_.flag("has_checker").value_or(true)) {
      import_.task.checker = Checker{};
      import_.task.checker.comparison = Comparison::WhiteDiff;
    }
    if (!tests_are_there()) return;
    add_ioi_testcases(import_, import_.root / "tests");
    set_ioi_subtasks(import_, is_tps_ ? tps_subtasks() : archive_subtasks());
    if (!import_.findings.usable()) return;
    read_solutions();
    read_statement();
    reader_.know({"protocol_version",     "code",           "name",           "feedback_level",
                  "score_mode",           "description",    "tps_web_url",    "web_url",
                  "has_grader",           "has_checker",    "has_manager",    "cpp_enabled",
                  "java_enabled",         "pascal_enabled", "python_enabled", "type_params",
                  "task_type_parameters", "contest",        "author",         "statements"});
    reader_.report_unknown_keys();
  }

 private:
  void read_limits(TaskType type) {
    ProgramLimits& limits = import_.task.limits;
    if (const auto time = reader_.positive("time_limit")) limits.cpu_time = from_seconds(*time);
    if (const auto memory = reader_.positive("memory_limit"))
      limits.memory = is_tps_ ? from_mib(*memory) : from_mib(*memory / 1048576);
    const double decimals = reader_.number("score_precision").value_or(2);
    if (decimals < 0 || decimals > kDecimalsMax || decimals != std::floor(decimals)) {
      reader_.wrong_type("score_precision", fmt::format("a whole number up to {}", kDecimalsMax),
                         *reader_.member("score_precision"));
    } else {
      import_.task.points_decimals = static_cast<int>(decimals);
    }
    if (limits.cpu_time || type == TaskType::OutputOnly) return;
    import_.findings.warning("time-limit-missing", "no time limit is stated", where_,
                             "state it with `time_limit`");
  }

  void read_tps_parameters(IoiTaskType& type) {
    type.uses_grader = reader_.flag("has_grader").value_or(type.type != TaskType::OutputOnly);
    if (const Json* parameters = reader_.member("type_params"))
      read_type_parameters(import_, *parameters, type, where_);
    if (const Json* parameters = reader_.member("task_type_parameters"))
      read_type_parameters(import_, *parameters, type, where_);
    for (const std::string_view key : {"num_processes", "num_sol_processes"}) {
      const auto count = reader_.number(key);
      if (!count) continue;
      if (*count >= 1 && *count <= kProcessesMax && *count == std::floor(*count)) {
        type.processes = static_cast<int>(*count);
      } else {
        reader_.wrong_type(key, fmt::format("a whole number from 1 to {}", kProcessesMax),
                           *reader_.member(key));
      }
    }
  }

  IoiFolders folders(const IoiTaskType& type) {
    const fs::path& root = import_.root;
    IoiFolders folders;
    folders.managers = {root / "graders" / "manager", root / "manager" / "manager"};
    folders.checkers = {root / "checker" / "checker"};
    folders.graders = {root / "graders"};
    if (is_tps_) {
      for (const std::string language : {"cpp", "java", "pas", "py"})
        folders.graders.push_back(root / "grader" / language);
    }
    switch (type.type) {
      case TaskType::Communication:
        folders.grader_names = {"stub", "grader"};
        break;
      case TaskType::TwoSteps:
        folders.grader_names = {"manager", "grader"};
        break;
      case TaskType::Batch:
      case TaskType::BatchAndOutput:
      case TaskType::OutputOnly:
      case TaskType::Interactive:
        break;
    }
    if (const auto name = reader_.text("grader_name"); name && is_tps_)
      folders.grader_names = {*name};
    return folders;
  }

  // A TPS task is kept without its tests; only its own scripts can make them.
  bool tests_are_there() {
    if (!is_tps_ || is_file(import_.root / "tests" / "mapping")) return true;
    import_.refuse("the tests of the TPS task are not generated (there is no tests/mapping)",
                   (import_.root / "gen" / "data").string(),
                   "run `tps gen` in the task's folder first");
    return false;
  }

  std::vector<IoiSubtask> archive_subtasks() {
    std::vector<IoiSubtask> subtasks;
    for (const PackageEntry& entry : package_entries(import_.root / "subtasks", import_.findings)) {
      if (entry.is_directory || !entry.name.ends_with(".json")) continue;
      const auto json = read_json_file(entry.path, import_.findings);
      if (!json) continue;
      MapReader reader(*json, entry.path.string(), import_.findings);
      IoiSubtask subtask;
      subtask.name = entry.path.stem().string();
      subtask.where = reader.where();
      subtask.points = points_of(reader);
      subtask.testcases = reader.words("testcases").value_or(std::vector<std::string>{});
      subtask.is_output_only = reader.flag("output_only").value_or(false);
      subtask.takes_output = reader.flag("output_optional").value_or(false);
      reader.report_unknown_keys();
      subtasks.push_back(std::move(subtask));
    }
    return subtasks;
  }

  static double points_of(MapReader& reader) {
    const auto points = reader.number("score");
    if (points && *points >= 0) return *points;
    if (points || reader.member("score") == nullptr)
      reader.wrong_type("score", "the points of the subtask, from 0 on",
                        points ? Json(*points) : Json());
    return 0;
  }

  Mapping read_mapping() {
    Mapping mapping;
    const fs::path file = import_.root / "tests" / "mapping";
    const std::string text = read_package_text(file, import_.findings).value_or("");
    std::size_t line = 0;
    for (const std::string_view row : split_lines(text)) {
      ++line;
      const std::vector<std::string_view> words = split_words(row);
      if (words.empty()) continue;
      if (words.size() == 2) {
        mapping[std::string(words[0])].emplace_back(words[1]);
      } else {
        import_.findings.fault("bad-value", "the line is not a subtask and a testcase",
                               fmt::format("{}: line {}", file.string(), line),
                               "run `tps gen` again");
      }
    }
    return mapping;
  }

  std::vector<IoiSubtask> tps_subtasks() {
    const fs::path file = import_.root / "subtasks.json";
    const auto json = read_json_file(file, import_.findings);
    const Json* map = json ? find_member(*json, "subtasks") : nullptr;
    if (json && (map == nullptr || !map->is_object()))
      import_.findings.fault("bad-value", "\"subtasks\" should be a map of subtasks",
                             file.string());
    if (map == nullptr || !map->is_object()) return {};
    Mapping mapping = read_mapping();
    std::vector<std::tuple<double, std::size_t, IoiSubtask>> sorted;
    for (const auto& [name, value] : map->items()) {
      MapReader reader(value, file.string() + ": " + name, import_.findings);
      IoiSubtask subtask;
      subtask.name = name;
      subtask.where = reader.where();
      subtask.points = points_of(reader);
      subtask.testcases = mapping[name];
      sorted.emplace_back(reader.number("index").value_or(0), sorted.size(), std::move(subtask));
    }
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
      return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
    });
    std::vector<IoiSubtask> subtasks;
    for (auto& [index, order, subtask] : sorted) subtasks.push_back(std::move(subtask));
    return subtasks;
  }

  void add_solution(const fs::path& file, std::string name, const std::string& kind) {
    ReferenceSubmission submission =
        reference_submission(std::move(name), file, ioi_verdicts(kind));
    // TPS exports kinds without their exceptions: IOI 2024 has solutions of one subtask in correct/.
    if (kind == "correct" && !is_tps_) submission.expected = {"AC", "PC"};
    if (submission.expected == std::vector<std::string>{"AC"})
      promise_full_marks(import_, submission);
    import_.task.reference_submissions.push_back(std::move(submission));
  }

  void read_solutions() {
    if (import_.task.type == TaskType::OutputOnly) return;  // programs that make the outputs
    if (is_tps_) return read_tps_solutions();
    for (const PackageEntry& kind : package_entries(import_.root / "solutions", import_.findings)) {
      if (!kind.is_directory) continue;
      for (const PackageEntry& entry : package_entries(kind.path, import_.findings)) {
        if (!entry.is_directory && language_of_source(entry.path))
          add_solution(entry.path, kind.name + "/" + entry.name, kind.name);
      }
    }
  }

  void read_tps_solutions() {
    const fs::path file = import_.root / "solutions.json";
    if (!is_file(file)) return;
    const auto json = read_json_file(file, import_.findings);
    if (!json) return;
    MapReader reader(*json, file.string(), import_.findings);
    for (const std::string& name : reader.keys()) {
      const auto path = path_in_package(import_, "solution/" + name, name, file.string());
      const Json* value = reader.member(name);
      if (!path || value == nullptr) continue;
      if (!is_file(*path)) {
        import_.findings.warning("submission-missing",
                                 fmt::format("there is no solution/{}", shorten(name, 60)),
                                 file.string(), "remove it from the list, or add it");
        continue;
      }
      MapReader solution(*value, file.string() + ": " + name, import_.findings);
      add_solution(*path, name, clean_kind(solution.text("verdict").value_or("")));
      if (const Json* exceptions = solution.member("except"))
        promise_exceptions(*exceptions, import_.task.reference_submissions.back());
    }
  }

  // Subtasks of which another verdict is promised; a "correct" one gives its points at least.
  void promise_exceptions(const Json& exceptions, ReferenceSubmission& submission) {
    const bool is_correct = submission.expected == std::vector<std::string>{"AC"};
    if (is_correct) submission.expected = {"AC", "PC"};
    double points = 0;
    for (const Subtask& group : import_.task.root.subtasks) {
      const Json* exception = find_member(exceptions, group.name);
      const std::string kind =
          exception == nullptr ? "" : clean_kind(scalar_text(*exception).value_or(""));
      if (kind != "correct" && !(is_correct && exception == nullptr)) continue;
      points += group.points.value_or(0);
      std::vector<std::string> names;
      for (const Subtask::Member& member : group.order)
        names.push_back(import_.task.testcases[member.index].name);
      const std::string list = join(names, ",");
      if (list.find_first_of("*?[{}") != std::string::npos) continue;
      ReferenceSubmission::Pattern pattern;
      pattern.glob = names.size() == 1 ? list : "{" + list + "}";
      pattern.permitted = {"AC"};
      submission.patterns.push_back(std::move(pattern));
    }
    constexpr double kSlack = 1e-6;
    submission.score_range.reset();
    if (points > 0)
      submission.score_range = std::pair(points - kSlack, import_.problem.points_max + kSlack);
  }

  void read_statement() {
    std::vector<fs::path> files;
    for (const std::string stem : {"statements/en_US", "statements/en", "statements/statement",
                                   "statements/ISC", "statement/index", "statement/statement"}) {
      for (const std::string extension : {".md", ".tex", ".txt", ".html", ".pdf"})
        files.push_back(import_.root / (stem + extension));
    }
    take_statement(import_, files);
  }

  Import& import_;
  std::string where_;
  MapReader reader_;
  bool is_tps_;
};

}  // namespace

bool is_ioi_archive(const fs::path& directory) {
  return is_file(directory / "problem.json") &&
         (is_folder(directory / "tests") || is_folder(directory / "subtasks") ||
          is_file(directory / "subtasks.json"));
}

void load_ioi_archive(Import& import) {
  const auto json = read_json_file(import.root / "problem.json", import.findings);
  if (json) IoiArchiveReader(import, *json).read();
}

}  // namespace eval::problems
