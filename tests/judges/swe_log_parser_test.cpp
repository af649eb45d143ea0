// Each parser on a log of our own, with what it must take for a test and what it must not.
#include "judges/swe/log_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eval::judges::swe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "id STATUS" of each test, in order.
std::vector<std::string> read(std::string_view parser, std::string_view log,
                              const LogSource& source = {}) {
  const auto results = parse_log(parser, log, source);
  if (!results) return {"error: " + results.error().what};
  std::vector<std::string> lines;
  for (const auto& [id, status] : results->entries()) {
    lines.push_back(id + " " + std::string(test_status_name(status)));
  }
  return lines;
}

std::vector<std::string> read_v4(std::string_view parser, std::string_view log) {
  return read(parser, log, {.harness = Harness::V4});
}

TEST(SweLogParser, OfPytestReadsTheShortSummary) {
  EXPECT_THAT(read("parse_log_pytest",
                   "tests/a.py::test_x PASSED\n"
                   "PASSED tests/a.py::test_a\n"
                   "FAILED tests/a.py::test_b - AssertionError: no\n"
                   "ERROR tests/a.py::test_c\n"
                   "XFAIL tests/a.py::test_d\n"
                   "PASSED\n"
                   "ERROR: not found: tests/b.py\n"),
              ElementsAre("tests/a.py::test_a PASSED", "tests/a.py::test_b FAILED",
                          "tests/a.py::test_c ERROR", "tests/a.py::test_d XFAIL", "not OTHER"));
}

TEST(SweLogParser, OfPytestTakesTheLastOutcomeOfATestAndKeepsItsPlace) {
  EXPECT_THAT(read("parse_log_pytest", "PASSED a\nPASSED b\nERROR a\n"),
              ElementsAre("a ERROR", "b PASSED"));
}

TEST(SweLogParser, OfPytestCutsIdsAtTheirFirstBlank) {
  EXPECT_THAT(read("parse_log_pytest", "PASSED a.py::t[x y]\n"), ElementsAre("a.py::t[x PASSED"));
}

TEST(SweLogParser, OfPytestSkipsTheCountOfSkippedTestsSinceVersion5) {
  constexpr std::string_view kLog = "SKIPPED [2] a.py:7: no display\nPASSED [100%]\n";
  EXPECT_THAT(read("parse_log_flask", kLog), ElementsAre("[100%] PASSED"));
  EXPECT_THAT(read_v4("parse_log_flask", kLog), ElementsAre("[2] SKIPPED", "[100%] PASSED"));
}

TEST(SweLogParser, OfPytestOptionsShortensPathsInBrackets) {
  EXPECT_THAT(read("parse_log_requests",
                   "PASSED t.py::a[/home/x/y]\nPASSED t.py::b[//x/y]\nPASSED t.py::c[/x/*]\n"
                   "PASSED t.py::d[x/y]\nPASSED t.py::e\n"),
              ElementsAre("t.py::a[/y] PASSED", "t.py::b[//x/y] PASSED", "t.py::c[/x/*] PASSED",
                          "t.py::d[x/y] PASSED", "t.py::e PASSED"));
}

TEST(SweLogParser, OfPytest2KeepsBlanksInIdsSinceVersion5) {
  constexpr std::string_view kLog =
      "\x1b[32mPASSED\x1b[0m a.py::t[x y]\nFAILED a.py::u[p q] - E: a - b\na.py::old PASSED\n";
  EXPECT_THAT(read("parse_log_astropy", kLog),
              ElementsAre("a.py::t[x y] PASSED", "a.py::u[p q] FAILED", "a.py::old PASSED"));
  EXPECT_THAT(read_v4("parse_log_astropy", kLog),
              ElementsAre("a.py::t[x PASSED", "a.py::u[p FAILED", "a.py::old PASSED"));
}

TEST(SweLogParser, OfMatplotlibWritesButtonsAsNumbers) {
  EXPECT_THAT(read("parse_log_matplotlib",
                   "PASSED t.py::a[MouseButton.LEFT-1]\nFAILED t.py::b[MouseButton.RIGHT] - x\n"),
              ElementsAre("t.py::a[1-1] PASSED", "t.py::b[3] FAILED"));
}

