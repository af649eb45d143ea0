#include "judges/swe/grade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "judges/swe/official_report.h"
#include "judges/swe/test_report.h"

namespace eval::judges::swe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

problems::PatchTask flask_task() {
  problems::PatchTask task;
  task.instance_id = "pallets__flask-1";
  task.repository = "pallets/flask";
  task.version = "2.3";
  task.fail_to_pass = {"t.py::fixed"};
  task.pass_to_pass = {"t.py::kept"};
  return task;
}

std::string marked(const std::string& tests, const std::string& after = "") {
  return "+ git status\n+ : '>>>>> Start Test Output'\n" + tests + "+ : '>>>>> End Test Output'\n" +
         after;
}

Grade graded(const problems::PatchTask& task, const Evidence& evidence, Harness harness) {
  return grade(task, spec_of(task).value(), evidence, harness).value();
}

Grade graded(const std::string& log, Harness harness = Harness::V5) {
  return graded(flask_task(), {.log = log}, harness);
}

constexpr const char* kBothPass = "PASSED t.py::fixed\nPASSED t.py::kept\n";

TEST(SweGrade, ResolvesWhenBothListsPass) {
  const Grade grade = graded(marked(kBothPass));
  EXPECT_EQ(grade.status, GradeStatus::Resolved);
  EXPECT_TRUE(grade.patch_applied);
  EXPECT_THAT(grade.fail_to_pass.success, ElementsAre("t.py::fixed"));
  EXPECT_THAT(grade.pass_to_pass.success, ElementsAre("t.py::kept"));
  EXPECT_EQ(verdict_of(grade), Verdict::AC);
}

TEST(SweGrade, CountsATestThatTheLogDoesNotNameAsFailed) {
  const Grade grade = graded(marked("PASSED t.py::fixed\n"));
  EXPECT_EQ(grade.status, GradeStatus::Unresolved);
  EXPECT_THAT(grade.pass_to_pass.failure, ElementsAre("t.py::kept"));
  EXPECT_EQ(verdict_of(grade), Verdict::WA);
}

TEST(SweGrade, ReadsBetweenTheMarkersOnly) {
  const Grade grade =
      graded("PASSED t.py::fixed\n" + marked("PASSED t.py::kept\n") + "PASSED t.py::fixed\n");
  EXPECT_THAT(grade.fail_to_pass.failure, ElementsAre("t.py::fixed"));
}

TEST(SweGrade, ReadsTheWholeLogWhereTheMarkersHoldNothing) {
  EXPECT_EQ(graded(kBothPass + marked("")).status, GradeStatus::Resolved);
}

TEST(SweGrade, NotesASecondStartMarker) {
  const std::string forged = marked(kBothPass) + marked("FAILED t.py::fixed\n");
  EXPECT_THAT(graded(forged).notes,
              ElementsAre("the log has 2 start markers", "the log has 2 end markers"));
}

TEST(SweGrade, OfASkippedTestDependsOnTheHarness) {
  const std::string fixed_skipped = marked("SKIPPED t.py::fixed\nPASSED t.py::kept\n");
  EXPECT_EQ(graded(fixed_skipped, Harness::V4).status, GradeStatus::Resolved);
  EXPECT_THAT(graded(fixed_skipped, Harness::V4).fail_to_pass.success, IsEmpty());
  EXPECT_EQ(graded(fixed_skipped, Harness::V5).status, GradeStatus::Unresolved);
  const std::string kept_skipped = marked("PASSED t.py::fixed\nSKIPPED t.py::kept\n");
  EXPECT_THAT(graded(kept_skipped, Harness::V4).pass_to_pass.success, IsEmpty());
  EXPECT_THAT(graded(kept_skipped, Harness::V5).pass_to_pass.success, ElementsAre("t.py::kept"));
}

TEST(SweGrade, TakesAnExpectedFailureForAPass) {
  EXPECT_EQ(graded(marked("XFAIL t.py::fixed\nPASSED t.py::kept\n")).status, GradeStatus::Resolved);
}

