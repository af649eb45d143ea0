#include "tests/support/verdict_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "base/json.h"

namespace eval::judges {
namespace {

using problems::Aggregation;
using problems::CheckerProtocol;
using problems::Problem;
using problems::ProgramTask;
using problems::TaskType;

TaskType type_of(const Json& description) {
  const std::string name = description.value("type", "batch");
  for (const TaskType type : {TaskType::Batch, TaskType::Interactive, TaskType::Communication,
                              TaskType::TwoSteps, TaskType::OutputOnly, TaskType::BatchAndOutput}) {
    if (problems::task_type_name(type) == name) return type;
  }
  ADD_FAILURE() << "no task type \"" << name << "\"";
  return TaskType::Batch;
}

CheckerProtocol protocol_of(const Json& description) {
  const std::string name = description.value("protocol", "kattis");
  if (name == "cms") return CheckerProtocol::Cms;
  return name == "testlib" ? CheckerProtocol::Testlib : CheckerProtocol::Kattis;
}

// problem.json as a Problem, with its data written to a folder.
class Reader {
 public:
  Reader(fs::path source, fs::path data) : source_(std::move(source)), data_(std::move(data)) {}

  Problem read() {
    const std::string name = source_.filename().string();
    const auto text = read_file(source_ / "problem.json");
    const Json description = *parse_json(text.value_or("{}"), name);
    problem_.id = "verdicts/" + name;
    problem_.directory = source_;
    problem_.format_name = "test";
    problem_.points_max = description.value("points_max", 1.0);
    read_task(description);
    problem_.task = task_;
    return problem_;
  }

 private:
  void read_task(const Json& description) {
    task_.type = type_of(description);
    task_.is_multi_pass = description.value("multi_pass", false);
    task_.is_scoring = problem_.points_max != 1;
    task_.input_file = description.value("input_file", "");
    task_.output_file = description.value("output_file", "");
    task_.submission_name = description.value("submission_name", "");
    read_limits(description);
    if (description.value("comparison", "") == "white-diff") {
      task_.checker.comparison = problems::Comparison::WhiteDiff;
    }
    if (description.contains("checker")) read_checker(description["checker"]);
    if (description.contains("interactor")) read_interactor(description["interactor"]);
    const Json all_included = description.value("included", Json::object());
    for (const auto& [language, sources] : all_included.items()) {
      problems::IncludedSources& included = task_.included[language];
      for (const Json& file : sources["files"]) {
        included.files.push_back(source_ / file.get<std::string>());
      }
      included.entry_point = sources["entry_point"].get<std::string>();
    }
    for (const Json& testcase : description["testcases"]) add_testcase(testcase);
    read_subtasks(description);
  }

  void read_limits(const Json& description) {
    problems::ProgramLimits& limits = task_.limits;
    limits.cpu_time = std::chrono::milliseconds(description.value("time_ms", 500));
    limits.memory = Bytes::mib(description.value("memory_mib", 64U));
    limits.output = Bytes::kib(description.value("output_kib", 64U));
    limits.validation_time = std::chrono::milliseconds(description.value("validation_ms", 10'000));
    limits.validation_memory = Bytes::mib(64);
    const Json factors = description.value("time_factors", Json::object());
    for (const auto& [language, factor] : factors.items()) {
      limits.language_time_factors[language] = factor.get<double>();
    }
  }

  void read_checker(const Json& description) {
    task_.checker.program = source_ / description["program"].get<std::string>();
    task_.checker.protocol = protocol_of(description);
    task_.checker.gives_score = description.value("gives_score", false);
  }

  void read_interactor(const Json& description) {
    problems::Interactor interactor;
    interactor.program = source_ / description["program"].get<std::string>();
    interactor.protocol = protocol_of(description);
    interactor.processes = description.value("processes", 1);
    interactor.uses_fifos = description.value("uses_fifos", false);
    task_.interactor = interactor;
  }

  void add_testcase(const Json& description) {
    problems::Testcase testcase;
    testcase.name = description["name"].get<std::string>();
    testcase.input.path = write(testcase.name + ".in", description["input"].get<std::string>());
    testcase.answer.path = write(testcase.name + ".ans", description["answer"].get<std::string>());
    testcase.takes_output = description.value("takes_output", false);
    testcase.is_output_only = description.value("is_output_only", false);
    task_.testcases.push_back(testcase);
  }

  void read_subtasks(const Json& description) {
    task_.root.name = "data";
    if (!description.contains("subtasks")) {
      for (std::size_t i = 0; i < task_.testcases.size(); ++i) {
        task_.root.order.push_back({false, i});
      }
      if (!task_.is_scoring) return;
      task_.root.aggregation = Aggregation::Min;
      task_.root.points = problem_.points_max;
      return;
    }
    task_.root.aggregation = Aggregation::Sum;
    task_.root.stop_at_first_error = false;
    for (const Json& part : description["subtasks"]) {
      problems::Subtask subtask;
      subtask.name = part["name"].get<std::string>();
      subtask.points = part["points"].get<double>();
      subtask.aggregation = Aggregation::Min;
      for (const Json& name : part["testcases"]) {
        for (std::size_t i = 0; i < task_.testcases.size(); ++i) {
          if (task_.testcases[i].name == name) subtask.order.push_back({false, i});
        }
      }
      task_.root.order.push_back({true, task_.root.subtasks.size()});
      task_.root.subtasks.push_back(subtask);
    }
  }

  fs::path write(const std::string& name, const std::string& content) {
    const fs::path path = data_ / name;
    std::ofstream(path) << content;
    return path;
  }

  fs::path source_;
  fs::path data_;
  Problem problem_;
  ProgramTask task_;
};

}  // namespace

const fs::path& verdicts_root() {
  static const fs::path folder = fs::path(EVAL_TEST_SOURCE_DIR) / "tests/verdicts";
  return folder;
}

std::vector<VerdictCase> verdict_cases() {
  std::vector<VerdictCase> cases;
  for (const auto& problem : fs::directory_iterator(verdicts_root())) {
    if (!problem.is_directory()) continue;
    for (const auto& verdict : fs::directory_iterator(problem.path())) {
      if (!verdict.is_directory()) continue;
      for (const auto& entry : fs::directory_iterator(verdict.path())) {
        cases.push_back(
            {problem.path().filename().string(), verdict.path().filename().string(), entry.path()});
      }
    }
  }
  std::sort(cases.begin(), cases.end(), [](const VerdictCase& left, const VerdictCase& right) {
    return left.submission < right.submission;
  });
  return cases;
}

FixtureProblem::FixtureProblem(const std::string& name)
    : source_(verdicts_root() / name), data_(std::move(*TempDir::create("verdicts-"))) {
  problem_ = Reader(source_, data_.path()).read();
}

}  // namespace eval::judges
