#include "problems/ioi_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "problems/map_reader.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

// Without subtasks CMS's loader shares these out among the testcases.
constexpr double kPointsWithoutSubtasks = 100;

std::optional<TaskType> task_type_of(std::string_view name) {
  if (name == "Batch") return TaskType::Batch;
  if (name == "Communication") return TaskType::Communication;
  if (name == "TwoSteps") return TaskType::TwoSteps;
  if (name == "OutputOnly") return TaskType::OutputOnly;
  if (name == "BatchAndOutput") return TaskType::BatchAndOutput;
  return std::nullopt;
}

class ParameterReader {
 public:
  ParameterReader(Import& import, IoiTaskType& type, const std::string& where)
      : import_(import), type_(type), where_(where) {}

  void read(const Json& parameters) {
    if (parameters.is_array()) return read_list(parameters);
    if (parameters.is_string()) return read_text(parameters.get<std::string>());
    if (parameters.is_null()) return;
    if (!parameters.is_object()) return wrong(parameters);
    set_compilation(member(parameters, "compilation"));
    set_file(member(parameters, "io_0_inputfile"), type_.input_file);
    set_file(member(parameters, "io_1_outputfile"), type_.output_file);
    set_processes(member(parameters, "num_processes"));
    set_user_io(member(parameters, "user_io"));
    if (!member(parameters, "manager_args").is_null())
      import_.refuse("the manager takes arguments of its own (manager_args)", where_,
                     "remove them, or convert the task");
  }

 private:
  void read_text(const std::string& text) {
    if (trim(text).empty()) return;
    const auto json = parse_json(text, where_ + ": task_type_params");
    if (json && !json->is_string()) {
      read(*json);
    } else {
      wrong(Json(text));
    }
  }

  // [compilation, [input, output], evaluation, ...], [processes, compilation, user_io], [evaluation]
  void read_list(const Json& list) {
    const Json none;
    const auto at = [&](std::size_t i) -> const Json& { return i < list.size() ? list[i] : none; };
    switch (type_.type) {
      case TaskType::Batch:
      case TaskType::BatchAndOutput:
        set_compilation(at(0));
        if (at(1).is_array() && at(1).size() == 2) {
          set_file(at(1)[0], type_.input_file);
          set_file(at(1)[1], type_.output_file);
        }
        return set_evaluation(at(2));
      case TaskType::Communication:
        set_processes(at(0));
        set_compilation(at(1));
        return set_user_io(at(2));
      case TaskType::TwoSteps:
      case TaskType::OutputOnly:
        return set_evaluation(at(0));
      case TaskType::Interactive:
        return;
    }
  }

  const Json& member(const Json& parameters, std::string_view key) {
    static const Json kNone;
    const Json* found =
        find_member(parameters, fmt::format("task_type_parameters_{}_{}", type_.name, key));
    return found == nullptr ? kNone : *found;
  }

  void set_compilation(const Json& value) {
    if (value.is_null()) return;
    const std::string word = scalar_text(value).value_or("");
    type_.uses_grader = word != "alone";
    if (word != "alone" && word != "grader" && word != "stub") wrong(value);
  }

  void set_file(const Json& value, std::string& name) {
    if (value.is_null()) return;
    name = scalar_text(value).value_or("/");
    if (name.find('/') != std::string::npos || name == "..") wrong(value);
  }

  void set_processes(const Json& value) {
    if (value.is_null()) return;
    const auto count = parse_integer(scalar_text(value).value_or(""));
    if (!count || *count < 1 || *count > kProcessesMax) return wrong(value);
    type_.processes = static_cast<int>(*count);
  }

  void set_user_io(const Json& value) {
    if (value.is_null()) return;
    const std::string word = scalar_text(value).value_or("");
    type_.uses_fifos = word == "fifo_io";
    if (word != "fifo_io" && word != "std_io") wrong(value);
  }

  // Whether there is a checker is seen from the folder; here only what nobody else would notice.
  void set_evaluation(const Json& value) {
    const std::string word = scalar_text(value).value_or("comparator");
    if (word != "diff" && word != "comparator")
      import_.refuse(fmt::format("outputs are compared by \"{}\"", shorten(word, 40)), where_,
                     "use diff or comparator");
  }

  void wrong(const Json& value) {
    import_.findings.fault("bad-value",
                           fmt::format("task_type_params has a value that {} does not take: {}",
                                       type_.name, shorten(to_json_line(value), 60)),
                           where_);
  }

  Import& import_;
  IoiTaskType& type_;
  const std::string& where_;
};

void set_manager(Import& import, const IoiTaskType& type, const IoiFolders& folders,
                 const std::string& where) {
  const auto source = find_source(folders.managers);
  if (!source) {
    import.findings.fault("manager-missing", "a communication task needs a manager, but has none",
                          where, "add graders/manager.cpp");
    return;
  }
  Interactor manager;
  manager.program = *source;
  manager.support_files = support_files_of(import, *source);
  manager.protocol = CheckerProtocol::Cms;
  manager.processes = type.processes;
  manager.uses_fifos = type.uses_fifos;
  import.task.interactor = std::move(manager);
}

void set_checker(Import& import, const IoiFolders& folders) {
  Checker& checker = import.task.checker;
  checker.comparison = Comparison::WhiteDiff;
  const auto source = find_source(folders.checkers);
  if (!source) return;
  checker.program = *source;
  checker.support_files = support_files_of(import, *source);
  checker.protocol = CheckerProtocol::Cms;
  checker.gives_score = true;
}