TEST(SweLogParser, OfSeabornReadsBothOrders) {
  EXPECT_THAT(read("parse_log_seaborn",
                   "PASSED t.py::a\nt.py::b PASSED  [ 1%]\nt.py::c said PASSED here\n"
                   "FAILED t.py::d - E\nSKIPPED t.py::e\n"),
              ElementsAre("t.py::a PASSED", "t.py::b PASSED", "t.py::d FAILED"));
  EXPECT_THAT(read("parse_log_seaborn", "FAILED\n"), IsEmpty());
  EXPECT_THAT(read_v4("parse_log_seaborn", "FAILED\n"),
              ElementsAre("error: a line of the log has a status and no test"));
}

TEST(SweLogParser, OfSympyReadsHeadlinesAndLines) {
  EXPECT_THAT(read("parse_log_sympy",
                   "test_a ok\ntest_b F\ntest_c E\ntest_d ok                    [OK]\n"
                   "______ sympy/core/tests/test_x.py:test_b ______\n"),
              ElementsAre("sympy/core/tests/test_x.py:test_b FAILED", "test_a PASSED",
                          "test_b FAILED", "test_c ERROR"));
}

TEST(SweLogParser, OfDjangoReadsLinesHeadlinesAndOutcomesThatFollow) {
  EXPECT_THAT(read("parse_log_django",
                   "test_a (m.C) ... ok\n"
                   "test_b (m.C) ... FAIL\n"
                   "test_c (m.C) ... skipped 'no database'\n"
                   "test_d (m.C) ... ERROR\n"
                   "test_e (m.C) ... printed by the test\n"
                   "ok\n"
                   "FAIL: test_f (m.C)\n"
                   "Described (m.C) ...  OK\n"),
              ElementsAre("test_a (m.C) PASSED", "test_b (m.C) FAILED", "test_c (m.C) SKIPPED",
                          "test_d (m.C) ERROR", "test_e (m.C) PASSED", "test_f FAILED",
                          "Described (m.C) PASSED"));
}

TEST(SweLogParser, OfDjangoReadsTestsThatAMessageInterrupts) {
  EXPECT_THAT(read("parse_log_django",
                   "test_a (m.C) ... Testing against Django installed in '/x' with\n"
                   "4 processes (0 silenced).\nok\n"
                   "test_b (m.C) ... Internal Server Error: /view/\nok\n"
                   "test_c (m.C) ... System check identified no issues (0 silenced)\nok\n"),
              ElementsAre("test_a (m.C) PASSED", "test_b (m.C) PASSED", "test_c (m.C) PASSED"));
}

TEST(SweLogParser, OfDjangoBreaksOnAHeadlineWithoutATest) {
  EXPECT_THAT(read("parse_log_django", "FAIL:\n"),
              ElementsAre("error: a line of the log has \"FAIL:\" alone"));
}

TEST(SweLogParser, TakesCarriageReturnsForLineEnds) {
  EXPECT_THAT(read("parse_log_pytest", "progress\rPASSED a\r\nPASSED b\r"),
              ElementsAre("a PASSED", "b PASSED"));
}

TEST(SweLogParser, OfGoReadsTestsAndTheirCases) {
  EXPECT_THAT(read("parse_log_gotest",
                   "=== RUN   TestA\n--- PASS: TestA (0.00s)\n    --- FAIL: TestA/b (c) (0.01s)\n"
                   "--- SKIP: TestD (0.00s)\n--- BENCH: TestE (1s)\n--- PASS: NoTime\n"),
              ElementsAre("TestA PASSED", "TestA/b (c) FAILED", "TestD SKIPPED"));
}

TEST(SweLogParser, OfCargoLeavesIgnoredTestsOut) {
  EXPECT_THAT(read("parse_log_cargo",
                   "test a::b ... ok\ntest c ... FAILED\ntest d ... ignored\n"
                   "test e - x (line 3) ... ok\n"),
              ElementsAre("a::b PASSED", "c FAILED"));
}

