#include "judges/swe/grade.h"

#include <fmt/format.h>

#include <algorithm>

#include "judges/swe/python_text.h"
#include "judges/swe/run_signs.h"

namespace eval::judges::swe {
namespace {

constexpr std::string_view kApplyFailed = ">>>>> Patch Apply Failed";
constexpr std::string_view kApplied = ">>>>> Applied Patch";
constexpr std::string_view kModelPatch = " (pred)";  // of kApplied, June 2024
constexpr std::string_view kResetFailed = ">>>>> Reset Failed";
constexpr std::string_view kTestsErrored = ">>>>> Tests Errored";
constexpr std::string_view kTestsTimedOut = ">>>>> Tests Timed Out";
constexpr std::string_view kStart = ">>>>> Start Test Output";
constexpr std::string_view kEnd = ">>>>> End Test Output";
constexpr std::string_view kExitCode = ">>>>> Test Exit Code:";

constexpr std::string_view kFailToPass = "FAIL_TO_PASS";
constexpr std::string_view kPassToPass = "PASS_TO_PASS";

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

// The first ">>>>> Test Exit Code: N" with a number.
std::optional<int> recorded_exit_code(std::string_view log) {
  for (std::size_t at = log.find(kExitCode); at != log.npos; at = log.find(kExitCode, at + 1)) {
    std::string_view rest = log.substr(at + kExitCode.size());
    rest.remove_prefix(leading_blanks(rest));
    const bool is_negative = rest.starts_with('-');
    if (is_negative) rest.remove_prefix(1);
    const std::size_t digits = std::min<std::size_t>(leading_digits(rest), 9);
    if (digits == 0) continue;
    const int code = std::stoi(std::string(rest.substr(0, digits)));
    return is_negative ? -code : code;
  }
  return std::nullopt;
}

struct NoResults {
  GradeStatus status;
  std::string reason;
};

// What the harness itself wrote down about an evaluation that did not come to its tests.
std::optional<NoResults> recorded_failure(const Evidence& evidence, bool looks_for_markers) {
  const std::string_view log = evidence.log;
  if (evidence.patch_failed || has(log, kApplyFailed)) {
    return NoResults{GradeStatus::PatchFailed, "the patch does not apply"};
  }
  if (evidence.timed_out || has(log, kTestsTimedOut)) {
    return NoResults{GradeStatus::TimedOut, "the tests ran into their time limit"};
  }
  if (has(log, kResetFailed)) {
    return NoResults{GradeStatus::Invalid, "the environment could not be reset"};
  }
  if (has(log, kTestsErrored)) {
    return NoResults{GradeStatus::Invalid, "the tests could not be run"};
  }
  if (!looks_for_markers || (has(log, kStart) && has(log, kEnd))) return std::nullopt;
  if (says_timeout(log)) {
    return NoResults{GradeStatus::TimedOut, "the tests ran into their time limit"};
  }
  return NoResults{GradeStatus::Invalid,
                   has(log, kStart) ? "the log has no end marker" : "the log has no start marker"};
}

// The part of the log that the tests wrote.
std::string_view tests_of(std::string_view log, LogForm form) {
  switch (form) {
    case LogForm::Markers: {
      const std::string_view from_start = log.substr(log.find(kStart) + kStart.size());
      return before_first(before_first(from_start, kStart), kEnd);
    }
    case LogForm::June2024: {
      const std::string mark = std::string(kApplied) + std::string(kModelPatch);
      const std::size_t applied = log.rfind(mark);
      return applied == log.npos ? log : log.substr(applied + mark.size());
    }
    case LogForm::RunnerOnly:
      return log;
  }
  return log;
}

Result<TestResults> results_of_log(const RepositorySpec& spec, std::string_view log, LogForm form,
                                   const LogSource& source) {
  TestResults results = EVAL_TRY(parse_log(spec.log_parser, tests_of(log, form), source));
  // Some runners write outside the markers: the order of two streams is not kept everywhere.
  if (results.empty() && form == LogForm::Markers) return parse_log(spec.log_parser, log, source);
  return results;
}

// Version 5's tests of whether the results can be those of the run.
std::optional<std::string> why_invalid(const TestResults& results, std::string_view log,
                                       std::optional<int> exit_code) {
  if (results.empty()) {
    if (shows_a_run(log)) return std::nullopt;
    return "there is no test result, and no sign that tests ran";
  }
  const auto failed = [](const TestResults::Entry& entry) { return is_fail(entry.second); };
  if (exit_code.value_or(0) != 0 && std::ranges::none_of(results.entries(), failed)) {
    return fmt::format("the test command ended with {}, and no test is said to have failed",
                       *exit_code);
  }
  return std::nullopt;
}

// The key in `results` that `id` means. Lists of the data set have ids that were cut within their
// parameters ("test_a[log(photon"): since version 5 they stand for what they begin, where all of that
// went the same way.
std::optional<TestStatus> look_up(std::string_view id, const TestResults& results,
                                  Harness harness) {
  if (const auto status = results.find(id)) return status;
  if (harness == Harness::V4) return std::nullopt;
  if (std::ranges::count(id, '[') <= std::ranges::count(id, ']')) return std::nullopt;
  std::optional<TestStatus> first;
  for (const auto& [name, status] : results.entries()) {
    if (!name.starts_with(id)) continue;
    if (!first) first = status;
    if (is_pass(*first) != is_pass(status)) return std::nullopt;
  }
  return first;
}

enum class Side { Success, Failure, Neither };

Side side_of(std::optional<TestStatus> status, Harness harness, bool is_pass_to_pass) {
  if (!status) return Side::Failure;
  switch (*status) {
    case TestStatus::Passed:
    case TestStatus::XFail:
      return Side::Success;
    case TestStatus::Failed:
    case TestStatus::Error:
      return Side::Failure;
    case TestStatus::Skipped:
      if (harness == Harness::V4) return Side::Neither;
      return is_pass_to_pass ? Side::Success : Side::Failure;
    case TestStatus::Other:
      return Side::Neither;
  }
  return Side::Neither;
}

Grade grade_without_results(const problems::PatchTask& task, NoResults failure,
                            std::optional<int> exit_code) {
  Grade grade;
  grade.instance_id = task.instance_id;
  grade.status = failure.status;
  grade.reason = std::move(failure.reason);
  grade.exit_code = exit_code;
  return grade;
}

void add_signs(Grade& grade, std::string_view log) {
  if (grade.resolved()) return;
  if (const auto sign = failure_sign(log)) {
    grade.failure_sign = sign->reason;
    grade.is_environment_sign = sign->is_environment;
  }
}

// What a careful reader would want to know of a log that can be written by whom it judges.
std::vector<std::string> notes_on(const Evidence& evidence, LogForm form,
                                  const RepositorySpec& spec, const LogSource& source) {
  std::vector<std::string> notes;
  if (form == LogForm::Markers) {
    const std::size_t starts = occurrences(evidence.log, kStart);
    const std::size_t ends = occurrences(evidence.log, kEnd);
    if (starts > 1) notes.push_back(fmt::format("the log has {} start markers", starts));
    if (ends > 1) notes.push_back(fmt::format("the log has {} end markers", ends));
  }
  if (evidence.report == nullptr || spec.log_parser.empty() || evidence.log.empty()) return notes;
  const bool has_marks = has(evidence.log, kStart) || form != LogForm::Markers;
  if (!has_marks) return notes;
  const auto logged = results_of_log(spec, evidence.log, form, source);
  if (!logged) {
    notes.push_back("the log cannot be read, the test runner's report can: " + logged.error().what);
    return notes;
  }
  const auto different = disagreements(*logged, *evidence.report);
  if (!different.empty()) {
    notes.push_back(
        fmt::format("the log and the test runner's report disagree on {} tests, {} first",
                    different.size(), different.front()));
  }
  return notes;
}

TestResult test_result(const std::string& id, std::string_view list, bool passed) {
  TestResult result;
  result.testcase = id;
  result.verdict = passed ? Verdict::AC : Verdict::WA;
  result.run_status = list;
  return result;
}

void add_list(const TestLists& lists, std::string_view name, Judgement& judgement) {
  for (const std::string& id : lists.failure) {
    judgement.tests.push_back(test_result(id, name, false));
  }
  for (const std::string& id : lists.success) {
    judgement.tests.push_back(test_result(id, name, true));
  }
  const auto passed = static_cast<double>(lists.success.size());
  const auto all = static_cast<double>(lists.success.size() + lists.failure.size());
  judgement.subtasks.push_back({.subtask = std::string(name),
                                .verdict = lists.failure.empty() ? Verdict::AC : Verdict::WA,
                                .points = passed,
                                .points_max = all});
}

}  // namespace

std::string_view log_form_name(LogForm form) {
  switch (form) {
    case LogForm::Markers:
      return "markers";
    case LogForm::June2024:
      return "june-2024";
    case LogForm::RunnerOnly:
      return "runner-only";
  }
  return "markers";
}

LogForm log_form_of(std::string_view log) {
  if (has(log, kStart)) return LogForm::Markers;
  if (has(log, ">>>>> Applied Patch (") || has(log, ">>>>> Patch Apply Failed;")) {
    return LogForm::June2024;
  }
  return has(log, kEnd) ? LogForm::Markers : LogForm::RunnerOnly;
}

std::string_view grade_status_name(GradeStatus status) {
  switch (status) {
    case GradeStatus::Resolved:
      return "resolved";
    case GradeStatus::Unresolved:
      return "unresolved";
    case GradeStatus::EmptyPatch:
      return "empty patch";
    case GradeStatus::PatchFailed:
      return "patch failed";
    case GradeStatus::TimedOut:
      return "timed out";
    case GradeStatus::Invalid:
      return "invalid";
  }
  return "invalid";
}

TestLists split_tests(const std::vector<std::string>& expected, const TestResults& results,
                      EvalType type, Harness harness, bool is_pass_to_pass) {
  TestLists lists;
  for (const std::string& id : expected) {
    Side side = Side::Neither;
    if (type == EvalType::FailOnly) {
      side = results.find(id) == TestStatus::Failed ? Side::Failure : Side::Success;
    } else {
      side = side_of(look_up(id, results, harness), harness, is_pass_to_pass);
    }
    if (side == Side::Success) lists.success.push_back(id);
    if (side == Side::Failure) lists.failure.push_back(id);
  }
  return lists;
}

std::vector<std::string> disagreements(const TestResults& log, const TestResults& report) {
  std::vector<std::string> ids;
  for (const auto& [id, status] : log.entries()) {
    const auto reported = report.find(id);
    if (is_pass(status) && (!reported || !is_pass(*reported))) ids.push_back(id);
  }
  for (const auto& [id, status] : report.entries()) {
    const auto logged = log.find(id);
    if (is_pass(status) && (!logged || !is_pass(*logged))) ids.push_back(id);
  }
  return ids;
}

Result<Grade> grade(const problems::PatchTask& task, const RepositorySpec& spec,
                    const Evidence& evidence, Harness harness) {
  const LogForm form = evidence.form.value_or(log_form_of(evidence.log));
  const LogSource source{harness, task.instance_id, task.version};
  const std::optional<int> exit_code =
      evidence.exit_code ? evidence.exit_code : recorded_exit_code(evidence.log);
  const bool looks_for_markers = form == LogForm::Markers && evidence.report == nullptr;
  const auto invalid = [&](NoResults failure) {
    Grade without = grade_without_results(task, std::move(failure), exit_code);
    without.notes = notes_on(evidence, form, spec, source);
    add_signs(without, evidence.log);
    return without;
  };
  if (auto failure = recorded_failure(evidence, looks_for_markers)) {
    return invalid(*std::move(failure));
  }
  Result<TestResults> results = evidence.report != nullptr
                                    ? *evidence.report
                                    : results_of_log(spec, evidence.log, form, source);
  if (!results) {
    if (results.error().code == ErrorCode::Unsupported)
      return eval::Failure(std::move(results).error());
    return invalid({GradeStatus::Invalid, results.error().what});
  }
  if (harness == Harness::V5) {
    if (auto why = why_invalid(*results, evidence.log, exit_code)) {
      return invalid({GradeStatus::Invalid, *std::move(why)});
    }
  }
  Grade grade;
  grade.instance_id = task.instance_id;
  grade.patch_applied = true;
  grade.exit_code = exit_code;
  grade.tests_seen = results->size();
  grade.fail_to_pass = split_tests(task.fail_to_pass, *results, spec.eval_type, harness, false);
  grade.pass_to_pass = split_tests(task.pass_to_pass, *results, spec.eval_type, harness, true);
  const bool resolved = grade.fail_to_pass.failure.empty() && grade.pass_to_pass.failure.empty();
  grade.status = resolved ? GradeStatus::Resolved : GradeStatus::Unresolved;
  grade.notes = notes_on(evidence, form, spec, source);
  add_signs(grade, evidence.log);
  return grade;
}

Grade empty_patch_grade(const problems::PatchTask& task) {
  Grade grade;
  grade.instance_id = task.instance_id;
  grade.status = GradeStatus::EmptyPatch;
  grade.patch_exists = false;
  grade.reason = "the patch is empty";
  return grade;
}

Verdict verdict_of(const Grade& grade) {
  switch (grade.status) {
    case GradeStatus::Resolved:
      return Verdict::AC;
    case GradeStatus::Unresolved:
      return Verdict::WA;
    case GradeStatus::EmptyPatch:
      return Verdict::NA;
    case GradeStatus::PatchFailed:
      return Verdict::CE;
    case GradeStatus::TimedOut:
      return Verdict::TLE;
    case GradeStatus::Invalid:
      return Verdict::JE;
  }
  return Verdict::JE;
}

Judgement to_judgement(const Grade& grade) {
  Judgement judgement;
  judgement.verdict = verdict_of(grade);
  judgement.points = grade.resolved() ? 1 : 0;
  judgement.detail = grade.reason;
  if (!grade.patch_applied) return judgement;
  add_list(grade.fail_to_pass, kFailToPass, judgement);
  add_list(grade.pass_to_pass, kPassToPass, judgement);
  return judgement;
}

}  // namespace eval::judges::swe
