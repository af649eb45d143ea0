#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "base/files.h"
#include "base/random.h"
#include "evaluator/store/database.h"
#include "evaluator/store/store.h"
#include "tests/evaluator/failing_vfs.h"
#include "tests/evaluator/store_samples.h"

// What is left after a kill at any moment, and after any call to the file system fails.
namespace eval::evaluator {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): the samples of these tests

constexpr int kPlanned = 2000;

std::vector<Store::PlannedAttempt> long_plan() {
  std::vector<Store::PlannedAttempt> plan;
  for (int i = 0; i < kPlanned; ++i) plan.push_back({"ioi/alpha", i, std::uint64_t(i)});
  return plan;
}

// Every committed attempt has exactly what one call wrote, and nothing is in between.
void expect_whole_attempts(const std::vector<Attempt>& attempts) {
  for (const Attempt& attempt : attempts) {
    const bool judged = attempt.state == AttemptState::Judged;
    const bool generated = judged || attempt.state == AttemptState::Generated;
    EXPECT_EQ(attempt.generations.size(), generated ? 1u : 0u);
    EXPECT_EQ(attempt.judgements.size(), judged ? 1u : 0u);
    for (const runners::Generation& generation : attempt.generations) {
      EXPECT_EQ(generation, sample_generation());
    }
    for (const judges::Judgement& judgement : attempt.judgements) {
      EXPECT_EQ(judgement, sample_judgement());
    }
  }
}

void expect_sound_file(const fs::path& path) {
  auto database = Database::open(path, Database::Access::ReadOnly);
  ASSERT_TRUE(database.has_value());
  auto check = database->prepare("PRAGMA integrity_check");
  ASSERT_TRUE(check.has_value());
  ASSERT_TRUE(check->step().value_or(false));
  EXPECT_EQ(check->text(0), "ok");
  auto orphans = database->prepare("PRAGMA foreign_key_check");
  ASSERT_TRUE(orphans.has_value());
  EXPECT_FALSE(orphans->step().value_or(true));
}

// Generates and judges what is not done yet, as a run does, and tells the parent after each commit.
[[noreturn]] void work_until_killed(const fs::path& path, int pipe_fd) {
  const FixedClock clock;
  auto store = Store::open(path, OpenMode::ReadWrite, clock);
  if (!store || !(*store)->lock_run("ioi-demo-1")) ::_exit(1);
  if (!(*store)->begin_run(sample_manifest(), sample_problems(), long_plan())) ::_exit(2);
  const auto attempts = (*store)->attempts("ioi-demo-1", false);
  if (!attempts) ::_exit(3);
  for (const Attempt& attempt : *attempts) {
    if (attempt.generations.empty() &&
        !(*store)->add_generation(attempt.id, 0, sample_prompt(), sample_generation())) {
      ::_exit(4);
    }
    if (attempt.judgements.empty() &&
        !(*store)->add_judgement(attempt.id, sample_submission(), sample_judgement())) {
      ::_exit(5);
    }
    const std::int32_t done = attempt.index;
    (void)!::write(pipe_fd, &done, sizeof done);
  }
  ::_exit(0);
}

