#include "judges/steps/run_testcase.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "judges/steps/checker.h"
#include "judges/steps/execute.h"
#include "judges/steps/interact.h"
#include "judges/steps/meeting.h"
#include "judges/steps/verdict_of.h"

namespace eval::judges {
namespace {

using problems::TaskType;
using problems::Testcase;

// What a person needs to see of a stream; whole outputs are not kept.
constexpr std::size_t kShownOutputBytes = 2048;
constexpr std::size_t kShownErrorBytes = 4096;
constexpr std::size_t kShownMessageBytes = 4096;
constexpr const char* kNextPass = "nextpass.in";

std::string shown(std::string_view text, std::size_t bytes) {
  return to_valid_utf8(shorten(text, bytes));
}

CheckOutcome decided(Verdict verdict, std::string message) {
  return {verdict, std::nullopt, std::nullopt, std::move(message)};
}

Result<Meeting> meet_alone(const Session& session, const Testcase& testcase, const Pass& pass) {
  Meeting meeting;
  meeting.run = EVAL_TRY(execute(session, testcase, pass.input));
  const std::string& named = session.task.output_file;
  const auto written = meeting.run.outputs.find(named);
  if (named.empty()) {
    meeting.output = std::move(meeting.run.standard_output);
  } else if (written != meeting.run.outputs.end()) {
    meeting.output = std::move(written->second);
  }
  if (const auto verdict = verdict_of(meeting.run, session.cpu_time)) {
    meeting.outcome = decided(*verdict, {});
  } else if (!named.empty() && written == meeting.run.outputs.end()) {
    meeting.outcome = decided(Verdict::WA, fmt::format("the program made no file \"{}\"", named));
  } else {
    std::string excerpt = meeting.output.substr(0, 2 * kShownOutputBytes);
    CheckRequest request{testcase, pass.input, std::move(meeting.output), pass.feedback};
    meeting.outcome = EVAL_TRY(check(session, std::move(request)));
    meeting.output = std::move(excerpt);
  }
  return meeting;
}

// The output handed in for `testcase`: a file called as the testcase without its folders, with any
// extension, or as CMS asks for it ("output_NAME.txt").
const SourceFile* output_for(const OutputFiles& outputs, const Testcase& testcase) {
  const fs::path name = fs::path(testcase.name).filename();
  for (const SourceFile& file : outputs.files) {
    if (file.name == name || fs::path(file.name).stem() == name) return &file;
    if (file.name == fmt::format("output_{}.txt", name.string())) return &file;
  }
  return nullptr;
}

Result<Meeting> meet_output(const Session& session, const Testcase& testcase) {
  Meeting meeting;
  const SourceFile* file =
      session.outputs == nullptr ? nullptr : output_for(*session.outputs, testcase);
  if (file == nullptr) {
    meeting.outcome = decided(Verdict::WA, "no output was handed in for this testcase");
    return meeting;
  }
  if (file->content.size() > session.task.limits.output.count) {
    meeting.outcome = decided(Verdict::OLE, {});
    return meeting;
  }
  meeting.output = file->content;
  const sandbox::FileSource input{testcase.input.path, std::nullopt};
  meeting.outcome = EVAL_TRY(check(session, {testcase, input, file->content}));
  return meeting;
}

Result<Meeting> meet(const Session& session, const Testcase& testcase, const Pass& pass) {
  switch (session.task.type) {
    case TaskType::Batch:
      return meet_alone(session, testcase, pass);
    case TaskType::Interactive:
      if (session.task.interactor->protocol == problems::CheckerProtocol::Cms) {
        return meet_manager(session, testcase);
      }
      return meet_interactor(session, testcase, pass);
    case TaskType::Communication:
      return meet_manager(session, testcase);
    case TaskType::TwoSteps:
      return meet_in_two_steps(session, testcase);
    case TaskType::OutputOnly:
      return meet_output(session, testcase);
    case TaskType::BatchAndOutput:
      if (session.program == nullptr || testcase.is_output_only) {
        return meet_output(session, testcase);
      }
      return meet_alone(session, testcase, pass);
  }
  return Meeting{};
}

// The next pass as the checker asked for it, or nullopt if it is content.
std::optional<Pass> next_pass(CheckOutcome& outcome) {
  const auto found = outcome.feedback.find(kNextPass);
  if (outcome.verdict != Verdict::AC || found == outcome.feedback.end()) return std::nullopt;
  Pass pass;
  pass.input.content = std::move(found->second);
  outcome.feedback.erase(found);
  pass.feedback = std::move(outcome.feedback);
  return pass;
}

Result<Meeting> meet_in_passes(const Session& session, const Testcase& testcase, int& passes) {
  Pass pass;
  pass.input.host_path = testcase.input.path;
  Meeting meeting;
  for (passes = 1;; ++passes) {
    Meeting last = EVAL_TRY(meet(session, testcase, pass));
    // Each pass has the whole limit; shown is the slowest, and all the waiting together.
    last.run.cpu_time = std::max(last.run.cpu_time, meeting.run.cpu_time);
    last.run.wall_time += meeting.run.wall_time;
    last.run.memory_peak = std::max(
        last.run.memory_peak, meeting.run.memory_peak, [](const auto& left, const auto& right) {
          return left.value_or(Bytes{}).count < right.value_or(Bytes{}).count;
        });
    last.transcript.insert(0, meeting.transcript);
    meeting = std::move(last);
    std::optional<Pass> next = next_pass(meeting.outcome);
    if (!next) return meeting;
    if (passes == session.task.passes_max) {
      meeting.outcome =
          decided(Verdict::JE, fmt::format("the checker asked for more than {} passes", passes));
      return meeting;
    }
    pass = std::move(*next);
  }
}

TestRun test_run_of(const Testcase& testcase, const Meeting& meeting) {
  const sandbox::ExecutionResult& run = meeting.run;
  TestRun done;
  TestResult& result = done.result;
  result.testcase = testcase.name;
  result.verdict = meeting.outcome.verdict;
  result.points = meeting.outcome.points;
  result.cpu_time = run.cpu_time;
  result.wall_time = run.wall_time;
  result.memory_peak = run.memory_peak;
  result.run_status = sandbox::run_status_name(run.status);
  result.exit_code = run.exit_code;
  result.signal = run.signal;
  result.transcript = meeting.transcript;
  result.checker_message = shown(meeting.outcome.message, kShownMessageBytes);
  if (run.status == sandbox::RunStatus::ForbiddenSyscall) {
    result.checker_message = "forbidden system call " + run.forbidden_syscall;
  }
  result.standard_error = shown(run.standard_error, kShownErrorBytes);
  result.output_excerpt = shown(meeting.output, kShownOutputBytes);
  done.fraction = meeting.outcome.fraction;
  return done;
}

}  // namespace

Result<TestRun> run_testcase(const Session& session, const Testcase& testcase) {
  Meeting meeting;
  int passes = 1;
  if (session.task.is_multi_pass) {
    meeting = EVAL_TRY(meet_in_passes(session, testcase, passes));
  } else {
    const Pass only{{testcase.input.path, std::nullopt}, {}};
    meeting = EVAL_TRY(meet(session, testcase, only));
  }
  TestRun done = test_run_of(testcase, meeting);
  done.result.passes = passes;
  return done;
}

}  // namespace eval::judges