std::vector<std::size_t> indices_of(Import& import, const IoiSubtask& subtask,
                                    const std::map<std::string, std::size_t>& index_of) {
  std::vector<std::size_t> members;
  for (const std::string& name : subtask.testcases) {
    const auto found = index_of.find(name);
    if (found != index_of.end()) {
      members.push_back(found->second);
      continue;
    }
    import.findings.fault(
        "testcase-missing",
        fmt::format("subtask \"{}\" lists testcase \"{}\", which is not in tests/",
                    shorten(subtask.name, 60), shorten(name, 60)),
        subtask.where, "add its .in and .out, or remove it from the list");
    if (++import.missing_files > 10) break;
  }
  return members;
}

}  // namespace

std::optional<IoiTaskType> ioi_task_type(Import& import, std::string name,
                                         const std::string& where) {
  if (name.ends_with("2017")) name.resize(name.size() - 4);  // TPS's first names for CMS's types
  if (!name.empty() && name.front() >= 'a' && name.front() <= 'z')
    name.front() = static_cast<char>(name.front() - 'a' + 'A');
  if (const auto type = task_type_of(name)) return IoiTaskType{.type = *type, .name = name};
  import.refuse(
      fmt::format("the task type \"{}\" is not done here", shorten(to_valid_utf8(name), 40)), where,
      "use Batch, Communication, TwoSteps, OutputOnly or BatchAndOutput");
  return std::nullopt;
}

void read_type_parameters(Import& import, const Json& parameters, IoiTaskType& type,
                          const std::string& where) {
  ParameterReader(import, type, where).read(parameters);
}

void set_ioi_programs(Import& import, const IoiTaskType& type, const IoiFolders& folders,
                      const std::string& code, const std::string& where) {
  ProgramTask& task = import.task;
  task.type = type.type;
  task.limits.output = kCmsOutputLimit;
  task.limits.code = kCmsCodeLimit;
  task.input_file = type.input_file;
  task.output_file = type.output_file;
  if (type.uses_grader && type.type != TaskType::OutputOnly) {
    for (const fs::path& folder : folders.graders) {
      for (const std::string& name : folders.grader_names) add_graders(import, folder, name);
    }
    if (!task.included.empty()) set_submission_name(import, code, where);
  }
  if (type.type == TaskType::Communication) {
    set_manager(import, type, folders, where);
  } else {
    set_checker(import, folders);
  }
  if (type.type == TaskType::TwoSteps && task.included.empty())
    import.findings.fault("manager-missing", "a two-step task needs a manager, but has none", where,
                          "add graders/manager.cpp, which calls both steps");
}

void add_ioi_testcases(Import& import, const fs::path& folder) {
  for (const PackageEntry& entry : package_entries(folder, import.findings)) {
    if (entry.is_directory || !entry.name.ends_with(".in") || entry.name.size() < 4) continue;
    const std::string name = entry.name.substr(0, entry.name.size() - 3);
    add_testcase(import, name, entry.path, folder / (name + ".out"));
  }
}

void set_ioi_subtasks(Import& import, const std::vector<IoiSubtask>& subtasks) {
  ProgramTask& task = import.task;
  if (subtasks.empty()) {
    const auto count = std::max<std::size_t>(1, task.testcases.size());
    return set_sum_of_testcases(import, kPointsWithoutSubtasks / static_cast<double>(count));
  }
  std::map<std::string, std::size_t> index_of;
  for (std::size_t i = 0; i < task.testcases.size(); ++i) index_of[task.testcases[i].name] = i;
  std::vector<Subtask> groups;
  for (const IoiSubtask& subtask : subtasks) {
    const std::vector<std::size_t> members = indices_of(import, subtask, index_of);
    if (subtask.testcases.empty())
      import.findings.fault(
          "empty-subtask",
          fmt::format("subtask \"{}\" has no testcases", shorten(subtask.name, 60)), subtask.where,
          "list some, or remove it");
    groups.push_back(testcase_group(subtask.name, subtask.points, Aggregation::Min, members));
    for (const std::size_t index : members) {
      task.testcases[index].is_output_only |= subtask.is_output_only;
      task.testcases[index].takes_output |= subtask.is_output_only || subtask.takes_output;
    }
  }
  set_groups(import, std::move(groups));
  mark_worthless_as_samples(import);
}

std::vector<std::string> ioi_verdicts(std::string_view kind) {
  // A solution that fails some subtasks still has the points of the others: PC.
  static const std::map<std::string, std::vector<std::string>, std::less<>> kVerdicts = {
      {"model_solution", {"AC"}},
      {"correct", {"AC"}},
      {"incorrect", {"WA", "PC"}},
      {"protocol_violation", {"WA", "PC"}},
      {"time_limit", {"TLE", "PC"}},
      // What needs too much memory may be refused it and crash, or be too slow before it has it.
      {"memory_limit", {"MLE", "RE", "TLE", "PC"}},
      {"runtime_error", {"RE", "MLE", "OLE", "PC"}},
      {"time_limit_and_runtime_error", {"TLE", "RE", "MLE", "OLE", "PC"}},
      {"partially_correct", {"PC"}},
      {"failed", {"WA", "TLE", "MLE", "OLE", "RE", "PC"}},
  };
  const auto found = kVerdicts.find(kind);
  return found == kVerdicts.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace eval::problems