TEST(SweLogParser, OfMavenPairsCommandsAndOutcomesInOrder) {
  constexpr std::string_view kLog =
      "+ mvn test -Dtest=A#x\n+ mvn test -Dtest=B#y\n[INFO] BUILD SUCCESS\n[INFO] BUILD FAILURE\n";
  EXPECT_THAT(read("parse_log_maven", kLog), ElementsAre("A#x PASSED", "B#y FAILED"));
  // Version 4 gave every outcome to the last command.
  EXPECT_THAT(read_v4("parse_log_maven", kLog), ElementsAre("B#y FAILED"));
}

TEST(SweLogParser, OfAntReadsJUnitLines) {
  EXPECT_THAT(read("parse_log_ant",
                   "    [junit] [PASS] testA\n[junit] [ERR] testB\n[junit] [FAIL] c\n[junit] x\n"),
              ElementsAre("testA PASSED", "testB FAILED", "c FAILED"));
}

TEST(SweLogParser, OfGradleReadsOutcomesThatFollowSinceVersion5) {
  constexpr std::string_view kLog =
      "org.A > one PASSED\norg.A > two\nWARNING: x\nFAILED\n> Task :test FAILED\n";
  EXPECT_THAT(read("parse_log_gradle_custom", kLog),
              ElementsAre("org.A > one PASSED", "org.A > two FAILED"));
  EXPECT_THAT(read_v4("parse_log_gradle_custom", kLog), ElementsAre("org.A > one PASSED"));
}

TEST(SweLogParser, OfRedisCutsTimesAndFiles) {
  EXPECT_THAT(read("parse_log_redis",
                   "[ok]: SET and GET (12 ms)\n[err]: LPOP in tests/unit/list.tcl\n"
                   "[skip]: slow\n[ignore]: x\n[other]: y\n"),
              ElementsAre("SET and GET PASSED", "LPOP FAILED", "slow SKIPPED", "x SKIPPED"));
}

TEST(SweLogParser, OfJqReadsAutomakesLines) {
  EXPECT_THAT(read("parse_log_jq", "PASS: tests/a\nFAIL: tests/b\nXPASS: c\n"),
              ElementsAre("tests/a PASSED", "tests/b FAILED"));
}

TEST(SweLogParser, OfDoctestReadsItsReportWithinTheLog) {
  EXPECT_THAT(
      read("parse_log_doctest",
           "noise <doctest binary=\"x\"><TestSuite><TestCase name=\"A\">"
           "<SubCase name=\"b\"><Expression success=\"true\"/></SubCase>"
           "<SubCase name=\"c\"><Expression success=\"true\"/><Expression success=\"false\"/>"
           "</SubCase></TestCase></TestSuite></doctest> noise"),
      ElementsAre("A > b PASSED", "A > c FAILED"));
  EXPECT_THAT(read("parse_log_doctest", "<doctest"),
              ElementsAre("error: the report of doctest has no end"));
}

TEST(SweLogParser, OfMicropythonReadsWords) {
  EXPECT_THAT(read("parse_log_micropython_test", "pass  a.py\nFAIL  b.py\nskip  c.py\npassed d\n"),
              ElementsAre("a.py PASSED", "b.py FAILED", "c.py SKIPPED"));
}

TEST(SweLogParser, OfCtestReadsEveryOutcome) {
  EXPECT_THAT(
      read("parse_log_ctest",
           "      Start  1: good\n"
           " 1/10 Test  #1: good.one v2 .....................   Passed    0.01 sec\n"
           " 2/10 Test  #2: a ................................***Not Run   0.00 sec\n"
           " 3/10 Test  #3: slow .............................***Timeout   1.01 sec\n"
           " 5/10 Test  #5: crash ............................***Exception: SegFault  0.0 sec\n"
           " 6/10 Test  #6: abort ............................Subprocess aborted***Exception:\n"
           " 7/10 Test  #7: skip .............................***Skipped   0.00 sec\n"
           " 8/10 Test  #8: off ..............................***Not Run (Disabled)\n"
           "10/10 Test #10: Passed ...........................***Failed    0.00 sec\n"
           "22% tests passed, 7 tests failed out of 9\n\t  2 - a (Not Run)\n"),
      ElementsAre("good.one v2 PASSED", "a FAILED", "slow FAILED", "crash FAILED", "abort FAILED",
                  "skip SKIPPED", "off SKIPPED", "Passed FAILED"));
}