TEST(SweGrade, OfACutIdTakesWhatItBeginsWhereAllOfThatAgrees) {
  problems::PatchTask task = flask_task();
  task.fail_to_pass = {"t.py::p[log(photon"};
  task.pass_to_pass = {};
  const std::string agree = marked("PASSED t.py::p[log(photon1]\nXFAIL t.py::p[log(photon2]\n");
  EXPECT_EQ(graded(task, {.log = agree}, Harness::V5).status, GradeStatus::Resolved);
  EXPECT_EQ(graded(task, {.log = agree}, Harness::V4).status, GradeStatus::Unresolved);
  const std::string differ = marked("PASSED t.py::p[log(photon1]\nFAILED t.py::p[log(photon2]\n");
  EXPECT_EQ(graded(task, {.log = differ}, Harness::V5).status, GradeStatus::Unresolved);
}

TEST(SweGrade, OfAWholeIdTakesNoOtherThatBeginsLikeIt) {
  problems::PatchTask task = flask_task();
  task.fail_to_pass = {"t.py::fix"};
  EXPECT_THAT(graded(task, {.log = marked(kBothPass)}, Harness::V5).fail_to_pass.failure,
              ElementsAre("t.py::fix"));
}

TEST(SweGrade, IsInvalidWhereTheExitCodeContradictsTheLogSinceVersion5) {
  const std::string log = marked(kBothPass, ">>>>> Test Exit Code: 1\n");
  const Grade grade = graded(log);
  EXPECT_EQ(grade.status, GradeStatus::Invalid);
  EXPECT_FALSE(grade.patch_applied);
  EXPECT_THAT(grade.reason, HasSubstr("ended with 1"));
  EXPECT_EQ(verdict_of(grade), Verdict::JE);
  EXPECT_EQ(graded(log, Harness::V4).status, GradeStatus::Resolved);
}

TEST(SweGrade, BelievesAnExitCodeThatAFailureExplains) {
  const std::string log =
      marked(std::string(kBothPass) + "FAILED t.py::other\n", ">>>>> Test Exit Code: 1\n");
  EXPECT_EQ(graded(log).status, GradeStatus::Resolved);
}

TEST(SweGrade, PrefersTheExitCodeItIsGiven) {
  const std::string log = marked(kBothPass, ">>>>> Test Exit Code: 0\n");
  EXPECT_EQ(graded(flask_task(), {.log = log, .exit_code = 2}, Harness::V5).status,
            GradeStatus::Invalid);
}

TEST(SweGrade, IsInvalidWithoutAResultOrASignOfARunSinceVersion5) {
  const std::string log = marked("Traceback (most recent call last):\n");
  EXPECT_EQ(graded(log).status, GradeStatus::Invalid);
  EXPECT_EQ(graded(log, Harness::V4).status, GradeStatus::Unresolved);
  EXPECT_EQ(graded(marked("Tests: 3 passed\n")).status, GradeStatus::Unresolved);
  EXPECT_EQ(graded(marked("0 passing\n")).status, GradeStatus::Invalid);
}

TEST(SweGrade, IsInvalidWithoutItsMarkers) {
  EXPECT_EQ(graded("+ : '>>>>> Start Test Output'\nPASSED t.py::fixed\n").reason,
            "the log has no end marker");
  EXPECT_EQ(graded(">>>>> End Test Output\n").reason, "the log has no start marker");
}

TEST(SweGrade, KnowsWhatTheHarnessWroteDown) {
  EXPECT_EQ(graded(">>>>> Patch Apply Failed:\nerror").status, GradeStatus::PatchFailed);
  EXPECT_EQ(graded(">>>>> Tests Timed Out after 1800 seconds\n").status, GradeStatus::TimedOut);
  EXPECT_EQ(graded("+ : '>>>>> Start Test Output'\nTimeout error: 1800 seconds exceeded.").status,
            GradeStatus::TimedOut);
  EXPECT_EQ(graded(">>>>> Reset Failed\n").status, GradeStatus::Invalid);
  EXPECT_EQ(graded(">>>>> Tests Errored\n").status, GradeStatus::Invalid);
}

