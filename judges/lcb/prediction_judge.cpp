#include "judges/lcb/prediction_judge.h"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <optional>

#include "base/embedded.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "judges/lcb/python_show.h"
#include "judges/lcb/python_value.h"
#include "judges/lcb/shim_run.h"
#include "judges/steps/execute.h"
#include "judges/steps/verdict_of.h"
#include "problems/prediction_task.h"

EVAL_EMBEDDED(eval_lcb_predict)

// Theory of operation
//
// predict.py is what shim.py loads as if it were a submission, and calls with the answer. Its value leaves the
// box in the spelling of python_value.h. What is expected is JSON for test output prediction, spelled
// here; for code execution it is an expression, evaluated in a box of its own by the same program, once.
namespace eval::judges {
namespace {

using problems::PredictionTask;
using problems::Problem;
using Kind = ShimFrame::Kind;

// Raised with every change that can change a verdict.
constexpr int kPredictionJudgeVersion = 1;
constexpr std::chrono::milliseconds kExecutionTime{3'000};
constexpr std::chrono::milliseconds kTestOutputTime{10'000};
constexpr Bytes kMemory = Bytes::gib(1);
constexpr Bytes kOutput = Bytes::mib(16);
constexpr std::size_t kShownBytes = 2048;

std::string shown(std::string_view text, std::size_t bytes = kShownBytes) {
  return to_valid_utf8(shorten(text, bytes));
}

// What an expression came to.
struct Evaluation {
  std::optional<Verdict> failure;  // TLE, MLE, RE of the box
  std::optional<std::string> value;
  std::string error;  // without a value: why
  std::chrono::microseconds cpu_time{0};
  std::chrono::microseconds wall_time{0};
  std::optional<Bytes> memory_peak;
  std::string run_status;
};

class PredictionJudge final : public Judge {
 public:
  PredictionJudge(sandbox::Sandbox& sandbox, const Languages& languages)
      : sandbox_(sandbox), languages_(languages) {}

  Result<Judgement> judge(const Problem& problem, const Submission& submission,
                          std::stop_token stop) override;
  Result<std::string> cache_key(const Problem& problem, const Submission& submission) override;

 private:
  struct Asked {
    PredictionTask task;
    const std::string* answer = nullptr;
    ShimInterpreter python;
  };
  Result<Asked> prepare(const Problem& problem, const Submission& submission);
  Result<Evaluation> evaluate(const Asked& asked, const std::string& answer, std::stop_token stop);
  // The spelling of what is expected, or why there is none.
  Result<Evaluation> expected(const Problem& problem, const Asked& asked, std::stop_token stop);
  Result<TestResult> check(const Problem& problem, const Asked& asked, std::stop_token stop);

  sandbox::Sandbox& sandbox_;
  const Languages languages_;
  std::mutex mutex_;
  std::optional<ShimInterpreter> python_;       // guarded by mutex_
  std::map<std::string, Evaluation> expected_;  // by content hash of the problem; guarded by mutex_
};

std::chrono::milliseconds time_of(const PredictionTask& task) {
  return task.kind == PredictionTask::Kind::CodeExecution ? kExecutionTime : kTestOutputTime;
}

Result<PredictionJudge::Asked> PredictionJudge::prepare(const Problem& problem,
                                                        const Submission& submission) {
  Asked asked;
  auto task = problems::prediction_task(problem);
  const auto* answer = std::get_if<Answer>(&submission);
  if (!task || answer == nullptr) {
    return fail(ErrorCode::Unsupported,
                fmt::format("problem \"{}\" or its submission is no prediction", problem.id));
  }
  asked.task = *std::move(task);
  asked.answer = &answer->text;
  const std::lock_guard lock(mutex_);
  if (!python_) python_ = EVAL_TRY(find_shim_interpreter(languages_, "python3"));
  asked.python = *python_;
  return asked;
}

// The one answer of the shim; nullptr if there is none.
const ShimFrame* answer_in(const ShimFrames& frames) {
  for (const ShimFrame& frame : frames.frames) {
    if (frame.kind == Kind::Error || frame.kind == Kind::Value) return &frame;
  }
  return nullptr;
}

// predict.py returns the value in a list.
std::optional<std::string> unwrapped(std::string_view spelled) {
  constexpr std::string_view kOpen = "l1[";
  if (!spelled.starts_with(kOpen) || !spelled.ends_with(']')) return std::nullopt;
  return std::string(spelled.substr(kOpen.size(), spelled.size() - kOpen.size() - 1));
}

Result<Evaluation> PredictionJudge::evaluate(const Asked& asked, const std::string& answer,
                                             std::stop_token stop) {
  const bool is_execution = asked.task.kind == PredictionTask::Kind::CodeExecution;
  ShimJob job;
  job.mode = "call";
  job.code = std::string(eval_lcb_predict());
  job.function_name = "prediction";
  job.inputs = {to_json_line(is_execution ? "code execution" : "test output") + "\n" +
                to_json_line(is_execution ? asked.task.code : "") + "\n" + to_json_line(answer)};
  const std::chrono::milliseconds time = time_of(asked.task);
  const ShimLimits limits{time, wall_limit_for(time), kMemory, kOutput, false};
  const auto done = EVAL_TRY(run_shim(sandbox_, asked.python, std::move(job), limits, stop));
  Evaluation result;
  result.cpu_time = done->run.cpu_time;
  result.wall_time = done->run.wall_time;
  result.memory_peak = done->run.memory_peak;
  result.run_status = sandbox::run_status_name(done->run.status);
  result.failure = verdict_of(done->run, time);
  const ShimFrame* frame = answer_in(done->frames);
  if (result.failure || frame == nullptr) {
    result.error = "the expression ended the interpreter or ran into a limit";
  } else if (frame->kind == Kind::Value) {
    result.value = unwrapped(frame->payload);
    if (!result.value) result.error = "something else than its value came out of the box";
  } else {
    constexpr std::string_view kError = "error ";
    std::string_view text = frame->payload;
    if (text.starts_with(kError)) text.remove_prefix(kError.size());
    result.error = shown(text);
  }
  return result;
}

Result<Evaluation> PredictionJudge::expected(const Problem& problem, const Asked& asked,
                                             std::stop_token stop) {
  if (asked.task.kind == PredictionTask::Kind::TestOutput) {
    Evaluation known;
    auto spelled = spell_json(asked.task.expected);
    if (spelled) {
      known.value = *std::move(spelled);
    } else {
      known.error = spelled.error().what;
    }
    return known;
  }
  {
    const std::lock_guard lock(mutex_);
    const auto found = expected_.find(problem.content_hash);
    if (found != expected_.end()) return found->second;
  }
  Evaluation fresh = EVAL_TRY(evaluate(asked, asked.task.expected, std::move(stop)));
  const std::lock_guard lock(mutex_);
  return expected_.emplace(problem.content_hash, std::move(fresh)).first->second;
}

Result<TestResult> PredictionJudge::check(const Problem& problem, const Asked& asked,
                                          std::stop_token stop) {
  TestResult result;
  result.testcase = "answer";
  result.verdict = Verdict::WA;
  if (asked.task.kind == PredictionTask::Kind::CodeExecution &&
      asked.answer->find(asked.task.input) != std::string::npos) {
    result.run_status = kPredictionNotRun;
    result.checker_message = "the answer repeats the call and is not evaluated";
    return result;
  }
  const Evaluation wanted = EVAL_TRY(expected(problem, asked, stop));
  if (!wanted.value || has_incomparable(*wanted.value)) {
    result.verdict = Verdict::JE;
    result.checker_message = "the expected output of the row cannot be compared with anything: " +
                             (wanted.value ? shown(*wanted.value, 150) : wanted.error);
    return result;
  }
  const Evaluation given = EVAL_TRY(evaluate(asked, *asked.answer, stop));
  result.cpu_time = given.cpu_time;
  result.wall_time = given.wall_time;
  result.memory_peak = given.memory_peak;
  result.run_status = given.run_status;
  if (!given.value) {
    const bool is_limit = given.failure == Verdict::TLE || given.failure == Verdict::MLE;
    if (is_limit) result.verdict = *given.failure;
    result.checker_message = "the answer has no value: " + given.error;
    return result;
  }
  result.output_excerpt = shown(*given.value);
  if (*given.value == *wanted.value) {
    result.verdict = Verdict::AC;
  } else {
    result.checker_message = fmt::format("the answer is {} instead of {}",
                                         shown_spelled(*given.value), shown_spelled(*wanted.value));
  }
  return result;
}

Result<Judgement> PredictionJudge::judge(const Problem& problem, const Submission& submission,
                                         std::stop_token stop) {
  const Asked asked = EVAL_TRY(prepare(problem, submission));
  Judgement judgement;
  judgement.time_limit = time_of(asked.task);
  judgement.memory_limit = kMemory;
  judgement.fingerprint =
      fmt::format("judge prediction {}; box {}; {}{}; shim {}", kPredictionJudgeVersion,
                  sandbox_.isolation(), asked.python.tool.version,
                  asked.python.modules.empty() ? "" : " with " + asked.python.modules,
                  shim_hash().substr(0, 12));
  judgement.tests.push_back(EVAL_TRY_IN(check(problem, asked, stop), problem.id));
  const TestResult& result = judgement.tests.back();
  judgement.verdict = result.verdict;
  if (result.verdict == Verdict::JE) judgement.detail = result.checker_message;
  judgement.points = result.verdict == Verdict::AC ? problem.points_max : 0;
  return judgement;
}

Result<std::string> PredictionJudge::cache_key(const Problem& problem,
                                               const Submission& submission) {
  const Asked asked = EVAL_TRY(prepare(problem, submission));
  return ContentHash()
      .add("prediction")
      .add(std::to_string(kPredictionJudgeVersion))
      .add(shim_hash())
      .add(eval_lcb_predict())
      .add(asked.python.tool.version)
      .add(asked.python.modules)
      .add(sandbox_.isolation())
      .add(asked.task.kind == PredictionTask::Kind::CodeExecution ? "execution" : "test output")
      .add(asked.task.code)
      .add(asked.task.input)
      .add(asked.task.expected)
      .add(*asked.answer)
      .hex();
}

}  // namespace

bool has_incomparable(std::string_view spelled) {
  std::size_t at = 0;
  while (at < spelled.size()) {
    const char kind = spelled[at];
    if (kind == 'x' || kind == 'y') return true;
    if (kind == ']' || kind == '}') {
      ++at;
      continue;
    }
    const std::size_t end = spelled.find_first_of(kind == 's' ? ":" : ";[{", at);
    if (end == spelled.npos) return true;
    const auto bytes =
        kind == 's' ? parse_integer(spelled.substr(at + 1, end - at - 1)) : std::optional(0LL);
    if (!bytes || *bytes < 0) return true;
    at = end + 1 + static_cast<std::size_t>(*bytes);
  }
  return false;
}

std::unique_ptr<Judge> make_prediction_judge(sandbox::Sandbox& sandbox,
                                             const Languages& languages) {
  return std::make_unique<PredictionJudge>(sandbox, languages);
}

}  // namespace eval::judges
