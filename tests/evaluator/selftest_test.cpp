// The attack suite against real boxes. Split by group, so that no test takes minutes and a failure
// names its neighbourhood.

#include "evaluator/selftest.h"
#include "evaluator/selftest_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "sandbox/linux_sandbox.h"

namespace eval::evaluator {
namespace {

const fs::path kAttacks = fs::path(EVAL_TEST_SOURCE_DIR) / "tests/escapes/attacks";
// Groups of the suite: what an attack's name starts with.
constexpr const char* kGroups[] = {"processes", "memory",   "disk",   "output", "peek",
                                   "net",       "escape",   "kernel", "sched",  "forge",
                                   "trace",     "together", "compile"};

std::string group_of(const std::string& name) {
  return name.substr(0, name.find('_'));
}

std::unique_ptr<sandbox::Sandbox> make_boxes(int count) {
  auto box = sandbox::create_linux_sandbox({.boxes = count});
  return box ? std::move(*box) : nullptr;
}

class AttackGroup : public testing::TestWithParam<const char*> {};

TEST_P(AttackGroup, IsHeld) {
  const auto boxes = make_boxes(2);
  if (boxes == nullptr) GTEST_SKIP() << "no box can be built on this machine";
  const auto results =
      run_selftest(*boxes, judges::Languages::built_in(),
                   {.folder = kAttacks, .filter = std::string(GetParam()) + "_*", .boxes = 2});
  ASSERT_TRUE(results) << describe(results.error());
  for (const AttackResult& result : *results) {
    EXPECT_NE(result.outcome, AttackOutcome::NotHeld)
        << result.name << " tries " << result.tries << "\nmust be stopped by " << result.must_stop
        << "\nbut: " << result.detail;
    if (result.outcome == AttackOutcome::Skipped) {
      std::cout << result.name << " skipped: " << result.detail << "\n";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Selftest, AttackGroup, testing::ValuesIn(kGroups),
                         [](const auto& group) { return std::string(group.param); });

// What polling once missed. The whole suite on every rung: evalctl sandbox selftest --without-cgroup.
class LowestRung : public testing::TestWithParam<const char*> {};

TEST_P(LowestRung, CountsWhatACgroupWouldHaveCounted) {
  const auto box =
      sandbox::create_linux_sandbox({.without_cgroups = true, .in_user_namespace = true});
  ASSERT_TRUE(box) << describe(box.error());
  const auto results = run_selftest(**box, judges::Languages::built_in(),
                                    {.folder = kAttacks, .filter = GetParam()});
  if (!results) GTEST_SKIP() << "no box in a user namespace here: " << describe(results.error());
  ASSERT_EQ(results->size(), 1U);
  EXPECT_EQ(results->front().outcome, AttackOutcome::Held) << results->front().detail;
}

INSTANTIATE_TEST_SUITE_P(Attacks, LowestRung,
                         testing::Values("memory_page_tables", "memory_sockets",
                                         "processes_unwaited_children",
                                         "processes_unwaited_children_of_runtime"));

TEST(AttackSuite, HasSixtyProgramsInKnownGroups) {
  const auto attacks = load_attacks(kAttacks);
  ASSERT_TRUE(attacks) << describe(attacks.error());
  std::set<fs::path> programs;
  for (const Attack& attack : *attacks) {
    programs.insert(attack.source);
    EXPECT_TRUE(fs::exists(attack.source)) << attack.source;
    EXPECT_NE(std::find(std::begin(kGroups), std::end(kGroups), group_of(attack.name)),
              std::end(kGroups))
        << attack.name;
  }
  EXPECT_GE(programs.size(), 60U);
}

// A suite of one attack in a folder of its own, to see the selftest fail.
class SelftestTest : public testing::Test {
 protected:
  void SetUp() override {
    boxes_ = make_boxes(1);
    if (boxes_ == nullptr) GTEST_SKIP() << "no box can be built on this machine";
    ASSERT_TRUE(write_file(folder_.path() / "honest.c", read_file(kAttacks / "honest.c").value()));
    ASSERT_TRUE(write_file(folder_.path() / "attack.h", read_file(kAttacks / "attack.h").value()));
  }

  // `entry` continues the manifest's object after name, source, tries and must_stop.
  AttackResult carry_out(const std::string& source, const std::string& program,
                         const std::string& entry) {
    EXPECT_TRUE(write_file(folder_.path() / source, program));
    EXPECT_TRUE(write_file(folder_.path() / "attacks.json",
                           "[{\"name\": \"one\", \"source\": \"" + source +
                               "\", \"tries\": \"t\", \"must_stop\": \"m\", " + entry + "}]"));
    auto results = run_selftest(*boxes_, judges::Languages::built_in(), {.folder = folder_.path()});
    EXPECT_TRUE(results) << describe(results.error());
    return results && results->size() == 1 ? results->front() : AttackResult{};
  }

  const TempDir folder_ = TempDir::create("evalctl-selftest").value();
  std::unique_ptr<sandbox::Sandbox> boxes_;
};

TEST_F(SelftestTest, ReportsAnAttackThatSaysItEscaped) {
  const AttackResult result = carry_out(
      "one.c", "#include <stdio.h>\nint main(void) { puts(\"ESCAPED: by the door\\033[2J\"); }",
      R"("language": "c", "kind": "run", "expect": {"status": ["exited"], "never_has": ["ESCAPED"]})");
  EXPECT_EQ(result.outcome, AttackOutcome::NotHeld);
  EXPECT_NE(result.detail.find("ESCAPED: by the door\\x1b[2J"), std::string::npos) << result.detail;
}

TEST_F(SelftestTest, ReportsAnAttackThatEndsInAnUnforeseenWay) {
  const AttackResult result =
      carry_out("one.c", "int main(void) { __builtin_trap(); }",
                R"("language": "c", "kind": "run", "expect": {"status": ["memory_limit"]})");
  EXPECT_EQ(result.outcome, AttackOutcome::NotHeld);
  EXPECT_EQ(result.status, "signalled");
}

TEST_F(SelftestTest, ReportsAnAttackThatProvesNothing) {
  const AttackResult result = carry_out(
      "one.c", "int main(void) { return 0; }",
      R"("language": "c", "kind": "run", "expect": {"status": ["exited"], "stdout_has": "HELD"})");
  EXPECT_EQ(result.outcome, AttackOutcome::NotHeld);
}

TEST_F(SelftestTest, ReportsACompilationThatQuotesTheBait) {
  // What the compiler would print if it could read the file: here the path stands for it.
  const AttackResult result = carry_out(
      "one.c", "#error quoted @BAIT_FILE@\nint main(void) { return 0; }",
      R"("language": "c", "kind": "compile", "expect": {"status": ["rejected"], "never_has": ["answer.txt"]})");
  EXPECT_EQ(result.outcome, AttackOutcome::NotHeld);
  EXPECT_NE(result.detail.find("answer.txt"), std::string::npos) << result.detail;
}

TEST_F(SelftestTest, SkipsALanguageThatIsNotThere) {
  const AttackResult result = carry_out(
      "one.x", "x", R"("language": "none", "kind": "run", "expect": {"status": ["exited"]})");
  EXPECT_EQ(result.outcome, AttackOutcome::Skipped);
  EXPECT_NE(result.detail, "");
}

TEST(SelftestRecordTest, IsKeptForItsRungVersionAndKernelOnly) {
  const TempDir folder = TempDir::create("evalctl-selftest").value();
  const fs::path kept = folder.path() / "new/cache";
  EXPECT_FALSE(load_selftest(kept, "userns+rlimits"));
  std::vector<AttackResult> results(4);
  results[0].outcome = AttackOutcome::Held;
  results[1].outcome = AttackOutcome::NotHeld;
  results[1].name = "memory_heap";
  results[2].outcome = AttackOutcome::Held;
  const SelftestRecord record = record_of(results, 77);
  EXPECT_EQ(record.held, 2);
  EXPECT_EQ(record.skipped, 1);
  EXPECT_EQ(record.failed, std::vector<std::string>{"memory_heap"});
  ASSERT_TRUE(save_selftest(kept, "userns+rlimits", record));
  EXPECT_EQ(load_selftest(kept, "userns+rlimits"), record);
  EXPECT_FALSE(load_selftest(kept, "root+cgroup-v1"));
  SelftestRecord other = record;
  other.evalctl_version += "+1";
  ASSERT_TRUE(save_selftest(kept, "userns+rlimits", other));
  EXPECT_FALSE(load_selftest(kept, "userns+rlimits"));
  other = record;
  other.kernel += ".1";
  ASSERT_TRUE(save_selftest(kept, "userns+rlimits", other));
  EXPECT_FALSE(load_selftest(kept, "userns+rlimits"));
  ASSERT_TRUE(write_file(kept / "selftest-userns+rlimits.json", "[]"));
  EXPECT_FALSE(load_selftest(kept, "userns+rlimits"));
}

TEST(AttackManifest, NamesTheEntryThatIsWrong) {
  const TempDir folder = TempDir::create("evalctl-selftest").value();
  ASSERT_TRUE(write_file(folder.path() / "one.c", "int main(void) { return 0; }"));
  ASSERT_TRUE(write_file(folder.path() / "attacks.json",
                         R"([{"name": "one", "source": "one.c", "language": "c", "kind": "run",
                              "tries": "t", "must_stop": "m", "expect": {"status": ["exploded"]}}])"));
  const auto attacks = load_attacks(folder.path());
  ASSERT_FALSE(attacks);
  EXPECT_EQ(attacks.error().code, ErrorCode::BadInput);
  EXPECT_NE(attacks.error().what.find("exploded"), std::string::npos) << describe(attacks.error());
}

TEST(AttackManifest, RefusesASourceOutsideItsFolder) {
  const TempDir folder = TempDir::create("evalctl-selftest").value();
  ASSERT_TRUE(write_file(folder.path() / "attacks.json",
                         R"([{"name": "one", "source": "../../etc/passwd", "language": "c",
                              "kind": "run", "tries": "t", "must_stop": "m",
                              "expect": {"status": ["exited"]}}])"));
  EXPECT_FALSE(load_attacks(folder.path()));
}

}  // namespace
}  // namespace eval::evaluator
