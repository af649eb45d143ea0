#include "judges/lcb/function_judge.h"

#include <fmt/format.h>

#include <map>
#include <mutex>

#include "base/hash.h"
#include "base/text.h"
#include "judges/lcb/python_equality.h"
#include "judges/lcb/python_show.h"
#include "judges/lcb/python_value.h"
#include "judges/lcb/shim_run.h"
#include "judges/steps/execute.h"
#include "judges/steps/verdict_of.h"

namespace eval::judges {
namespace {

using problems::Problem;
using problems::ProgramTask;
using Kind = ShimFrame::Kind;

// Raised with every change that can change a verdict.
constexpr int kFunctionJudgeVersion = 4;
constexpr std::size_t kShownBytes = 2048;

std::string shown(std::string_view text, std::size_t bytes = kShownBytes) {
  return to_valid_utf8(shorten(text, bytes));
}

class FunctionJudge final : public Judge {
 public:
  FunctionJudge(sandbox::Sandbox& sandbox, const Languages& languages, bool run_all)
      : sandbox_(sandbox), languages_(languages), run_all_(run_all) {}

  Result<Judgement> judge(const Problem& problem, const Submission& submission,
                          std::stop_token stop) override;
  Result<std::string> cache_key(const Problem& problem, const Submission& submission) override;

 private:
  struct Prepared {
    const ProgramTask* task = nullptr;
    const SourceProgram* program = nullptr;
    ShimInterpreter python;
    std::chrono::milliseconds cpu_time{0};
  };
  Result<Prepared> prepare(const Problem& problem, const Submission& submission);
  Result<TestResult> run_testcase(const Prepared& prepared, const problems::Testcase& testcase,
                                  std::stop_token stop);

