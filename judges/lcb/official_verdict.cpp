#include "judges/lcb/official_verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "judges/lcb/decimal_lines.h"
#include "judges/lcb/python_equality.h"
#include "judges/lcb/python_show.h"
#include "judges/lcb/python_value.h"

namespace eval::judges {
namespace {

using Kind = ShimFrame::Kind;

constexpr std::size_t kShownOutputBytes = 2048;
constexpr std::size_t kShownErrorBytes = 4096;
constexpr std::string_view kTimeout = "timeout ";
constexpr std::string_view kError = "error ";

std::string shown(std::string_view text, std::size_t bytes) {
  return to_valid_utf8(shorten(text, bytes));
}

void set(TestResult& result, Verdict verdict, OfficialCode code, std::string message = {}) {
  result.verdict = verdict;
  result.exit_code = static_cast<int>(code);
  result.checker_message = std::move(message);
}

// What a result tells of: where the official evaluator itself fails, its codes are one for all of the program.
enum class Scope { Testcase, Program };

Scope check_output(TestResult& result, std::string_view expected, std::string_view output) {
  const LineComparison comparison = compare_decimal_lines(expected, output);
  if (comparison.raises) {
    set(result, Verdict::RE, OfficialCode::Failed,
        "the official evaluator fails on this output: " + comparison.message);
    return Scope::Program;
  }
  if (comparison.equal) {
    set(result, Verdict::AC, OfficialCode::Right);
  } else {
    set(result, Verdict::WA, OfficialCode::Wrong, comparison.message);
  }
  return Scope::Testcase;
}

Scope check_value(TestResult& result, std::string_view expected, std::string_view value) {
  const auto spelled = spell_json(expected);
  if (!spelled) {
    set(result, Verdict::RE, OfficialCode::Failed,
        "the expected output is not JSON, so that every program fails officially: " +
            spelled.error().what);
    return Scope::Program;
  }
  switch (python_equality(value, *spelled)) {
    case Equality::Equal:
      set(result, Verdict::AC, OfficialCode::Right);
      break;
    case Equality::Raises:
      set(result, Verdict::RE, OfficialCode::Failed,
          "whether an array of several values is equal cannot be said");
      break;
    case Equality::Empty:
      set(result, Verdict::WA, OfficialCode::Lost, "returned an array without values");
      break;
    case Equality::Unequal:
      set(result, Verdict::WA, OfficialCode::Wrong, wrong_value_message(value, expected));
      break;
  }
  return Scope::Testcase;
}

bool is_syntax_error(std::string_view text) {
  return text.starts_with("SyntaxError(") || text.starts_with("IndentationError(") ||
         text.starts_with("TabError(");
}

// An "error" frame: of one input, or of the program as a whole.
Scope take_error(TestResult& result, const ShimFrame& frame, bool loaded) {
  std::string_view text = frame.payload;
  if (text.starts_with(kTimeout) && frame.index >= 0) {
    set(result, Verdict::TLE, OfficialCode::TimedOut, "over the limit of one test");
    return Scope::Testcase;
  }
  for (const std::string_view status : {kTimeout, kError}) {
    if (text.starts_with(status)) text.remove_prefix(status.size());
  }
  result.standard_error = shown(text, kShownErrorBytes);
  const bool refused = !loaded && is_syntax_error(text);
  set(result, refused ? Verdict::CE : Verdict::RE, OfficialCode::Failed,
      frame.index >= 0 ? "" : "failed outside of a test, which fails the whole program");
  return frame.index >= 0 ? Scope::Testcase : Scope::Program;
}

Scope take_frame(TestResult& result, const ShimFrame& frame, std::string_view expected,
                 bool loaded) {
  if (frame.kind == Kind::Error) return take_error(result, frame, loaded);
  result.output_excerpt = shown(frame.payload, kShownOutputBytes);
  return frame.kind == Kind::Output ? check_output(result, expected, frame.payload)
                                    : check_value(result, expected, frame.payload);
}

// The process is gone and has not said how the test went.
void take_loss(TestResult& result, const ShimFrames& frames, const sandbox::ExecutionResult& run) {
  using sandbox::RunStatus;
  const auto lost = [&](Verdict verdict, std::string why) {
    set(result, verdict, OfficialCode::Lost, std::move(why));
  };
  result.standard_error = shown(run.standard_error, kShownErrorBytes);
  switch (run.status) {
    case RunStatus::MemoryLimit:
      return lost(Verdict::MLE, "over the memory limit");
    case RunStatus::OutputLimit:
      return lost(Verdict::OLE, "over the output limit");
    case RunStatus::CpuTimeLimit:
    case RunStatus::WallTimeLimit:
    case RunStatus::Deadlock:
      return lost(Verdict::TLE, "over the limit for all tests together");
    case RunStatus::Signalled:
      return lost(Verdict::RE, fmt::format("the process was ended by signal {}", run.signal));
    case RunStatus::ForbiddenSyscall:
      return lost(Verdict::RE, "forbidden system call " + run.forbidden_syscall);
    case RunStatus::Exited:
    case RunStatus::GroupEnded:
    case RunStatus::Cancelled:
      break;
  }
  lost(Verdict::RE, frames.broken ? "the program wrote where only results are written"
                                  : "the process ended before the test did");
}

TestResult result_for(const problems::Testcase& testcase, const sandbox::ExecutionResult& run) {
  TestResult result;
  result.testcase = testcase.name;
  result.run_status = kOfficialStatus;
  result.memory_peak = run.memory_peak;
  return result;
}

}  // namespace

std::vector<TestResult> official_results(const OfficialTask& official, const ShimFrames& frames,
                                         const sandbox::ExecutionResult& run) {
  const std::vector<problems::Testcase>& testcases = official.task->testcases;
  const Kind answer = official.task->function_name.empty() ? Kind::Output : Kind::Value;
  std::vector<TestResult> results;
  bool loaded = false;
  bool done = false;
  for (const ShimFrame& frame : frames.frames) {
    if (frame.kind == Kind::Ready) continue;
    if (frame.kind == Kind::Loaded) {
      loaded = true;
      continue;
    }
    if (frame.kind == Kind::Done) {
      done = results.size() == testcases.size();
      break;
    }
    const bool all_answered = results.size() == testcases.size();
    const bool expected_next =
        !all_answered && frame.index == static_cast<long long>(results.size());
    const bool is_answer = frame.kind == answer && expected_next;
    const bool is_error = frame.kind == Kind::Error && (frame.index < 0 || expected_next);
    if (!is_answer && !is_error) break;  // out of order: not the shim's
    const std::size_t at = std::min(results.size(), testcases.size() - 1);
    TestResult result = result_for(testcases[at], run);
    result.cpu_time = frame.cpu_time;
    result.wall_time = frame.wall_time;
    const Scope scope = take_frame(result, frame, official.expected[at], loaded);
    if (scope == Scope::Program) results.clear();
    results.push_back(std::move(result));
    if (results.back().verdict != Verdict::AC) return results;
  }
  if (done) return results;
  if (results.size() == testcases.size()) results.pop_back();
  results.push_back(result_for(testcases[results.size()], run));
  take_loss(results.back(), frames, run);
  return results;
}

}  // namespace eval::judges
