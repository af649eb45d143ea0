#include "judges/lcb/livecodebench_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "base/hash.h"
#include "base/text.h"
#include "judges/lcb/function_judge.h"
#include "judges/lcb/official_verdict.h"
#include "judges/lcb/shim_run.h"

// Theory of operation
//
// lcb-official: the program and all inputs go to shim.py in one box; frames with outputs come back; they
// are compared here, in order, up to the first that is not right. process: programs go to the program
// judge, functions to the function judge, which runs the shim once for each testcase.
namespace eval::judges {
namespace {

using problems::Problem;
using problems::ProgramTask;
using std::chrono::milliseconds;

// Raised with every change that can change a verdict.
constexpr int kOfficialJudgeVersion = 4;

constexpr std::array<std::pair<Semantics, std::string_view>, 3> kNames = {
    {{Semantics::LcbOfficial, "lcb-official"},
     {Semantics::LcbOfficial2501, "lcb-official-2501"},
     {Semantics::Process, "process"}}};

// Officially (6 + 1) s for each test and 5 s; the interpreter's start in the box comes on top.
milliseconds wall_limit(const ProgramTask& task) {
  const auto tests = static_cast<long>(task.testcases.size());
  return tests * (*task.limits.cpu_time + milliseconds(1000)) + milliseconds(5000) +
         milliseconds(2000);
}

// Between the clocks of the shim and those of the box.
constexpr milliseconds kClockTolerance{100};

// The official evaluator limits no CPU time; threads of a few processors fit in here.
constexpr int kProcessors = 4;

Result<const ProgramTask*> task_of(const Problem& problem) {
  const auto* task = std::get_if<ProgramTask>(&problem.task);
  if (task != nullptr && task->checker.comparison == problems::Comparison::DecimalLines &&
      task->limits.cpu_time) {
    return task;
  }
  return fail(
      ErrorCode::Unsupported,
      fmt::format("problem \"{}\" is not of LiveCodeBench, and lcb-official judges only these",
                  problem.id),
      problem.directory.string(), "leave --semantics out");
}

Result<const SourceProgram*> program_of(const Problem& problem, const Submission& submission) {
  const auto* program = std::get_if<SourceProgram>(&submission);
  if (program != nullptr && !program->files.empty()) return program;
  return fail(
      ErrorCode::Unsupported,
      fmt::format("problem \"{}\" takes a program, and the submission is none", problem.id));
}

struct OfficialRun {
  std::vector<TestResult> results;
  std::chrono::microseconds idle;  // of the whole run, as the box saw it
};

class OfficialJudge final : public Judge {
 public:
  OfficialJudge(sandbox::Sandbox& sandbox, const Languages& languages, Semantics semantics)
      : sandbox_(sandbox), languages_(languages), semantics_(semantics) {}

  Result<Judgement> judge(const Problem& problem, const Submission& submission,
                          std::stop_token stop) override;
  Result<std::string> cache_key(const Problem& problem, const Submission& submission) override;

 private:
  Result<ShimInterpreter> interpreter();
  Result<OfficialRun> run_once(const ProgramTask& task, const ShimInterpreter& python,
                               const ShimJob& job, const std::vector<std::string>& expected,
                               bool alone, std::stop_token stop);