TEST(SweGrade, GivesEachOutcomeItsVerdict) {
  EXPECT_EQ(verdict_of(graded(">>>>> Patch Apply Failed\n")), Verdict::CE);
  EXPECT_EQ(verdict_of(graded(">>>>> Tests Timed Out\n")), Verdict::TLE);
  EXPECT_EQ(verdict_of(empty_patch_grade(flask_task())), Verdict::NA);
}

TEST(SweGrade, ReadsLogsOfJune2024AfterTheModelsPatch) {
  const std::string log =
      "PASSED t.py::fixed\n>>>>> Applied Patch (pred_try)\n>>>>> Applied Patch (pred)\n"
      "PASSED t.py::kept\n";
  EXPECT_EQ(log_form_of(log), LogForm::June2024);
  const Grade grade = graded(log, Harness::V4);
  EXPECT_THAT(grade.fail_to_pass.failure, ElementsAre("t.py::fixed"));
  EXPECT_THAT(grade.pass_to_pass.success, ElementsAre("t.py::kept"));
  EXPECT_EQ(graded(">>>>> Patch Apply Failed; (pred_try)\n").status, GradeStatus::PatchFailed);
}

TEST(SweGrade, ReadsWhatARunnerAlonePrinted) {
  EXPECT_EQ(log_form_of(kBothPass), LogForm::RunnerOnly);
  EXPECT_EQ(graded(std::string(kBothPass)).status, GradeStatus::Resolved);
}

TEST(SweGrade, WhereOnlyFailuresArePrintedTakesTheRestForPasses) {
  problems::PatchTask task = flask_task();
  task.repository = "markedjs/marked";
  task.fail_to_pass = {"a", "b"};
  task.pass_to_pass = {"c"};
  const Grade grade = graded(task, {.log = marked("1) b\n3 specs, 1 failure\n")}, Harness::V5);
  EXPECT_THAT(grade.fail_to_pass.success, ElementsAre("a"));
  EXPECT_THAT(grade.fail_to_pass.failure, ElementsAre("b"));
  EXPECT_THAT(grade.pass_to_pass.success, ElementsAre("c"));
}

TEST(SweGrade, LetsTheRunnersReportDecideAndNotesWhatTheLogSays) {
  TestResults report;
  report.set("t.py::fixed", TestStatus::Failed);
  report.set("t.py::kept", TestStatus::Passed);
  const std::string forged = marked(kBothPass);
  const Grade grade =
      graded(flask_task(), {.log = forged, .exit_code = 1, .report = &report}, Harness::V5);
  EXPECT_EQ(grade.status, GradeStatus::Unresolved);
  EXPECT_THAT(grade.notes, ElementsAre(HasSubstr("disagree on 1 tests, t.py::fixed first")));
}

TEST(SweGrade, SeesSignsOfABrokenMachineAndLetsThemDecideNothing) {
  const Grade grade = graded(marked("FAILED t.py::fixed\nCannot allocate memory\n"));
  EXPECT_EQ(grade.status, GradeStatus::Unresolved);
  EXPECT_EQ(grade.failure_sign, "out_of_memory");
  EXPECT_TRUE(grade.is_environment_sign);
}

TEST(SweGrade, BecomesAJudgementWithATestForEachListedOne) {
  const Judgement judgement = to_judgement(graded(marked("PASSED t.py::kept\n")));
  ASSERT_EQ(judgement.tests.size(), 2);
  EXPECT_EQ(judgement.tests[0].run_status, "FAIL_TO_PASS");
  EXPECT_EQ(judgement.tests[0].verdict, Verdict::WA);
  EXPECT_EQ(judgement.tests[1].verdict, Verdict::AC);
  EXPECT_EQ(judgement.subtasks.size(), 2);
  EXPECT_EQ(judgement.points, 0);
}