TEST(StoreCrash, LosesNoCommittedAttemptAndDoublesNoneWhenKilledAtAnyMoment) {
  auto folder = TempDir::create("store-crash-test");
  ASSERT_TRUE(folder.has_value());
  const fs::path path = folder->path() / "a.db";
  SplitMix64 random(7);
  std::int32_t last_told = -1;
  for (int round = 0; round < 25; ++round) {
    int pipe_fds[2];
    ASSERT_EQ(::pipe(pipe_fds), 0);
    const pid_t child = ::fork();
    if (child == 0) work_until_killed(path, pipe_fds[1]);
    ::close(pipe_fds[1]);
    std::int32_t told = 0;
    // Half of the kills come at any moment of opening and planning, half while attempts are written.
    if (round % 2 == 1 && ::read(pipe_fds[0], &told, sizeof told) == sizeof told) {
      last_told = std::max(last_told, told);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(100'000)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
    while (::read(pipe_fds[0], &told, sizeof told) == sizeof told) {
      last_told = std::max(last_told, told);
    }
    ::close(pipe_fds[0]);

    const FixedClock clock;
    auto store = Store::open(path, OpenMode::ReadWrite, clock);
    ASSERT_TRUE(store.has_value()) << describe(store.error());
    const auto attempts = (*store)->attempts("ioi-demo-1", true);
    if (!attempts) continue;  // killed before the run was begun: nothing of it is there
    ASSERT_EQ(attempts->size(), static_cast<std::size_t>(kPlanned));
    expect_whole_attempts(*attempts);
    for (std::int32_t i = 0; i <= last_told; ++i) {
      EXPECT_EQ(attempts->at(static_cast<std::size_t>(i)).state, AttemptState::Judged) << i;
    }
    expect_sound_file(path);
  }
  EXPECT_GT(last_told, 0);
}

// Opens, begins a run, generates and judges one attempt; the number of calls that said they succeeded.
int calls_that_succeed(const fs::path& path) {
  const FixedClock clock;
  auto store = Store::open(path, OpenMode::ReadWrite, clock);
  if (!store) return 0;
  if (!(*store)->begin_run(sample_manifest(), sample_problems(), sample_plan())) return 1;
  const auto attempts = (*store)->attempts("ioi-demo-1", false);
  if (!attempts) return 2;
  const std::int64_t id = attempts->at(0).id;
  if (!(*store)->add_generation(id, 0, sample_prompt(), sample_generation())) return 2;
  if (!(*store)->add_judgement(id, sample_submission(), sample_judgement())) return 3;
  return 4;
}

// What a later, healthy process finds after `succeeded` calls said they succeeded.
void expect_all_or_nothing(const fs::path& path, int succeeded) {
  const FixedClock clock;
  auto store = Store::open(path, OpenMode::ReadWrite, clock);
  ASSERT_TRUE(store.has_value()) << describe(store.error());
  const auto attempts = (*store)->attempts("ioi-demo-1", true);
  EXPECT_TRUE(attempts.has_value() || succeeded < 2);
  if (attempts) {
    EXPECT_EQ(attempts->size(), 4u);
    expect_whole_attempts(*attempts);
    EXPECT_TRUE(succeeded < 3 || attempts->at(0).generations.size() == 1);
    EXPECT_TRUE(succeeded < 4 || attempts->at(0).judgements.size() == 1);
  }
  expect_sound_file(path);
  EXPECT_EQ(calls_that_succeed(path), attempts && !attempts->at(0).generations.empty() ? 2 : 4);
}

class StoreFault : public testing::TestWithParam<FailingVfs::Fault> {};

TEST_P(StoreFault, IsAllOrNothingWhicheverCallFails) {
  FailingVfs vfs;
  int failed_calls = 0;
  for (int n = 1;; ++n) {
    auto folder = TempDir::create("store-fault-test");
    ASSERT_TRUE(folder.has_value());
    const fs::path path = folder->path() / "a.db";
    vfs.fail_from(n, GetParam());
    const int succeeded = calls_that_succeed(path);
    const bool reached = vfs.has_failed();
    vfs.heal();
    expect_all_or_nothing(path, succeeded);
    if (!reached) break;
    failed_calls += 1;
    ASSERT_LT(n, 2000);
  }
  EXPECT_GT(failed_calls, 4);  // at least one for each call of the store
}

INSTANTIATE_TEST_SUITE_P(OfTheDisk, StoreFault,
                         testing::Values(FailingVfs::Fault::OneWrite, FailingVfs::Fault::DiskFull,
                                         FailingVfs::Fault::OneSync),
                         [](const auto& fault) -> std::string {
                           switch (fault.param) {
                             case FailingVfs::Fault::OneWrite:
                               return "OneWrite";
                             case FailingVfs::Fault::DiskFull:
                               return "DiskFull";
                             case FailingVfs::Fault::OneSync:
                               return "OneSync";
                           }
                           return "Unknown";
                         });

TEST(StoreDiskFull, IsAnIoErrorWithHelpAndTheStoreGoesOnWhenThereIsRoom) {
  FailingVfs vfs;
  auto folder = TempDir::create("store-full-test");
  const FixedClock clock;
  auto store = Store::open(folder->path() / "a.db", OpenMode::ReadWrite, clock);
  ASSERT_TRUE((*store)->begin_run(sample_manifest(), sample_problems(), sample_plan()));
  const std::int64_t id = (*store)->attempts("ioi-demo-1", false)->at(0).id;
  vfs.fail_from(1, FailingVfs::Fault::DiskFull);
  const auto full = (*store)->add_generation(id, 0, sample_prompt(), sample_generation());
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().code, ErrorCode::Io);
  EXPECT_EQ(full.error().sys_errno, ENOSPC);
  EXPECT_THAT(full.error().help, testing::HasSubstr("free some space"));
  vfs.heal();
  EXPECT_TRUE((*store)->add_generation(id, 0, sample_prompt(), sample_generation()));
  EXPECT_EQ((*store)->attempts("ioi-demo-1", true)->at(0).generations.size(), 1u);
}

TEST(StoreDiskFull, IsAnErrorUnderARealLimitOfTheKernel) {
  auto folder = TempDir::create("store-limit-test");
  const fs::path path = folder->path() / "a.db";
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{64 << 10, 64 << 10};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);
    ::_exit(calls_that_succeed(path));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_LT(WEXITSTATUS(status), 4);
  expect_all_or_nothing(path, WEXITSTATUS(status));
}

