#include "problems/open_r1.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "problems/ioi_parts.h"
#include "problems/map_reader.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

struct Row {
  Json json;
  std::string where;
};

// rows.jsonl, an object in each line.
std::vector<Row> read_rows(const fs::path& file, Findings& findings) {
  std::vector<Row> rows;
  const std::string text = read_package_text(file, findings).value_or("");
  std::size_t number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    if (trim(line).empty()) continue;
    const std::string where = fmt::format("{}: line {}", file.string(), number);
    auto json = findings.take("json-syntax", parse_json(line, where));
    if (!json) continue;
    if (json->is_object()) {
      rows.push_back({std::move(*json), where});
    } else {
      findings.fault("bad-value", "the line is no row of the data set", where,
                     "write one JSON object for each subtask");
    }
  }
  return rows;
}

class OpenR1Reader {
 public:
  explicit OpenR1Reader(Import& import)
      : import_(import), config_file_(import.root / "graders" / "grader_config.json") {}

  void read() {
    const std::vector<Row> rows = read_rows(import_.root / "rows.jsonl", import_.findings);
    if (rows.empty() || !import_.findings.usable()) {
      import_.findings.fault("no-rows", "rows.jsonl has no row",
                             (import_.root / "rows.jsonl").string(),
                             "write the problem's rows of the data set into it");
      return;
    }
    for (const Row& row : rows) read_subtask(row);
    std::stable_sort(subtasks_.begin(), subtasks_.end(),
                     [](const auto& a, const auto& b) { return a.name < b.name; });
    MapReader first(rows.front().json, rows.front().where, import_.findings);
    read_problem(first);
    add_ioi_testcases(import_, import_.root / "tests");
    set_ioi_subtasks(import_, subtasks_);
  }

 private:
  void read_subtask(const Row& row) {
    MapReader reader(row.json, row.where, import_.findings);
    IoiSubtask subtask;
    subtask.where = row.where;
    subtask.name = reader.text("subtask").value_or("");
    subtask.testcases = reader.words("test_names").value_or(std::vector<std::string>{});
    subtask.points = reader.number("score").value_or(-1);
    if (subtask.points < 0)
      reader.wrong_type("score", "the points of the subtask, from 0 on", Json(subtask.points));
    if (subtask.name.empty())
      reader.wrong_type("subtask", "the name of the subtask", Json(subtask.name));
    const std::string id = reader.text("id").value_or("");
    if (id_.empty()) id_ = id;
    if (id != id_ || id.empty())
      import_.findings.fault("bad-value",
                             fmt::format("the row belongs to \"{}\", the first one to \"{}\"",
                                         shorten(id, 40), shorten(id_, 40)),
                             row.where, "keep each problem in a folder of its own");
    const auto same_name = [&](const IoiSubtask& one) { return one.name == subtask.name; };
    if (std::any_of(subtasks_.begin(), subtasks_.end(), same_name))
      import_.findings.fault("name-clash",
                             fmt::format("subtask \"{}\" appears twice", shorten(subtask.name, 40)),
                             row.where, "remove one of the rows");
    if (const Json* files = reader.member("grader_files")) check_files(*files, row.where);
    subtasks_.push_back(std::move(subtask));
  }

  // [path, text] pairs, which must lie in the folder as files.
  void check_files(const Json& files, const std::string& where) {
    for (const Json& file : files) {
      const bool is_pair = file.is_array() && file.size() == 2 && file[0].is_string();
      if (!is_pair) {
        import_.findings.fault("bad-value", "\"grader_files\" should be pairs of path and text",
                               where);
        return;
      }
      const std::string name = file[0].get<std::string>();
      const auto path = path_in_package(import_, name, "grader_files", where);
      if (path && !is_file(*path))
        import_.findings.fault("file-missing",
                               fmt::format("{} is not laid out as a file", shorten(name, 60)),
                               where, "write its text, which is in the row, to that path");
    }
  }

  void read_problem(MapReader& row) {
    Problem& problem = import_.problem;
    problem.title = row.text("name").value_or(id_);
    problem.statement = row.text("statement").value_or("");
    problem.license = "cc-by-4.0";  // of the data set as a whole
    const std::string year = row.text("year").value_or("");
    problem.source = trim(fmt::format("IOI {} {}", year, row.text("day").value_or("")));
    Json config;
    if (is_file(config_file_)) {
      if (const auto text = read_package_text(config_file_, import_.findings))
        config = import_.findings.take("json-syntax", parse_json(*text, config_file_.string()))
                     .value_or(Json());
    }
    MapReader settings(config, config_file_.string(), import_.findings);
    read_limits(row, settings);
    std::string type_name = row.text("task_type").value_or("");
    if (type_name.empty()) type_name = settings.text("task_type").value_or("Batch");
    auto type = ioi_task_type(import_, type_name, row.where());
    if (!type) return;
    // Some of its files have the parameters in the map itself, others one level below.
    read_type_parameters(import_, config, *type, settings.where());
    if (const Json* parameters = settings.member("task_type_params"))
      read_type_parameters(import_, *parameters, *type, settings.where());
    const fs::path& root = import_.root;
    IoiFolders folders;
    folders.graders = {root / "graders"};
    folders.managers = {root / "graders" / "manager"};
    folders.checkers = {root / "checker" / "checker"};
    if (type->type == TaskType::Communication) folders.grader_names = {"stub", "grader"};
    set_ioi_programs(import_, *type, folders, settings.text("code").value_or(id_), row.where());
  }

  void read_limits(MapReader& row, MapReader& settings) {
    const auto number = [&](std::string_view key) {
      const auto value = row.positive(key);
      return value ? value : settings.positive(key);
    };
    ProgramLimits& limits = import_.task.limits;
    if (const auto time = number("time_limit")) limits.cpu_time = from_seconds(*time);
    if (const auto memory = number("memory_limit")) limits.memory = from_mib(*memory / 1048576);
    const double decimals = row.number("score_precision").value_or(2);
    if (decimals >= 0 && decimals <= kDecimalsMax && decimals == std::floor(decimals)) {
      import_.task.points_decimals = static_cast<int>(decimals);
    } else {
      row.wrong_type("score_precision", fmt::format("a whole number up to {}", kDecimalsMax),
                     Json(decimals));
    }
  }

  Import& import_;
  fs::path config_file_;
  std::string id_;
  std::vector<IoiSubtask> subtasks_;
};

}  // namespace

bool is_open_r1_problem(const fs::path& directory) {
  return is_file(directory / "rows.jsonl") && is_folder(directory / "tests");
}

void load_open_r1_problem(Import& import) {
  import.problem.format_name = "open-r1-ioi";
  OpenR1Reader(import).read();
}

}  // namespace eval::problems