TEST(SweLogParser, OfGoogleTestReadsTheLastBracketOfALine) {
  EXPECT_THAT(read("parse_log_googletest",
                   "[ RUN      ] S.a\n[       OK ] S.a (0 ms)\nprinted[  FAILED  ] S.b (1 ms)\n"
                   "[  FAILED  ] 1 test\n"),
              ElementsAre("S.a PASSED", "S.b FAILED"));
}

TEST(SweLogParser, OfPhpUnitPutsTestsBelowTheirClass) {
  EXPECT_THAT(read("parse_log_phpunit",
                   " ✔ Early\nCalendar (App\\Calendar)\n ✔ Adds days\n ✘ Leaps\n ↩ Sleeps\n"),
              ElementsAre("None > Early PASSED", "Calendar > Adds days PASSED",
                          "Calendar > Leaps FAILED", "Calendar > Sleeps SKIPPED"));
}

TEST(SweLogParser, OfMinitestTakesTheLastMarkOfALine) {
  EXPECT_THAT(read("parse_log_minitest",
                   "TestA: does it. = 0.01 s = .\nTestA: breaks. = 0.20 s = F\nno outcome\n"),
              ElementsAre("TestA: does it PASSED", "TestA: breaks FAILED"));
}

TEST(SweLogParser, OfCucumberTakesTheLastOutcome) {
  EXPECT_THAT(read("parse_log_cucumber", "features/a.feature ....\nfeatures/b.feature ..F\nx .\n"),
              ElementsAre("features/a.feature PASSED", "features/b.feature FAILED"));
}

TEST(SweLogParser, OfRubysTestUnitReadsLetters) {
  EXPECT_THAT(read("parse_log_ruby_unit",
                   "  test: adds:\t.: (0.001)\n  test: b: c:\tF\nd:\tO: (1)\ne:\tOther\n"),
              ElementsAre("adds PASSED", "b: c FAILED", "d SKIPPED"));
}

TEST(SweLogParser, OfRSpecReadsLinesMadeOfItsJson) {
  EXPECT_THAT(read("parse_log_rspec_transformed_json", "A does - x - passed\nB - failed\nC - no\n"),
              ElementsAre("A does - x PASSED", "B FAILED"));
}

TEST(SweLogParser, OfJekyllGoesByInstance) {
  EXPECT_THAT(read("parse_log_jekyll", "a. = 0 s = .\n", {.instance_id = "jekyll__jekyll-9141"}),
              ElementsAre("a PASSED"));
  EXPECT_THAT(read("parse_log_jekyll", "a ..\n", {.instance_id = "jekyll__jekyll-8761"}),
              ElementsAre("a PASSED"));
  EXPECT_THAT(read("parse_log_jekyll", "a ..\n", {.instance_id = "jekyll__jekyll-1"}),
              ElementsAre("error: no framework is known for instance \"jekyll__jekyll-1\""));
}

TEST(SweLogParser, OfJestCutsTimes) {
  EXPECT_THAT(read("parse_log_jest", "  ✓ adds (12 ms)\n  ✕ breaks (a b)\n  ○ skipped x\n"),
              ElementsAre("adds PASSED", "breaks (a b) FAILED", "skipped x SKIPPED"));
}

TEST(SweLogParser, OfJestsJsonReadsLinesMadeOfIt) {
  EXPECT_THAT(read("parse_log_jest_json", "[PASSED] a > b\n[FAILED] c\n[PENDING] d\n"),
              ElementsAre("a > b PASSED", "c FAILED"));
}

