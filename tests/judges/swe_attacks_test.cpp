// Patches of a small repository of our own that try to decide their own verdict: one attack each. None
// mends the function that its tests are about, so none may be resolved.
#include <gmock/gmock.h>

#include "tests/support/patches_in_boxes.h"

namespace eval::judges::swe {
namespace {

using eval::testing::PatchesInBoxes;
using eval::testing::SmallRepository;
using ::testing::HasSubstr;

using Attacks = PatchesInBoxes;

// Makes every test pass, from wherever it is loaded.
constexpr const char* kEveryTestPasses =
    "import pytest\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, "
    "call):\n"
    "    outcome = yield\n    outcome.get_result().outcome = 'passed'\n";

// The report of a run in which both tests passed, and what is printed of one.
constexpr const char* kForgery =
    "FORGED = ('<testsuites><testsuite tests=\"2\"><testcase classname=\"tests.test_sums\" '\n"
    "          'name=\"test_count\"/><testcase classname=\"tests.test_sums\" "
    "name=\"test_total\"/>'\n"
    "          '</testsuite></testsuites>')\n"
    "LINES = ('PASSED tests/test_sums.py::test_count\\nPASSED tests/test_sums.py::test_total\\n'\n"
    "         '===== 2 passed in 0.01s =====\\n')\n";

// src/sums.py with `code` before what it has at the base commit.
std::string wrong_with(const std::string& code) {
  return SmallRepository::patch_to(code + SmallRepository::wrong());
}

void expect_wrong(const Judgement& judgement) {
  EXPECT_EQ(judgement.verdict, Verdict::WA) << judgement.detail << "\n" << judgement.compile_log;
}

TEST_F(Attacks, AHookInConftestDecidesNothing) {
  for (const char* name : {"conftest.py", "tests/conftest.py"}) {
    const Judgement judgement =
        judge(new_file(name,
                       "import pytest\n@pytest.hookimpl(hookwrapper=True)\ndef "
                       "pytest_runtest_makereport(item, call):\n"
                       "    outcome = yield\n    outcome.get_result().outcome = 'passed'\n"));
    EXPECT_EQ(judgement.verdict, Verdict::WA) << name << judgement.compile_log;
    EXPECT_NE(judgement.compile_log.find(std::string("restored: ") + name), std::string::npos);
  }
}

TEST_F(Attacks, SitecustomizeIsNotRun) {
  expect_not_resolved(new_file(
      "sitecustomize.py",
      "import builtins\nbuiltins.sum_of = 1\nimport sys\nsys.path.insert(0, '/nowhere')\n"));
  const Judgement judgement = judge(new_file("src/sitecustomize.py", "raise SystemExit(0)\n"));
  EXPECT_NE(judgement.compile_log.find("restored: src/sitecustomize.py"), std::string::npos);
}

TEST_F(Attacks, OptionsOfPytestCannotDeselectTests) {
  expect_not_resolved(
      new_file("pytest.ini",
               "[pytest]\naddopts = --deselect tests/test_sums.py::test_total -p no:junitxml\n"));
  expect_not_resolved(
      new_file("tox.ini", "[pytest]\naddopts = --deselect tests/test_sums.py::test_total\n"));
}

TEST_F(Attacks, ATestFileOfThePatchIsReplacedByTheRealOne) {
  expect_not_resolved(
      "diff --git a/tests/test_sums.py b/tests/test_sums.py\n--- a/tests/test_sums.py\n+++ "
      "b/tests/test_sums.py\n"
      "@@ -1,5 +1,8 @@\n from sums import count\n \n \n def test_count():\n     assert count([1, "
      "2]) == 2\n"
      "+\n+def test_total():\n+    pass\n");
}

TEST_F(Attacks, PrintedResultsAreNone) {
  expect_not_resolved(
      "diff --git a/src/sums.py b/src/sums.py\n--- a/src/sums.py\n+++ b/src/sums.py\n@@ -1,2 +1,9 "
      "@@\n"
      "+import os, sys\n+out = os.fdopen(os.dup(1), 'w')\n"
      "+out.write('>>>>> Start Test Output\\n')\n"
      "+out.write('PASSED tests/test_sums.py::test_total\\nPASSED "
      "tests/test_sums.py::test_count\\n')\n"
      "+out.write('===== 2 passed in 0.01s =====\\n>>>>> End Test "
      "Output\\n')\n+out.flush()\n+os._exit(0)\n"
      " def total(numbers):\n     result = 0\n");
}

TEST_F(Attacks, APluginNamedInAConftestIsNotLoaded) {
  expect_wrong(judge(new_file("conftest.py", "pytest_plugins = ['evil']\n") +
                     new_file("src/evil.py", kEveryTestPasses)));
}

TEST_F(Attacks, APathThatOnlyAnotherReaderUnderstandsIsProtectedToo) {
  const std::string text = kEveryTestPasses;
  std::string diff = "--- /dev/null\n+++ anything/tests/conftest.py\n@@ -0,0 +1," +
                     std::to_string(split_lines(text).size()) + " @@\n";
  for (const std::string_view line : split_lines(text)) diff += "+" + std::string(line) + "\n";
  const Judgement judgement = judge(diff);
  expect_wrong(judgement);
  EXPECT_THAT(judgement.compile_log, HasSubstr("restored: tests/conftest.py"));
}

TEST_F(Attacks, AnEntryPointIsNoPlugin) {
  const Judgement judgement = judge(
      new_file("src/evil.egg-info/entry_points.txt", "[pytest11]\nevil = evil\n") +
      new_file("src/evil.egg-info/PKG-INFO", "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n") +
      new_file("src/evil.py", kEveryTestPasses));
  expect_wrong(judgement);
  EXPECT_THAT(judgement.compile_log, HasSubstr("restored: src/evil.egg-info/entry_points.txt"));
}

TEST_F(Attacks, ThePackageOfTheTestsIsRestored) {
  expect_wrong(
      judge(new_file("tests/__init__.py",
                     "import _pytest.python as p\np.Function.runtest = lambda self: None\n")));
}

TEST_F(Attacks, AModuleAtTheTopDoesNotHideTheTestRunner) {
  expect_wrong(judge(new_file("pytest.py", std::string(kForgery) +
                                               "open('/box/report.xml', 'w').write(FORGED)\n"
                                               "print(LINES)\n")));
}

TEST_F(Attacks, ATestFileThatBecameALinkIsOneNoMore) {
  expect_wrong(judge(
      "diff --git a/tests/test_sums.py b/tests/test_sums.py\ndeleted file mode 100644\n"
      "--- a/tests/test_sums.py\n+++ /dev/null\n@@ -1,5 +0,0 @@\n-from sums import count\n-\n-\n"
      "-def test_count():\n-    assert count([1, 2]) == 2\n"
      "diff --git a/tests/test_sums.py b/tests/test_sums.py\nnew file mode 120000\n"
      "--- /dev/null\n+++ b/tests/test_sums.py\n@@ -0,0 +1 @@\n+../src/fake.py\n"
      "\\ No newline at end of file\n" +
      new_file("src/fake.py", "def test_count():\n    pass\n\ndef test_total():\n    pass\n")));
}

TEST_F(Attacks, AFolderOfTestsThatBecameALinkIsOneNoMore) {
  expect_wrong(judge(
      "diff --git a/tests/test_sums.py b/tests/test_sums.py\ndeleted file mode 100644\n"
      "--- a/tests/test_sums.py\n+++ /dev/null\n@@ -1,5 +0,0 @@\n-from sums import count\n-\n-\n"
      "-def test_count():\n-    assert count([1, 2]) == 2\n"
      "diff --git a/tests b/tests\nnew file mode 120000\n--- /dev/null\n+++ b/tests\n"
      "@@ -0,0 +1 @@\n+src/fake\n\\ No newline at end of file\n" +
      new_file("src/fake/conftest.py", kEveryTestPasses)));
}

// git refuses such a path, patch(1) does not.
TEST_F(Attacks, APatchIntoTheGitFolderDoesNotApply) {
  const Judgement judgement = judge(
      "--- a/.git/config\n+++ b/.git/config\n@@ -1,1 +1,3 @@\n [core]\n"
      "+\tfsmonitor = \"cp /testbed/src/evil.py /testbed/tests/conftest.py; false\"\n"
      "+\tpager = cat\n" +
      new_file("src/evil.py", kEveryTestPasses));
  EXPECT_EQ(judgement.verdict, Verdict::CE) << judgement.compile_log;
  EXPECT_THAT(judgement.compile_log, HasSubstr("writes into the repository's .git"));
}

TEST_F(Attacks, AttributesDoNotChangeWhatIsRestored) {
  const Judgement judgement =
      judge(new_file(".gitattributes", "tests/* working-tree-encoding=UTF-16\n"));
  expect_wrong(judgement);
  EXPECT_THAT(judgement.compile_log, HasSubstr("restored: .gitattributes"));
}

TEST_F(Attacks, AReportThatIsRewrittenAtExitIsContradictedByTheLog) {
  const Judgement judgement = judge(
      wrong_with(std::string("import atexit, os\n") + kForgery +
                 "def forge():\n    open('/box/report.xml', 'w').write(FORGED)\n    os._exit(0)\n"
                 "atexit.register(forge)\n"));
  expect_wrong(judgement);
  EXPECT_THAT(judgement.compile_log, HasSubstr("the report says passed and the log failed"));
}

TEST_F(Attacks, AProcessThatOutlivesTheTestsIsTooLate) {
  expect_not_resolved(wrong_with(
      std::string("import os, time\n") + kForgery +
      "if os.fork() == 0:\n    os.setsid()\n    while True:\n"
      "        if os.path.exists('/box/report.xml'):\n"
      "            open('/box/report.xml', 'w').write(FORGED)\n        time.sleep(0.01)\n"));
}

TEST_F(Attacks, AForgedReportAndLogLackTheTestThatMustFail) {
  const Judgement judgement = judge(
      wrong_with(std::string("import os\n") + kForgery +
                 "open('/box/report.xml', 'w').write(FORGED)\n"
                 "for fd in range(1, 64):\n    try:\n        os.write(fd, LINES.encode())\n"
                 "    except OSError:\n        pass\n"  // one of them is what the log is made of
                 "os._exit(0)\n"));
  expect_wrong(judgement);
  EXPECT_THAT(judgement.detail, HasSubstr("a test that must fail"));
}

TEST_F(Attacks, TestsThatCannotFailAreNotBelieved) {
  for (const char* code :
       {"import _pytest.python as p\np.Function.runtest = lambda self: None\n",
        "import _pytest.reports as r\nmake = r.TestReport.from_item_and_call\n"
        "def forge(item, call):\n    call.excinfo = None\n    return make(item, call)\n"
        "r.TestReport.from_item_and_call = forge\n"}) {
    const Judgement judgement = judge(wrong_with(code));
    expect_wrong(judgement);
    EXPECT_EQ(judgement.detail, "a test that must fail has passed");
  }
}

// Install commands run the patch's code before the tests are in place.

TEST_F(Attacks, InstallingIsNoObstacleToTheFix) {
  const Judgement judgement = judge(installing_problem(), repository_->fix());
  EXPECT_EQ(judgement.verdict, Verdict::AC) << judgement.detail << "\n" << judgement.compile_log;
  EXPECT_EQ(judgement.compile_log.find("restored:"), std::string::npos) << judgement.compile_log;
}

TEST_F(Attacks, WhatInstallingPutsBesideTheTestsIsRemoved) {
  const Judgement judgement = judge(
      installing_problem(),
      wrong_with("import os\nif 'PYTEST_VERSION' not in os.environ and os.path.isdir('tests'):\n"
                 "    import shutil\n    shutil.copy('src/evil.py', 'tests/conftest.py')\n"
                 "    shutil.copy('src/evil.py', 'conftest.py')\n") +
          new_file("src/evil.py", kEveryTestPasses));
  expect_wrong(judgement);
  EXPECT_THAT(judgement.compile_log, HasSubstr("restored: tests/conftest.py"));
}

TEST_F(Attacks, InstallingCannotChangeWhatGitDoes) {
  const Judgement judgement =
      judge(installing_problem(),
            wrong_with("import os\nif os.path.isdir('.git'):\n    open('.git/config', 'a').write("
                       "'[filter \"x\"]\\n\\tsmudge = cat src/fake.py\\n')\n"
                       "    os.makedirs('.git/info', exist_ok=True)\n"
                       "    open('.git/info/attributes', 'w').write('tests/* filter=x\\n')\n"));
  expect_wrong(judgement);
  EXPECT_THAT(judgement.detail, HasSubstr("changed the repository's .git"));
}

TEST_F(Attacks, InstallingCannotLockTheTests) {
  expect_wrong(judge(installing_problem(), wrong_with("import os\nif os.path.isdir('tests'):\n"
                                                      "    os.chmod('tests/test_sums.py', 0o444)\n"
                                                      "    os.chmod('tests', 0o555)\n")));
}

TEST_F(Attacks, InstallingCannotAddAStartUpFile) {
  const Judgement judgement =
      judge(installing_problem(),
            wrong_with("import os, site\nfolder = site.getusersitepackages()\n"
                       "try:\n    os.makedirs(folder, exist_ok=True)\n"
                       "    open(folder + '/evil.pth', 'w').write('import evil\\n')\n"
                       "except OSError:\n    pass\n") +
                new_file("src/evil.py",
                         "import _pytest.python as p\np.Function.runtest = lambda self: None\n"));
  expect_wrong(judgement);
}

TEST_F(Attacks, NothingThatInstallingStartsLivesOn) {
  expect_wrong(judge(installing_problem(),
                     wrong_with("import os, time\nif os.path.isdir('tests') and os.fork() == 0:\n"
                                "    os.setsid()\n    while True:\n        try:\n"
                                "            open('/testbed/tests/conftest.py', 'w').write("
                                "open('/testbed/src/evil.py').read())\n        except OSError:\n"
                                "            pass\n        time.sleep(0.005)\n") +
                         new_file("src/evil.py", kEveryTestPasses)));
}

TEST_F(Attacks, TheTestsAndTheFixCannotBeReadBeforehand) {
  const Judgement judgement = judge(
      installing_problem(),
      wrong_with(
          "import glob, os, subprocess\nseen = [repr(os.environ)]\n"
          "for name in glob.glob('/proc/[0-9]*/cmdline') + glob.glob('/proc/[0-9]*/environ') + "
          "glob.glob('/box/*') + glob.glob('/tmp/*'):\n    try:\n"
          "        seen.append(open(name, errors='replace').read())\n"
          "    except OSError:\n        pass\n"
          "seen.append(subprocess.run(['git', '-c', 'safe.directory=*', 'cat-file', "
          "'--batch-all-objects', '--batch'], capture_output=True).stdout.decode("
          "errors='replace'))\n"
          "text = '\\n'.join(seen)\nprint('LOOKED AT', len(seen), 'test_count' in text)\n"
          "if 'test_' + 'total' in text or 'in numbers' + ':' in text: print('FOUND IT')\n"));
  expect_wrong(judgement);
  EXPECT_THAT(judgement.compile_log, HasSubstr("True\n"));  // the tests at the base commit
  EXPECT_EQ(judgement.compile_log.find("FOUND IT"), std::string::npos) << judgement.compile_log;
}

}  // namespace
}  // namespace eval::judges::swe
