// Every submission of tests/verdicts/<problem>/<VERDICT>/ must get the verdict it lies under, with real
// compilers in real boxes. A file is a program, a folder is outputs that are handed in.
//
// problem.json beside the verdict folders describes the problem: "type", limits, "checker",
// "interactor", "included", "testcases" with their data in line, and "subtasks" where it scores.
// Tests are registered for the files found, so that a new fixture is a new test.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/json.h"
#include "judges/program_judge.h"
#include "sandbox/linux_sandbox.h"

namespace eval::judges {
namespace {

using problems::Aggregation;
using problems::CheckerProtocol;
using problems::Problem;
using problems::ProgramTask;
using problems::TaskType;

const fs::path& root() {
  static const fs::path folder = fs::path(EVAL_TEST_SOURCE_DIR) / "tests/verdicts";
  return folder;
}

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

// Problems read from problem.json, with their data in a folder that lives as long as they do.
class Fixture {
 public:
  explicit Fixture(const std::string& name)
      : source_(root() / name), data_(std::move(*TempDir::create("verdicts-"))) {
    const auto text = read_file(source_ / "problem.json");
    const Json description = *parse_json(text.value_or("{}"), name);
    problem_.id = "verdicts/" + name;
    problem_.directory = source_;
    problem_.format_name = "test";
    problem_.points_max = description.value("points_max", 1.0);
    read_task(description);
    problem_.task = task_;
  }

  const Problem& problem() const { return problem_; }

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
    const fs::path path = data_.path() / name;
    std::ofstream(path) << content;
    return path;
  }

  fs::path source_;
  TempDir data_;
  Problem problem_;
  ProgramTask task_;
};

// One judge, sandbox and set of problems for all tests: compiled interactors are shared.
struct Bench {
  Bench() {
    auto created = sandbox::create_linux_sandbox({.boxes = 3, .cores = {}});
    if (!created) {
      why_not = describe(created.error());
      return;
    }
    sandbox = std::move(*created);
    // Times near a limit are another test's matter, and running again costs time.
    judge = make_program_judge(*sandbox, Languages::built_in(), {.stability = {.reruns_max = 0}});
  }

  const Problem& problem(const std::string& name) {
    auto& fixture = fixtures[name];
    if (fixture == nullptr) fixture = std::make_unique<Fixture>(name);
    return fixture->problem();
  }

  std::string why_not;
  std::unique_ptr<sandbox::Sandbox> sandbox;
  std::unique_ptr<Judge> judge;
  std::map<std::string, std::unique_ptr<Fixture>> fixtures;
};

Bench& bench() {
  static Bench shared;
  return shared;
}

class VerdictFixture : public ::testing::Test {
 public:
  VerdictFixture(std::string problem, Verdict verdict, fs::path submission)
      : problem_(std::move(problem)), verdict_(verdict), submission_(std::move(submission)) {}

  void TestBody() override {
    if (bench().judge == nullptr) GTEST_SKIP() << "no box here: " << bench().why_not;
    Submission submission;
    if (fs::is_directory(submission_)) {
      OutputFiles outputs;
      for (const auto& entry : fs::directory_iterator(submission_)) {
        outputs.files.push_back(source_file(entry.path()));
      }
      submission = outputs;
    } else {
      const SourceFile file = source_file(submission_);
      const Language* language = Languages::built_in().by_file(file.name, file.content);
      ASSERT_NE(language, nullptr) << "no language for " << file.name;
      if (!find_system_program(language->program)) {
        GTEST_SKIP() << language->name << " is not installed (apt-get install " << language->package
                     << ")";
      }
      submission = SourceProgram{language->id, {file}, std::nullopt};
    }
    const auto judgement = bench().judge->judge(bench().problem(problem_), submission, {});
    ASSERT_TRUE(judgement.has_value()) << describe(judgement.error());
    EXPECT_EQ(judgement->verdict, verdict_) << what_happened(*judgement);
  }

 private:
  static SourceFile source_file(const fs::path& path) {
    return {path.filename().string(), read_file(path).value_or("")};
  }

  static std::string what_happened(const Judgement& judgement) {
    std::string text =
        fmt::format("judged {} {}\n{}", verdict_name(judgement.verdict), judgement.detail,
                    judgement.verdict == Verdict::CE ? judgement.compile_log : "");
    for (const TestResult& test : judgement.tests) {
      text +=
          fmt::format("{} {} {} exit {} signal {} cpu {} ms wall {} ms: {}\n{}{}", test.testcase,
                      verdict_name(test.verdict), test.run_status, test.exit_code, test.signal,
                      test.cpu_time.count() / 1000, test.wall_time.count() / 1000,
                      test.checker_message, test.standard_error, test.transcript);
    }
    return text;
  }

  const std::string problem_;
  const Verdict verdict_;
  const fs::path submission_;
};

std::string test_name(const fs::path& submission) {
  std::string name = fmt::format("{}_{}", submission.parent_path().filename().string(),
                                 submission.filename().string());
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

void register_tests() {
  std::vector<fs::path> submissions;
  for (const auto& problem : fs::directory_iterator(root())) {
    for (const auto& verdict : fs::directory_iterator(problem.path())) {
      if (!verdict.is_directory()) continue;
      for (const auto& entry : fs::directory_iterator(verdict.path())) {
        submissions.push_back(entry.path());
      }
    }
  }
  std::sort(submissions.begin(), submissions.end());
  for (const fs::path& submission : submissions) {
    const fs::path folder = submission.parent_path();
    const std::string problem = folder.parent_path().filename().string();
    const auto verdict = verdict_from_name(folder.filename().string());
    ::testing::RegisterTest(("Verdicts_" + problem).c_str(), test_name(submission).c_str(), nullptr,
                            nullptr, __FILE__, __LINE__, [=]() -> VerdictFixture* {
                              return new VerdictFixture(problem, verdict.value_or(Verdict::IE),
                                                        submission);
                            });
  }
}

}  // namespace
}  // namespace eval::judges

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  eval::judges::register_tests();
  return RUN_ALL_TESTS();
}