  sandbox::Sandbox& sandbox_;
  const Languages languages_;
  const Semantics semantics_;
  std::mutex mutex_;
  std::optional<ShimInterpreter> python_;  // guarded by mutex_
};

Result<ShimInterpreter> OfficialJudge::interpreter() {
  const std::lock_guard lock(mutex_);
  if (!python_) python_ = EVAL_TRY(find_shim_interpreter(languages_, "python3"));
  return *python_;
}

// True where the alarm rang although the program had the processor for much less: the machine was busy,
// or the program slept. Only another run tells. What the program says of the time of a test (it can reach the
// channel) must be within what the box says of all of them.
bool may_be_our_fault(const OfficialRun& done) {
  const TestResult& last = done.results.back();
  const auto idle = last.wall_time - last.cpu_time;
  return last.exit_code == static_cast<int>(OfficialCode::TimedOut) && idle * 10 > last.wall_time &&
         idle <= done.idle + kClockTolerance;
}

Result<OfficialRun> OfficialJudge::run_once(const ProgramTask& task, const ShimInterpreter& python,
                                            const ShimJob& job,
                                            const std::vector<std::string>& expected, bool alone,
                                            std::stop_token stop) {
  ShimLimits limits;
  limits.wall_time = wall_limit(task);
  limits.cpu_time = kProcessors * limits.wall_time;
  limits.memory = task.limits.memory;
  limits.output = task.limits.output;
  limits.alone = alone;
  const auto done = EVAL_TRY(run_shim(sandbox_, python, job, limits, stop));
  return OfficialRun{official_results({&task, expected}, done->frames, done->run),
                     done->run.wall_time - done->run.cpu_time};
}

Result<Judgement> OfficialJudge::judge(const Problem& problem, const Submission& submission,
                                       std::stop_token stop) {
  const ProgramTask& task = *EVAL_TRY(task_of(problem));
  const SourceProgram& program = *EVAL_TRY(program_of(problem, submission));
  const ShimInterpreter python = EVAL_TRY(interpreter());
  ShimJob job;
  const bool is_old = semantics_ == Semantics::LcbOfficial2501;
  job.mode = !task.function_name.empty() ? "function" : is_old ? "stdin-2501" : "stdin";
  job.seconds = std::chrono::duration_cast<std::chrono::seconds>(*task.limits.cpu_time);
  job.code = program.files.front().content;
  job.function_name = task.function_name;
  std::vector<std::string> expected;
  for (const problems::Testcase& testcase : task.testcases) {
    job.inputs.push_back(EVAL_TRY_IN(read_test_data(testcase.input), problem.id));
    expected.push_back(EVAL_TRY_IN(read_test_data(testcase.answer), problem.id));
  }
  Judgement judgement;
  judgement.language = program.language;
  judgement.time_limit = *task.limits.cpu_time;
  judgement.memory_limit = task.limits.memory;
  judgement.fingerprint = fmt::format(
      "judge {} {}; box {}; {}{}; shim {}", semantics_name(semantics_), kOfficialJudgeVersion,
      sandbox_.isolation(), python.tool.version,
      python.modules.empty() ? "" : " with " + python.modules, shim_hash().substr(0, 12));
  OfficialRun done = EVAL_TRY_IN(run_once(task, python, job, expected, false, stop), problem.id);
  if (may_be_our_fault(done)) {
    done = EVAL_TRY_IN(run_once(task, python, job, expected, true, stop), problem.id);
    done.results.back().stability = Stability::ReRun;
  }
  judgement.tests = std::move(done.results);
  judgement.verdict = judgement.tests.back().verdict;
  judgement.points = judgement.verdict == Verdict::AC ? problem.points_max : 0;
  if (judgement.verdict == Verdict::CE)
    judgement.compile_log = judgement.tests.back().standard_error;
  judgement.subtasks.push_back(
      {task.root.name, judgement.verdict, judgement.points, problem.points_max});
  return judgement;
}

Result<std::string> OfficialJudge::cache_key(const Problem& problem, const Submission& submission) {
  const ProgramTask& task = *EVAL_TRY(task_of(problem));
  const SourceProgram& program = *EVAL_TRY(program_of(problem, submission));
  const ShimInterpreter python = EVAL_TRY(interpreter());
  ContentHash key;
  key.add(semantics_name(semantics_))
      .add(fmt::format("{}", kOfficialJudgeVersion))
      .add(shim_hash());
  key.add(python.tool.version).add(python.modules).add(sandbox_.isolation());
  key.add(program.files.front().content).add(task.function_name);
  key.add(fmt::format("{} {} {} {}", task.limits.cpu_time->count(), task.limits.memory.count,
                      task.limits.output.count, problem.points_max));
  for (const problems::Testcase& testcase : task.testcases) {
    key.add(testcase.name).add(testcase.input.sha256).add(testcase.answer.sha256);
  }
  return key.hex();
}

// Programs to the program judge, functions to the function judge.
class ProcessJudge final : public Judge {
 public:
  ProcessJudge(sandbox::Sandbox& sandbox, const Languages& languages,
               const ProgramJudgeOptions& options)
      : programs_(make_program_judge(sandbox, languages, warm(options))),
        functions_(make_function_judge(sandbox, languages, options.run_all_testcases)) {}

  Result<Judgement> judge(const Problem& problem, const Submission& submission,
                          std::stop_token stop) override {
    return judge_for(problem).judge(problem, submission, stop);
  }
  Result<std::string> cache_key(const Problem& problem, const Submission& submission) override {
    return judge_for(problem).cache_key(problem, submission);
  }

 private:
  // The start of the interpreter is nothing that this benchmark measures.
  static ProgramJudgeOptions warm(ProgramJudgeOptions options) {
    options.warm_interpreters = true;
    return options;
  }

  Judge& judge_for(const Problem& problem) const {
    const auto* task = std::get_if<ProgramTask>(&problem.task);
    const bool is_function = task != nullptr && !task->function_name.empty();
    return is_function ? *functions_ : *programs_;
  }

  std::unique_ptr<Judge> programs_;
  std::unique_ptr<Judge> functions_;
};

}  // namespace

std::string_view semantics_name(Semantics semantics) {
  for (const auto& [value, name] : kNames) {
    if (value == semantics) return name;
  }
  return {};
}

std::optional<Semantics> semantics_from_name(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> semantics_names() {
  std::vector<std::string> names;
  for (const auto& [value, name] : kNames) names.emplace_back(name);
  return names;
}

std::unique_ptr<Judge> make_livecodebench_judge(sandbox::Sandbox& sandbox,
                                                const Languages& languages, Semantics semantics,
                                                ProgramJudgeOptions options) {
  if (semantics == Semantics::Process) {
    return std::make_unique<ProcessJudge>(sandbox, languages, std::move(options));
  }
  return std::make_unique<OfficialJudge>(sandbox, languages, semantics);
}

}  // namespace eval::judges
