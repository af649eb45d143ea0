// Patches of a small repository of our own, evaluated in boxes: controls, the ways a patch goes in, and one
// attack each that tries to decide its own verdict.
#include <gtest/gtest.h>

#include "base/text.h"
#include "judges/swe/integrity.h"
#include "judges/swe/patch_judge.h"
#include "judges/swe/prepared_environments.h"
#include "tests/support/small_repository.h"

namespace eval::judges::swe {
namespace {

class PatchesInBoxes : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto folder = TempDir::create("swe-boxes-");
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
    repository_.emplace(folder_->path());
    auto source = open_prepared_environments(folder_->path(), folder_->path() / "cache",
                                             eval::testing::make_box);
    ASSERT_TRUE(source) << describe(source.error());
    source_ = std::move(*source);
  }
  static void TearDownTestSuite() {
    source_.reset();
    repository_.reset();
    folder_.reset();
  }
  void SetUp() override {
    if (!repository_->why_not().empty()) GTEST_SKIP() << repository_->why_not();
    const auto environment = source_->open(repository_->problem(), {});
    ASSERT_TRUE(environment) << describe(environment.error());
    const auto first = (*environment)->run({.script = "true"}, {}, {});
    if (!first) GTEST_SKIP() << "no box can be built here: " << describe(first.error());
  }

  static Judgement judge(const std::string& diff) {
    const auto judge = make_patch_judge(source_, {});
    auto judgement = judge->judge(repository_->problem(), Patch{diff}, {});
    if (judgement) return *judgement;
    ADD_FAILURE() << describe(judgement.error());
    return {};
  }

  static std::string new_file(const std::string& name, const std::string& text) {
    std::string diff = "diff --git a/" + name + " b/" + name +
                       "\nnew file mode 100644\n--- /dev/null\n+++ b/" + name + "\n@@ -0,0 +1," +
                       std::to_string(split_lines(text).size()) + " @@\n";
    for (const std::string_view line : split_lines(text)) diff += "+" + std::string(line) + "\n";
    return diff;
  }

  static void expect_not_resolved(const std::string& diff) {
    const Judgement judgement = judge(diff);
    EXPECT_NE(judgement.verdict, Verdict::AC) << judgement.compile_log;
  }

  static inline std::optional<TempDir> folder_;
  static inline std::optional<testing::SmallRepository> repository_;
  static inline std::shared_ptr<EnvironmentSource> source_;
};

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

// Attacks.

TEST_F(PatchesInBoxes, AHookInConftestDecidesNothing) {
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

TEST_F(PatchesInBoxes, SitecustomizeIsNotRun) {
  expect_not_resolved(new_file(
      "sitecustomize.py",
      "import builtins\nbuiltins.sum_of = 1\nimport sys\nsys.path.insert(0, '/nowhere')\n"));
  const Judgement judgement = judge(new_file("src/sitecustomize.py", "raise SystemExit(0)\n"));
  EXPECT_NE(judgement.compile_log.find("restored: src/sitecustomize.py"), std::string::npos);
}

TEST_F(PatchesInBoxes, OptionsOfPytestCannotDeselectTests) {
  expect_not_resolved(
      new_file("pytest.ini",
               "[pytest]\naddopts = --deselect tests/test_sums.py::test_total -p no:junitxml\n"));
  expect_not_resolved(
      new_file("tox.ini", "[pytest]\naddopts = --deselect tests/test_sums.py::test_total\n"));
}

TEST_F(PatchesInBoxes, ATestFileOfThePatchIsReplacedByTheRealOne) {
  expect_not_resolved(
      "diff --git a/tests/test_sums.py b/tests/test_sums.py\n--- a/tests/test_sums.py\n+++ "
      "b/tests/test_sums.py\n"
      "@@ -1,5 +1,8 @@\n from sums import count\n \n \n def test_count():\n     assert count([1, "
      "2]) == 2\n"
      "+\n+def test_total():\n+    pass\n");
}

TEST_F(PatchesInBoxes, PrintedResultsAreNone) {
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

TEST(ProtectedFiles, AreThoseThatDecideHowTestsRun) {
  problems::PatchTask task;
  task.test_patch =
      "diff --git a/pkg/tests/test_a.py b/pkg/tests/test_a.py\n--- a/pkg/tests/test_a.py\n+++ "
      "b/pkg/tests/test_a.py\n@@ -1 +1 @@\n-a\n+b\n";
  std::string diff;
  for (const char* name : {"pkg/code.py", "pkg/tests/helper.py", "pkg/conftest.py", "setup.cfg",
                           "x.pth", "a/test_b.py", "docs/a.md"}) {
    diff += std::string("diff --git a/") + name + " b/" + name + "\n--- a/" + name + "\n+++ b/" +
            name + "\n@@ -1 +1 @@\n-a\n+b\n";
  }
  EXPECT_EQ(protected_files(task, diff),
            (std::vector<std::string>{"pkg/tests/helper.py", "pkg/conftest.py", "setup.cfg",
                                      "x.pth", "a/test_b.py"}));
}

}  // namespace
}  // namespace eval::judges::swe
