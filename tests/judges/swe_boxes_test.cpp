// Patches of a small repository of our own, evaluated in boxes: controls, the ways a patch goes in, what
// is protected. Attacks are in swe_attacks_test.cpp.
#include <gtest/gtest.h>

#include "judges/swe/integrity.h"
#include "tests/support/patches_in_boxes.h"

namespace eval::judges::swe {
namespace {

using eval::testing::PatchesInBoxes;

TEST_F(PatchesInBoxes, TheReferencePatchResolves) {
  const Judgement judgement = judge(repository_->fix());
  EXPECT_EQ(judgement.verdict, Verdict::AC) << judgement.detail << "\n" << judgement.compile_log;
  EXPECT_NE(judgement.compile_log.find("patch: git apply\n"), std::string::npos);
}

TEST_F(PatchesInBoxes, APatchThatChangesNothingDoesNot) {
  EXPECT_EQ(judge("diff --git a/empty b/empty\nnew file mode 100644\n").verdict, Verdict::WA);
}

TEST_F(PatchesInBoxes, AnEmptyPatchIsNoSubmission) {
  EXPECT_EQ(judge("\n").verdict, Verdict::NA);
}

TEST_F(PatchesInBoxes, APatchThatDoesNotApplyIsACompileError) {
  EXPECT_EQ(judge("diff --git a/src/sums.py b/src/sums.py\n--- a/src/sums.py\n+++ "
                  "b/src/sums.py\n@@ -1,2 +1,2 @@\n-nothing\n+like this\n lies there\n")
                .verdict,
            Verdict::CE);
}

TEST_F(PatchesInBoxes, ContextThatIsALittleOffGoesInWithFuzz) {
  const std::string off =
      replace_all(repository_->fix(), " def total(numbers):", " def total(somewhat_else):");
  ASSERT_NE(off, repository_->fix());
  const Judgement judgement = judge(off);
  EXPECT_EQ(judgement.verdict, Verdict::AC) << judgement.compile_log;
  EXPECT_NE(judgement.compile_log.find("patch: patch --fuzz=5\n"), std::string::npos);
}

TEST_F(PatchesInBoxes, TwoJudgementsDoNotSeeEachOther) {
  EXPECT_EQ(judge(repository_->fix()).verdict, Verdict::AC);
  EXPECT_EQ(judge("diff --git a/empty b/empty\nnew file mode 100644\n").verdict, Verdict::WA);
}

TEST_F(PatchesInBoxes, HistoryBeyondTheBaseCommitIsRemoved) {
  auto environment = source_->open(repository_->problem(), {});
  ASSERT_TRUE(environment);
  const auto& task = std::get<problems::PatchTask>(repository_->problem().task);
  const auto first = seal_history(**environment, task.base_commit, {});
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_TRUE(first->sealed());
  EXPECT_TRUE(first->removed.empty());
  const auto added = (*environment)
                         ->run({.script = "git config user.name n; git config user.email e; git "
                                          "checkout -q -b later && echo x > fix && "
                                          "git add fix && git commit -q -m fix && git tag v2 && "
                                          "git checkout -q testbed && git stash list"},
                               {}, {});
  ASSERT_TRUE(added);
  ASSERT_EQ(added->exit_code, 0) << added->standard_error;
  const auto second = seal_history(**environment, task.base_commit, {});
  ASSERT_TRUE(second) << describe(second.error());
  EXPECT_TRUE(second->sealed());
  EXPECT_FALSE(second->removed.empty());
  const auto search = (*environment)
                          ->run({.script = "git log --all --oneline; git cat-file "
                                           "--batch-all-objects --batch-check | grep -c commit"},
                                {}, {});
  EXPECT_TRUE(search->standard_output.ends_with("\n1\n")) << search->standard_output;
}

TEST_F(PatchesInBoxes, AnotherBaseCommitIsRefused) {
  problems::Problem problem = repository_->problem();
  auto environment = source_->open(problem, {});
  ASSERT_TRUE(environment);
  const auto history = seal_history(**environment, "0123456789012345678901234567890123456789", {});
  ASSERT_TRUE(history);
  EXPECT_FALSE(history->sealed());
}

TEST_F(PatchesInBoxes, TestsCannotReachANetwork) {
  auto environment = source_->open(repository_->problem(), {});
  ASSERT_TRUE(environment);
  const auto run = (*environment)
                       ->run({.script = "/usr/bin/python3 -c 'import socket; "
                                        "socket.create_connection((\"127.0.0.1\", 80), 2)'"},
                             {}, {});
  ASSERT_TRUE(run);
  EXPECT_NE(run->exit_code, 0);
}

std::vector<TreeChange> changed(const std::vector<std::string>& paths, bool is_new = false) {
  std::vector<TreeChange> changes;
  for (const std::string& path : paths) changes.push_back({path, is_new});
  return changes;
}

problems::PatchTask task_with_test(const std::string& file) {
  problems::PatchTask task;
  task.test_patch = "diff --git a/" + file + " b/" + file + "\n--- a/" + file + "\n+++ b/" + file +
                    "\n@@ -1 +1 @@\n-a\n+b\n";
  return task;
}

TEST(ProtectedPaths, AreThoseThatDecideHowTestsRun) {
  EXPECT_EQ(
      protected_paths(
          task_with_test("pkg/checks/test_a.py"), {"bin/test -v", "./run/all.py x"},
          changed({"pkg/code.py", "pkg/checks/helper.py", "pkg/conftest.py", "setup.cfg", "x.pth",
                   "a/test_b.py", "docs/a.md", "bin/test", "run/all.py", ".gitattributes",
                   "a/__pycache__/code.cpython-39.pyc", "src/sitecustomize/__init__.py",
                   "usercustomize.abi3.so", "test_b.abi3.so", "pkg/checks/test_a/__init__.py"}),
          Stage::Patched),
      (std::vector<std::string>{".gitattributes", "pkg/checks/helper.py", "pkg/conftest.py",
                                "setup.cfg", "x.pth", "a/test_b.py", "bin/test", "run/all.py",
                                "a/__pycache__/code.cpython-39.pyc",
                                "src/sitecustomize/__init__.py", "usercustomize.abi3.so",
                                "test_b.abi3.so", "pkg/checks/test_a/__init__.py"}));
}

TEST(ProtectedPaths, AreAllBelowTheFolderOfTests) {
  EXPECT_EQ(protected_paths(task_with_test("tests/forms/tests.py"), {},
                            changed({"tests/runtests.py", "tests/forms/deep/x.txt", "tests",
                                     "pkg/tests/y.py", "testing.py"}),
                            Stage::Patched),
            (std::vector<std::string>{"tests/runtests.py", "tests/forms/deep/x.txt", "tests"}));
}

TEST(ProtectedPaths, AreMetadataOnlyOfThePatch) {
  const auto changes = changed({"a.egg-info/entry_points.txt"});
  EXPECT_EQ(protected_paths({}, {}, changes, Stage::Patched).size(), 1U);
  EXPECT_EQ(protected_paths({}, {}, changes, Stage::Installed).size(), 0U);
}

TEST(ProtectedPaths, AreModulesThatWouldHideTheTestRunner) {
  EXPECT_EQ(
      protected_paths({}, {}, changed({"pytest.py", "pluggy/__init__.py", "pytester.py"}, true),
                      Stage::Patched),
      (std::vector<std::string>{"pytest.py", "pluggy/__init__.py"}));
  EXPECT_EQ(protected_paths({}, {}, changed({"pytest.py"}, false), Stage::Patched).size(), 0U);
}

TEST(ReplacedTools, AreProgramsModulesAndStartupFiles) {
  const auto read = [](const std::string& path) -> std::string {
    if (path.ends_with("a.pth")) return "/testbed/src\nimport evil\n";
    return "/testbed\nimport __editable___x_finder; __editable___x_finder.install()\n";
  };
  const std::string env = "opt/envs/testbed/";
  const std::string site = env + "lib/python3.9/site-packages/";
  EXPECT_EQ(replaced_tools({env + "bin/python3.9", env + "bin/flask", site + "a.pth",
                            site + "b.pth", site + "_pytest/main.py", site + "flask/app.py",
                            env + "lib/python3.9/unittest/case.py", "etc/ld.so.preload",
                            "root/.cache/x", env + "bin/pytest"},
                           "pallets/flask", read),
            (std::vector<std::string>{
                env + "bin/python3.9", site + "a.pth", site + "_pytest/main.py",
                env + "lib/python3.9/unittest/case.py", "etc/ld.so.preload", env + "bin/pytest"}));
  EXPECT_TRUE(
      replaced_tools({env + "bin/pytest", site + "_pytest/main.py"}, "pytest-dev/pytest", read)
          .empty());
}

TEST(ChangesBetween, AreNewChangedAndGone) {
  const TreeState before = {{"a", "1"}, {"b", "1"}, {"c", "1"}};
  const TreeState after = {{"a", "1"}, {"b", "2"}, {"bb", "1"}};
  EXPECT_EQ(changes_between(before, after),
            (std::vector<TreeChange>{{"b", false}, {"bb", true}, {"c", false}}));
}

}  // namespace
}  // namespace eval::judges::swe