TEST(SweSpec, HasTheCommandsOfEachOfTheTwelveRepositories) {
  const auto spec = spec_of(flask_task()).value();
  EXPECT_EQ(spec.python, "3.11");
  EXPECT_THAT(spec.install, ElementsAre("python -m pip install -e ."));
  EXPECT_THAT(spec.test, ElementsAre("pytest -rA"));
  for (const char* repository :
       {"astropy/astropy", "django/django", "matplotlib/matplotlib", "mwaskom/seaborn",
        "pallets/flask", "psf/requests", "pydata/xarray", "pylint-dev/pylint", "pytest-dev/pytest",
        "scikit-learn/scikit-learn", "sphinx-doc/sphinx", "sympy/sympy"}) {
    EXPECT_TRUE(is_log_parser(log_parser_of(repository))) << repository;
  }
}

TEST(SweSpec, LetsTheRowsOwnWordsWin) {
  problems::PatchTask task = flask_task();
  task.commands.test = {"pytest -x"};
  task.log_parser = "parse_log_pytest_v2";
  task.eval_type = "fail_only";
  const auto spec = spec_of(task).value();
  EXPECT_THAT(spec.test, ElementsAre("pytest -x"));
  EXPECT_THAT(spec.install, IsEmpty());
  EXPECT_EQ(spec.log_parser, "parse_log_pytest_v2");
  EXPECT_EQ(spec.eval_type, EvalType::FailOnly);
}

TEST(SweSpec, RefusesARepositoryWithoutAParser) {
  problems::PatchTask task = flask_task();
  task.repository = "a/b";
  EXPECT_EQ(spec_of(task).error().code, ErrorCode::Unsupported);
}

constexpr const char* kTestPatch =
    "diff --git a/tests/admin/test_a.py b/tests/admin/test_a.py\n"
    "--- a/tests/admin/test_a.py\n+++ b/tests/admin/test_a.py\n@@ -1,2 +1,2 @@\n"
    " import os\n--- a/x\n+++ b/y\n"
    "diff --git a/tests/data.json b/tests/data.json\nnew file mode 100644\n"
    "--- /dev/null\n+++ b/tests/data.json\n@@ -0,0 +1 @@\n+{}\n"
    "diff --git a/tests/old.py b/tests/old.py\ndeleted file mode 100644\n"
    "--- a/tests/old.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    "diff --git a/tests/from.py b/tests/to.py\nrename from tests/from.py\nrename to tests/to.py\n";

TEST(SweSpec, TakesDirectivesFromTheTestPatch) {
  problems::PatchTask task = flask_task();
  task.test_patch = kTestPatch;
  EXPECT_THAT(test_directives(task),
              ElementsAre("tests/admin/test_a.py", "tests/old.py", "tests/to.py"));
  task.repository = "django/django";
  EXPECT_THAT(test_directives(task), ElementsAre("admin.test_a", "old", "to"));
  RepositorySpec spec;
  spec.language = "py";
  spec.test = {"run"};
  EXPECT_THAT(test_commands(task, spec), ElementsAre("run admin.test_a old to"));
  spec.language = "go";
  EXPECT_THAT(test_commands(task, spec), ElementsAre("run"));
}

TEST(SweSpec, ListsTheFilesThatAPatchTouches) {
  EXPECT_THAT(patched_files(kTestPatch),
              ElementsAre(PatchedFile{"tests/admin/test_a.py", "tests/admin/test_a.py", false},
                          PatchedFile{"tests/data.json", "", false},
                          PatchedFile{"tests/old.py", "tests/old.py", true},
                          PatchedFile{"tests/to.py", "tests/from.py", false}));
}

TEST(SweSpec, ListsFilesWithQuotedNamesAndWithoutHunks) {
  EXPECT_THAT(
      patched_files("diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"
                    "--- \"a/h\\303\\244.py\"\n+++ \"b/h\\303\\244.py\"\n@@ -1 +1 @@\n-a\n+b\n"),
      ElementsAre(PatchedFile{"h\xC3\xA4.py", "h\xC3\xA4.py", false}));
  EXPECT_THAT(patched_files("diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"),
              ElementsAre(PatchedFile{"run.sh", "run.sh", false}));
}

