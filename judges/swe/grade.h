#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "judges/judgement.h"
#include "judges/swe/log_parser.h"
#include "judges/swe/spec.h"
#include "problems/patch_task.h"

// The outcome of a patch from what its evaluation left behind: the log, the test runner's own report,
// the exit code. Pure: no file, no process, no clock. docs/swe-bench.md tells the rules.
namespace eval::judges::swe {

// Which kind of log it is.
enum class LogForm {
  Markers,     // between ">>>>> Start Test Output" and ">>>>> End Test Output" (since July 2024)
  June2024,    // after the last ">>>>> Applied Patch (pred)"; no end marker
  RunnerOnly,  // nothing but what the test runner printed
};
std::string_view log_form_name(LogForm form);  // "markers", "june-2024", "runner-only"
// By its markers. A log without any is RunnerOnly.
LogForm log_form_of(std::string_view log);

enum class GradeStatus {
  Resolved,
  Unresolved,   // tests ran, and not all did what they should
  EmptyPatch,   // nothing was submitted
  PatchFailed,  // the patch does not apply
  TimedOut,
  Invalid,  // no evidence that the tests ran, or evidence against what the log says
};
std::string_view grade_status_name(GradeStatus status);  // "resolved", "patch failed", ...

// One of the instance's lists, split. Version 4 puts a skipped test into neither.
struct TestLists {
  std::vector<std::string> success;
  std::vector<std::string> failure;
  friend bool operator==(const TestLists&, const TestLists&) = default;
};

// All that an evaluation leaves behind.
struct Evidence {
  std::string_view log;              // whole
  std::optional<LogForm> form = {};  // nullopt: log_form_of(log)
  std::optional<int> exit_code =
      {};                     // of the test command; else ">>>>> Test Exit Code: N" in the log
  bool timed_out = false;     // or ">>>>> Tests Timed Out" in the log
  bool patch_failed = false;  // or ">>>>> Patch Apply Failed" in the log
  // From the test runner's own report (test_report.h), if there is one: decides instead of the log.
  const TestResults* report = nullptr;  // looked at only within grade()
};

struct Grade {
  std::string instance_id;
  GradeStatus status = GradeStatus::Invalid;
  bool patch_exists = true;
  // As the official report has it: true only where there are results to look at.
  bool patch_applied = false;
  TestLists fail_to_pass;
  TestLists pass_to_pass;
  std::size_t tests_seen = 0;    // results in the log or the report
  std::optional<int> exit_code;  // of the test command, where it is known
  std::string reason;            // why, unless Resolved or Unresolved: one sentence
  // What in the log looks like a broken machine rather than a wrong patch ("out_of_memory"), and
  // whether nothing else can be meant by it. Advisory: it decides nothing. Empty: nothing, or Resolved.
  std::string failure_sign;
  bool is_environment_sign = false;
  // What is odd and does not decide: "the log has 2 start markers", "the log says PASSED of 3 tests
  // that the report does not have".
  std::vector<std::string> notes;
  bool resolved() const { return status == GradeStatus::Resolved; }
  friend bool operator==(const Grade&, const Grade&) = default;
};

// Grades as the official harness of that version does. Whoever has a report and an exit code should
// give them: a log alone can be printed by the patch. Unsupported only for an unknown log parser.
Result<Grade> grade(const problems::PatchTask& task, const RepositorySpec& spec,
                    const Evidence& evidence, Harness harness);

// The grade of a prediction without a patch; it needs no evidence.
Grade empty_patch_grade(const problems::PatchTask& task);

// The instance's lists split by `results`: the official comparison alone.
TestLists split_tests(const std::vector<std::string>& expected, const TestResults& results,
                      EvalType type, Harness harness, bool is_pass_to_pass);

// Tests of which `log` says that they passed and `report` does not (absent, or not passed), and the
// other way round; ids as the log has them. For cross-checks.
std::vector<std::string> disagreements(const TestResults& log, const TestResults& report);

// AC resolved; WA tests fail; CE the patch does not apply; TLE the tests timed out; NA empty patch;
// JE no evidence that the tests ran.
Verdict verdict_of(const Grade& grade);
// With a TestResult for each listed test ("run_status" names its list), and the two lists as
// subtasks "FAIL_TO_PASS" and "PASS_TO_PASS". Language, limits and fingerprint stay empty.
Judgement to_judgement(const Grade& grade);

}  // namespace eval::judges::swe