TEST(SweLogParser, OfJestsFilesCutsTheTime) {
  EXPECT_THAT(read("parse_log_react_pdf", "PASS a/b.js (1.2 s)\nFAIL c.js\nPASSED d\n"),
              ElementsAre("a/b.js PASSED", "c.js FAILED"));
  EXPECT_THAT(read("parse_log_grommet", "PASS a.js (12 ms)\nFAIL b.js (3s)\n"),
              ElementsAre("b.js FAILED", "a.js PASSED"));
}

TEST(SweLogParser, OfVitestCutsTimesAndNotes) {
  EXPECT_THAT(read("parse_log_vitest", " ✓ a.ts > x 12ms\n × a.ts > y\n ↓ a.ts > z [skipped]\n"),
              ElementsAre("a.ts > x PASSED", "a.ts > y FAILED", "a.ts > z SKIPPED"));
}

TEST(SweLogParser, OfTapNeedsANumberAndAName) {
  EXPECT_THAT(read("parse_log_tap", "ok 1 adds\nnot ok 2 breaks\nok 3\nok - x\n"),
              ElementsAre("adds PASSED", "breaks FAILED"));
}

TEST(SweLogParser, OfMochaStopsAtItsSummary) {
  EXPECT_THAT(read("parse_log_highlightjs",
                   "  suite\n    ✓ a (3ms)\n    1) b\n\n  1 passing (5ms)\n  1) c\n"),
              ElementsAre("suite.a PASSED", "suite.b FAILED"));
}

TEST(SweLogParser, OfImmutableGoesByInstance) {
  EXPECT_THAT(read("parse_log_immutable_js", "✓ a\n", {.instance_id = "x-2006"}),
              ElementsAre("a PASSED"));
  EXPECT_THAT(read("parse_log_immutable_js", "[PASSED] a\n", {.instance_id = "x-2005"}),
              ElementsAre("a PASSED"));
}

TEST(SweLogParser, OfKarmaNestsSuitesByIndentation) {
  EXPECT_THAT(
      read("parse_log_karma",
           " ✔ before\nStarting browser Chrome\n  suite\n    ✔ a\n    ✖ b\nSUMMARY:\n ✔ c\n"),
      ElementsAre("suite > a PASSED", "suite > b FAILED"));
}

TEST(SweLogParser, OfReportersOfFailuresReadsThose) {
  EXPECT_THAT(read("parse_log_marked", "1) breaks here \nok\n"), ElementsAre("breaks here FAILED"));
  EXPECT_THAT(read("parse_log_chart_js", "Chrome 1.2 (Linux x) suite a FAILED\nExecuted 3 of 3\n"),
              ElementsAre("suite a  FAILED"));
  EXPECT_THAT(read("parse_log_eslint", "  1) rule\n     does:\n     AssertionError: x\n"),
              ElementsAre("rule does: FAILED"));
}

TEST(SweLogParser, IsUnsupportedByNameWithTheClosestOne) {
  const auto results = parse_log("parse_log_pytst", "", {});
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().code, ErrorCode::Unsupported);
  EXPECT_EQ(results.error().help, "did you mean \"parse_log_pytest\"?");
}

TEST(SweLogParser, SpellsWholeIdsAsItsLogsDo) {
  EXPECT_EQ(official_test_id("parse_log_xarray", "a.py::t[x y]", Harness::V5), "a.py::t[x");
  EXPECT_EQ(official_test_id("parse_log_sphinx", "a.py::t[x  y]", Harness::V5), "a.py::t[x y]");
  EXPECT_EQ(official_test_id("parse_log_sphinx", "a.py::t[x y]", Harness::V4), "a.py::t[x");
  EXPECT_EQ(official_test_id("parse_log_pylint", "a.py::t[/b/c]", Harness::V5), "a.py::t[/c]");
  EXPECT_EQ(official_test_id("parse_log_matplotlib", "t[MouseButton.LEFT]", Harness::V5), "t[1]");
}

}  // namespace
}  // namespace eval::judges::swe