TEST(StoreScale, ReadsTenThousandAttemptsOfFiftyTestsInSeconds) {
  auto folder = TempDir::create("store-scale-test");
  const FixedClock clock;
  auto store = Store::open(folder->path() / "a.db", OpenMode::ReadWrite, clock);
  std::vector<Store::PlannedAttempt> plan;
  for (int i = 0; i < 10'000; ++i) plan.push_back({"ioi/alpha", i, std::uint64_t(i)});
  ASSERT_TRUE((*store)->begin_run(sample_manifest(), sample_problems(), plan));
  store->reset();
  {
    // Filled with SQL: committing 10,000 times would test the disk.
    auto database = Database::open(folder->path() / "a.db", Database::Access::ReadWrite);
    ASSERT_TRUE(database->execute(
        "BEGIN; INSERT INTO blobs VALUES (printf('%064d', 0), x'');"
        "INSERT INTO judgements (id, attempt_id, submission_id, verdict, points, "
        "compile_log_sha256, language, time_limit_ms, memory_limit_bytes, fingerprint, detail, "
        "from_cache, judged_ms) SELECT id, id, NULL, 'AC', 1, printf('%064d', 0), 'cpp17', 1, 1, "
        "'', '', 0, 0 FROM attempts;"
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 49) "
        "INSERT INTO test_results (id, judgement_id, ordinal, testcase, verdict, points, "
        "cpu_time_us, wall_time_us, memory_peak_bytes, run_status, exit_code, signal, "
        "checker_message, standard_error, output_excerpt) SELECT NULL, j.id, n.i, 'secret/' || "
        "n.i, 'AC', NULL, 1, 1, 1, "
        "'exited', 0, 0, 'ok', '', '' FROM judgements j, n; COMMIT"));
  }
  store = Store::open(folder->path() / "a.db", OpenMode::ReadOnly, clock);
  const auto before = std::chrono::steady_clock::now();
  const auto attempts = (*store)->attempts("ioi-demo-1", true);
  const auto elapsed = std::chrono::steady_clock::now() - before;
  ASSERT_TRUE(attempts.has_value());
  EXPECT_EQ(attempts->size(), 10'000u);
  EXPECT_EQ(attempts->at(9'999).judgements.at(0).tests.size(), 50u);
  EXPECT_EQ(attempts->at(9'999).judgements.at(0).tests.at(49).testcase, "secret/49");
  EXPECT_LT(elapsed, std::chrono::seconds(30));
}

}  // namespace
}  // namespace eval::evaluator