TEST(SweTestReport, GivesTheIdsThatPytestPrints) {
  constexpr const char* kXml =
      "<testsuites><testsuite name=\"pytest\">"
      "<testcase classname=\"tests.test_a\" name=\"one[x y]\"/>"
      "<testcase classname=\"tests.test_a.TestB\" name=\"two\"><failure>no</failure></testcase>"
      "<testcase classname=\"tests.test_a\" name=\"three\"><skipped "
      "type=\"pytest.xfail\"/></testcase>"
      "<testcase classname=\"tests.test_a\" name=\"four\"><skipped "
      "type=\"pytest.skip\"/></testcase>"
      "<testcase classname=\"tests.test_a\" name=\"five\"/>"
      "<testcase classname=\"tests.test_a\" name=\"five\"><error>teardown</error></testcase>"
      "<testcase classname=\"\" name=\"tests.test_c\"><error>import</error></testcase>"
      "</testsuite></testsuites>";
  const auto results =
      read_junit(kXml, {.log_parser = "parse_log_pytest", .files = {"tests/test_a.py"}}, "r.xml");
  ASSERT_TRUE(results) << describe(results.error());
  EXPECT_THAT(results->entries(),
              ElementsAre(testing::Pair("tests/test_a.py::one[x", TestStatus::Passed),
                          testing::Pair("tests/test_a.py::TestB::two", TestStatus::Failed),
                          testing::Pair("tests/test_a.py::three", TestStatus::XFail),
                          testing::Pair("tests/test_a.py::four", TestStatus::Skipped),
                          testing::Pair("tests/test_a.py::five", TestStatus::Error),
                          testing::Pair("tests/test_c.py", TestStatus::Error)));
  EXPECT_FALSE(read_junit("<html/>", {}, "r.xml"));
}

TEST(SweTestReport, OfProIsReadByName) {
  const auto results = read_pro_output(
      R"({"tests": [{"name": "a", "status": "PASSED"}, {"name": "b", "status": "x"}]})", "o.json");
  ASSERT_TRUE(results);
  EXPECT_EQ(results->find("a"), TestStatus::Passed);
  EXPECT_EQ(results->find("b"), TestStatus::Other);
}

TEST(SweOfficialReport, OfAnInstanceHasTheOfficialMembers) {
  const Json report = instance_report(graded(marked(kBothPass)), Harness::V4);
  EXPECT_EQ(to_json_line(report),
            R"({"pallets__flask-1":{"patch_is_None":false,"patch_exists":true,)"
            R"("patch_successfully_applied":true,"resolved":true,"tests_status":)"
            R"({"FAIL_TO_PASS":{"success":["t.py::fixed"],"failure":[]},)"
            R"("PASS_TO_PASS":{"success":["t.py::kept"],"failure":[]},)"
            R"("FAIL_TO_FAIL":{"success":[],"failure":[]},)"
            R"("PASS_TO_FAIL":{"success":[],"failure":[]}}}})");
}

TEST(SweOfficialReport, OfARunSortsInstancesIntoTheOfficialLists) {
  const auto entry = [](const char* id) {
    RunEntry one;
    one.instance_id = id;
    return one;
  };
  std::vector<RunEntry> entries = {entry("r"), entry("u"), entry("e"), entry("n"), entry("i")};
  entries[0].is_resolved = true;
  entries[2].is_error = true;
  entries[3].has_patch = false;
  entries[4].is_submitted = false;
  const Json report = run_report(entries, Harness::V4, true);
  EXPECT_EQ(report["total_instances"], 5);
  EXPECT_EQ(report["submitted_instances"], 4);
  EXPECT_EQ(report["completed_ids"], Json({"r", "u"}));
  EXPECT_EQ(report["resolved_ids"], Json({"r"}));
  EXPECT_EQ(report["unresolved_ids"], Json({"u"}));
  EXPECT_EQ(report["error_ids"], Json({"e"}));
  EXPECT_EQ(report["empty_patch_ids"], Json({"n"}));
  EXPECT_EQ(report["incomplete_ids"], Json({"i"}));
  EXPECT_EQ(report["schema_version"], 2);
  EXPECT_FALSE(report.contains("infra_failure_ids"));
  EXPECT_TRUE(run_report(entries, Harness::V5, true).contains("infra_failure_ids"));
}

}  // namespace
}  // namespace eval::judges::swe
