#include "judges/swe/run_evidence.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "judges/swe/test_report.h"

namespace eval::judges::swe {
namespace {

using sandbox::ExecutionResult;
using sandbox::RunStatus;

bool any_line(std::string_view log, bool (*is_wanted)(std::string_view line)) {
  const auto lines = split_lines(log);
  return std::ranges::any_of(lines, is_wanted);
}

// "Ran 12 tests in 0.3s", and then "OK" or "FAILED (failures=1)".
bool is_django_count(std::string_view line) {
  return line.starts_with("Ran ") && line.find(" test") != std::string_view::npos;
}
bool is_django_end(std::string_view line) {
  return line.starts_with("OK") || line.starts_with("FAILED (");
}

// "==== tests finished: 75 passed, in 10.01 seconds ===="
bool is_sympy_end(std::string_view line) {
  return line.find("tests finished:") != std::string_view::npos;
}

std::optional<std::string> stop_note(const ExecutionResult& run) {
  switch (run.status) {
    case RunStatus::MemoryLimit:
      return "the tests ran out of memory";
    case RunStatus::OutputLimit:
      return "the tests printed more than is kept";
    case RunStatus::ForbiddenSyscall:
      return "the tests called " + run.forbidden_syscall + ", which is not allowed";
    case RunStatus::Exited:
    case RunStatus::Signalled:
    case RunStatus::CpuTimeLimit:
    case RunStatus::WallTimeLimit:
    case RunStatus::Cancelled:
    case RunStatus::GroupEnded:
    case RunStatus::Deadlock:
      break;
  }
  return std::nullopt;
}

void refute(RunEvidence& evidence, std::string note) {
  evidence.results = TestResults();
  evidence.is_refuted = true;
  evidence.notes.push_back(std::move(note));
}

// The report; nullopt, and nothing has passed, if it cannot be had.
std::optional<TestResults> read_report(const problems::PatchTask& task, const RepositorySpec& spec,
                                       const ExecutionResult& run, const std::string& name,
                                       Harness harness, RunEvidence& evidence) {
  const auto found = run.outputs.find(name);
  if (found == run.outputs.end()) {
    refute(evidence, "the test runner left no report");
    return std::nullopt;
  }
  std::vector<std::string> files = files_of_tests(task.fail_to_pass);
  for (const std::string& file : files_of_tests(task.pass_to_pass)) files.push_back(file);
  for (const std::string& file : test_directives(task)) files.push_back(file);
  auto read = read_junit(found->second, {spec.log_parser, harness, files}, name);
  if (read) return *std::move(read);
  refute(evidence, "the test runner's report cannot be read: " + read.error().what);
  return std::nullopt;
}

void take_report(const TestResults& report, const std::optional<TestResults>& logged,
                 std::string_view log, RunEvidence& evidence) {
  const bool any_passed = std::ranges::any_of(
      report.entries(), [](const auto& entry) { return entry.second == TestStatus::Passed; });
  if (any_passed && log.find(" passed") == std::string_view::npos) {
    return refute(evidence,
                  "the log lacks the summary of a runner whose report says that tests passed");
  }
  evidence.results = report;
  if (!logged) return;
  std::vector<std::string> contradicted;
  for (const auto& [id, status] : logged->entries()) {
    const auto reported = report.find(id);
    if (!is_fail(status) || !reported || !is_pass(*reported)) continue;
    evidence.results->set(id, TestStatus::Failed);
    contradicted.push_back(id);
  }
  if (contradicted.empty()) return;
  evidence.notes.push_back(
      fmt::format("the report says passed and the log failed of {} tests, {} first: they failed",
                  contradicted.size(), contradicted.front()));
}

void take_log(const TestResults& logged, const std::string& parser, std::string_view log,
              RunEvidence& evidence) {
  if (auto why = why_unfinished(parser, log)) return refute(evidence, *std::move(why));
  if (logged.recovered().empty()) return;
  evidence.results = logged;
  for (const std::string& id : logged.recovered()) evidence.results->set(id, TestStatus::Failed);
  evidence.notes.push_back(
      fmt::format("the log says failed and then passed of {} tests, {} first: they failed",
                  logged.recovered().size(), logged.recovered().front()));
}

}  // namespace

std::optional<std::string> why_unfinished(std::string_view log_parser, std::string_view log) {
  if (log_parser == "parse_log_django" &&
      !(any_line(log, is_django_count) && any_line(log, is_django_end))) {
    return "the log lacks the count and the summary that Django's runner ends with";
  }
  if (log_parser == "parse_log_sympy" && !any_line(log, is_sympy_end)) {
    return "the log lacks the summary that SymPy's runner ends with";
  }
  return std::nullopt;
}

Result<RunEvidence> evidence_of(const problems::PatchTask& task, const RepositorySpec& spec,
                                const ExecutionResult& run, std::string_view report,
                                Harness harness) {
  RunEvidence evidence;
  evidence.grade_as.log = run.standard_output;
  evidence.grade_as.form = LogForm::RunnerOnly;
  evidence.grade_as.timed_out =
      run.status == RunStatus::WallTimeLimit || run.status == RunStatus::CpuTimeLimit;
  if (auto note = stop_note(run)) evidence.notes.push_back(*std::move(note));
  if (evidence.grade_as.timed_out) return evidence;
  evidence.grade_as.exit_code = run.status == RunStatus::Exited ? run.exit_code : 128 + run.signal;
  std::optional<TestResults> logged;
  if (auto read = parse_log(spec.log_parser, run.standard_output,
                            {harness, task.instance_id, task.version})) {
    logged = *std::move(read);
  }
  if (report.empty()) {
    if (logged) take_log(*logged, spec.log_parser, run.standard_output, evidence);
    return evidence;
  }
  const auto reported = read_report(task, spec, run, std::string(report), harness, evidence);
  if (reported) take_report(*reported, logged, run.standard_output, evidence);
  return evidence;
}

}  // namespace eval::judges::swe