  sandbox::Sandbox& sandbox_;
  const Languages languages_;
  const bool run_all_;
  std::mutex mutex_;
  std::map<std::string, ShimInterpreter> pythons_;  // by language id; guarded by mutex_
};

Result<FunctionJudge::Prepared> FunctionJudge::prepare(const Problem& problem,
                                                       const Submission& submission) {
  Prepared prepared;
  prepared.task = std::get_if<ProgramTask>(&problem.task);
  prepared.program = std::get_if<SourceProgram>(&submission);
  if (prepared.task == nullptr || prepared.program == nullptr || prepared.program->files.empty() ||
      !prepared.task->limits.cpu_time) {
    return fail(ErrorCode::Unsupported,
                fmt::format("problem \"{}\" or its submission is not a function", problem.id));
  }
  const std::string id = prepared.program->language == "pypy3" ? "pypy3" : "python3";
  const std::lock_guard lock(mutex_);
  if (!pythons_.contains(id)) {
    pythons_.emplace(id, EVAL_TRY(find_shim_interpreter(languages_, id)));
  }
  prepared.python = pythons_.at(id);
  prepared.cpu_time =
      time_limit_for(*prepared.task, *prepared.python.language, *prepared.task->limits.cpu_time);
  return prepared;
}

// The frame that tells how the call went; nullptr if there is none.
const ShimFrame* answer_in(const ShimFrames& frames) {
  for (const ShimFrame& frame : frames.frames) {
    if (frame.kind == Kind::Error || frame.kind == Kind::Value) return &frame;
  }
  return nullptr;
}

void check(TestResult& result, const ShimFrame* answer, const std::string& expected) {
  if (answer == nullptr || answer->kind == Kind::Error) {
    result.verdict = Verdict::RE;
    constexpr std::string_view kError = "error ";
    if (answer == nullptr) return;
    std::string_view text = answer->payload;
    if (text.starts_with(kError)) text.remove_prefix(kError.size());
    result.standard_error = shown(text);
    return;
  }
  result.output_excerpt = shown(answer->payload);
  const auto spelled = spell_json(expected);
  if (!spelled) {
    result.verdict = Verdict::JE;
    result.checker_message = "the expected output is not JSON: " + spelled.error().what;
    return;
  }
  const bool equal = python_equality(answer->payload, *spelled) == Equality::Equal;
  result.verdict = equal ? Verdict::AC : Verdict::WA;
  if (result.verdict == Verdict::AC) return;
  result.checker_message = wrong_value_message(answer->payload, expected);
}

Result<TestResult> FunctionJudge::run_testcase(const Prepared& prepared,
                                               const problems::Testcase& testcase,
                                               std::stop_token stop) {
  ShimJob job;
  job.mode = "call";
  job.code = prepared.program->files.front().content;
  job.function_name = prepared.task->function_name;
  job.inputs = {EVAL_TRY(read_test_data(testcase.input))};
  const std::string expected = EVAL_TRY(read_test_data(testcase.answer));
  ShimLimits limits;
  limits.cpu_time = prepared.cpu_time;
  limits.wall_time = wall_limit_for(prepared.cpu_time);
  limits.memory = prepared.task->limits.memory;
  limits.output = prepared.task->limits.output;
  const auto done = EVAL_TRY(run_shim(sandbox_, prepared.python, std::move(job), limits, stop));
  const sandbox::ExecutionResult& run = done->run;
  TestResult result;
  result.testcase = testcase.name;
  result.cpu_time = run.cpu_time;
  result.wall_time = run.wall_time;
  result.memory_peak = run.memory_peak;
  result.run_status = sandbox::run_status_name(run.status);
  result.exit_code = run.exit_code;
  result.signal = run.signal;
  result.standard_error = shown(run.standard_error);
  if (const auto verdict = verdict_of(run, prepared.cpu_time)) {
    result.verdict = *verdict;
  } else {
    check(result, answer_in(done->frames), expected);
  }
  return result;
}

Result<Judgement> FunctionJudge::judge(const Problem& problem, const Submission& submission,
                                       std::stop_token stop) {
  const Prepared prepared = EVAL_TRY(prepare(problem, submission));
  Judgement judgement;
  judgement.verdict = Verdict::AC;
  judgement.language = prepared.python.language->id;
  judgement.time_limit = prepared.cpu_time;
  judgement.memory_limit = prepared.task->limits.memory;
  judgement.fingerprint =
      fmt::format("judge function {}; box {}; {}{}; shim {}", kFunctionJudgeVersion,
                  sandbox_.isolation(), prepared.python.tool.version,
                  prepared.python.modules.empty() ? "" : " with " + prepared.python.modules,
                  shim_hash().substr(0, 12));
  for (const problems::Testcase& testcase : prepared.task->testcases) {
    judgement.tests.push_back(
        EVAL_TRY_IN(run_testcase(prepared, testcase, stop), problem.id + ", " + testcase.name));
    const TestResult& result = judgement.tests.back();
    if (result.verdict == Verdict::AC) continue;
    if (judgement.verdict == Verdict::AC) judgement.verdict = result.verdict;
    if (result.verdict == Verdict::JE) judgement.detail = result.checker_message;
    if (!run_all_) break;
  }
  judgement.points = judgement.verdict == Verdict::AC ? problem.points_max : 0;
  judgement.subtasks.push_back(
      {prepared.task->root.name, judgement.verdict, judgement.points, problem.points_max});
  return judgement;
}

Result<std::string> FunctionJudge::cache_key(const Problem& problem, const Submission& submission) {
  const Prepared prepared = EVAL_TRY(prepare(problem, submission));
  ContentHash key;
  key.add("function").add(fmt::format("{}", kFunctionJudgeVersion)).add(shim_hash());
  key.add(prepared.python.tool.version).add(prepared.python.modules).add(sandbox_.isolation());
  key.add(prepared.program->files.front().content).add(prepared.task->function_name);
  key.add(fmt::format("{} {} {} {} {}", prepared.cpu_time.count(),
                      prepared.task->limits.memory.count, prepared.task->limits.output.count,
                      run_all_, problem.points_max));
  for (const problems::Testcase& testcase : prepared.task->testcases) {
    key.add(testcase.name).add(testcase.input.sha256).add(testcase.answer.sha256);
  }
  return key.hex();
}

}  // namespace

std::unique_ptr<Judge> make_function_judge(sandbox::Sandbox& sandbox, const Languages& languages,
                                           bool run_all_testcases) {
  return std::make_unique<FunctionJudge>(sandbox, languages, run_all_testcases);
}

}  // namespace eval::judges
