#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/files.h"
#include "evaluator/store/database.h"
#include "evaluator/store/schema.h"
#include "evaluator/store/store.h"
#include "tests/evaluator/store_samples.h"

// Opening files that are missing, foreign, old, new, read-only or taken.
namespace eval::evaluator {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): the samples of these tests
using testing::HasSubstr;

class StoreOpenTest : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("store-open-test");
    ASSERT_TRUE(folder.has_value());
    folder_.emplace(std::move(*folder));
    path_ = folder_->path() / "odd name?#%.db";
  }

  Result<std::unique_ptr<Store>> open(OpenMode mode) { return Store::open(path_, mode, clock_); }

  void write_text(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }

  // Runs SQL on the file as a stranger would.
  void run_sql(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    char* message = nullptr;
    const int code = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message);
    EXPECT_EQ(code, SQLITE_OK) << message;
    sqlite3_free(message);
    sqlite3_close(database);
  }

  void record_a_run() {
    auto store = open(OpenMode::ReadWrite);
    ASSERT_TRUE(store.has_value()) << describe(store.error());
    const auto begun = (*store)->begin_run(sample_manifest(), sample_problems(), sample_plan());
    ASSERT_TRUE(begun.has_value()) << describe(begun.error());
  }

  Error error_of(OpenMode mode) {
    auto store = open(mode);
    EXPECT_FALSE(store.has_value());
    return store ? Error{} : store.error();
  }

  FixedClock clock_;
  std::optional<TempDir> folder_;
  fs::path path_;
};

TEST_F(StoreOpenTest, CreatesAFileOfItsOwnKind) {
  record_a_run();
  auto database = Database::open(path_, Database::Access::ReadOnly);
  ASSERT_TRUE(database.has_value());
  EXPECT_EQ(*database->query_integer("PRAGMA application_id"), kApplicationId);
  EXPECT_EQ(*database->query_integer("PRAGMA user_version"), kSchemaVersion);
}

TEST_F(StoreOpenTest, RefusesAFileThatIsNoDatabaseAndLeavesItAsItIs) {
  for (const std::string text :
       {"x", "hello, world", "SQLite format 2\0 and more text here......"}) {
    write_text(text);
    EXPECT_EQ(error_of(OpenMode::ReadWrite).code, ErrorCode::BadInput) << text;
    EXPECT_EQ(error_of(OpenMode::ReadOnly).code, ErrorCode::BadInput) << text;
    EXPECT_EQ(read_file(path_), text);
  }
}

TEST_F(StoreOpenTest, RefusesADamagedDatabase) {
  write_text(std::string("SQLite format 3\0", 16) + std::string(5000, 'x'));
  EXPECT_EQ(error_of(OpenMode::ReadWrite).code, ErrorCode::BadInput);
}

TEST_F(StoreOpenTest, RefusesTheDatabaseOfAnotherProgramAndLeavesItAsItIs) {
  run_sql("CREATE TABLE runs (id INTEGER PRIMARY KEY)");
  const auto before = read_file(path_);
  const Error error = error_of(OpenMode::ReadWrite);
  EXPECT_EQ(error.code, ErrorCode::BadInput);
  EXPECT_THAT(error.what, HasSubstr("another program"));
  EXPECT_EQ(read_file(path_), before);
}

TEST_F(StoreOpenTest, RefusesANewerSchemaAndLeavesItAsItIs) {
  record_a_run();
  run_sql("PRAGMA user_version = 99");
  const auto before = read_file(path_);
  const Error error = error_of(OpenMode::ReadWrite);
  EXPECT_EQ(error.code, ErrorCode::BadInput);
  EXPECT_THAT(error.what, HasSubstr("schema 99"));
  EXPECT_THAT(error.help, HasSubstr("newer evalctl"));
  EXPECT_EQ(error_of(OpenMode::ReadOnly).code, ErrorCode::BadInput);
  EXPECT_EQ(read_file(path_), before);
}

TEST_F(StoreOpenTest, SaysThatAFolderIsNoDatabase) {
  fs::create_directory(path_);
  EXPECT_EQ(error_of(OpenMode::ReadWrite).code, ErrorCode::BadInput);
}

TEST_F(StoreOpenTest, SaysThatTheFolderOfANewDatabaseIsMissing) {
  path_ = folder_->path() / "missing" / "a.db";
  const Error error = error_of(OpenMode::ReadWrite);
  EXPECT_EQ(error.code, ErrorCode::NotFound);
  EXPECT_THAT(error.what, HasSubstr("missing"));
}

TEST_F(StoreOpenTest, DoesNotCreateWhatItShouldOnlyRead) {
  EXPECT_EQ(error_of(OpenMode::ReadOnly).code, ErrorCode::NotFound);
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(StoreOpenTest, TakesAnEmptyFileAsANewDatabaseOnlyWhenWriting) {
  write_text("");
  EXPECT_EQ(error_of(OpenMode::ReadOnly).code, ErrorCode::BadInput);
  EXPECT_TRUE(open(OpenMode::ReadWrite).has_value());
}

TEST_F(StoreOpenTest, ReadsWhileAnotherStoreWrites) {
  record_a_run();
  auto writer = open(OpenMode::ReadWrite);
  auto reader = open(OpenMode::ReadOnly);
  ASSERT_TRUE(writer.has_value() && reader.has_value());
  const std::int64_t id = (*reader)->attempts("ioi-demo-1", false)->at(0).id;
  ASSERT_TRUE((*writer)->add_judgement(id, std::nullopt, sample_judgement()));
  EXPECT_EQ((*reader)->find_run("")->attempts_judged, 1);
}

TEST_F(StoreOpenTest, RefusesToWriteWhatItOnlyReads) {
  record_a_run();
  auto reader = open(OpenMode::ReadOnly);
  ASSERT_TRUE(reader.has_value()) << describe(reader.error());
  const auto written = (*reader)->set_fact("a", "b");
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::Io);
}

// Root may write anywhere, so the test of permissions is done by a child that is nobody.
class StorePermissionTest : public StoreOpenTest {
 protected:
  // The exit status of `check` in a child without privileges: 0 if it returned true.
  template <class Check>
  int as_nobody(Check check) {
    const pid_t child = ::fork();
    if (child == 0) {
      constexpr uid_t kNobody = 65534;
      if (::geteuid() == 0 && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) ::_exit(2);
      ::_exit(check() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }
  void make_read_only() {
    ASSERT_EQ(::chmod(path_.c_str(), 0444), 0);
    ASSERT_EQ(::chmod(folder_->path().c_str(), 0555), 0);
  }
  void TearDown() override { ::chmod(folder_->path().c_str(), 0755); }
};

TEST_F(StorePermissionTest, ReadsARunFromAFolderItMayNotWrite) {
  record_a_run();
  make_read_only();
  EXPECT_EQ(as_nobody([&] {
              auto store = open(OpenMode::ReadOnly);
              if (!store) return false;
              const auto run = (*store)->find_run("ioi-demo-1");
              return run && run->manifest == sample_manifest();
            }),
            0);
}

TEST_F(StorePermissionTest, SaysThatADatabaseIsReadOnly) {
  record_a_run();
  make_read_only();
  EXPECT_EQ(as_nobody([&] {
              auto store = open(OpenMode::ReadWrite);
              return !store && store.error().code == ErrorCode::Io && !store.error().help.empty();
            }),
            0);
}

TEST_F(StorePermissionTest, SaysThatAFolderIsReadOnly) {
  ASSERT_EQ(::chmod(folder_->path().c_str(), 0555), 0);
  EXPECT_EQ(as_nobody([&] {
              auto store = open(OpenMode::ReadWrite);
              return !store && store.error().code == ErrorCode::Io && !store.error().help.empty();
            }),
            0);
}

// A database as an earlier version of the program left it: its schema, and rows in every table that a
// later migration touches.
class EarlierSchema : public StoreOpenTest, public testing::WithParamInterface<int> {
 protected:
  void write_earlier() {
    {
      auto database = Database::open(path_, Database::Access::ReadWrite);
      ASSERT_TRUE(database.has_value()) << describe(database.error());
      ASSERT_TRUE(migrate(*database, GetParam()).has_value());
      const std::string zeros(64, '0');
      const auto filled = database->execute(
          "INSERT INTO blobs VALUES ('" + zeros +
          "', x'61');"
          "INSERT INTO runs VALUES (1, 'old', 'suite', 'model', 'key', "
          "'{\"run_id\": \"old\", \"suite\": \"suite\"}', 5);"
          "INSERT INTO problems (id, run_id, ordinal, name, title, kind, content_hash, "
          "statement_sha256, statement_format, points_max, is_scoring, testcase_count, "
          "time_limit_ms, memory_limit_bytes, source) VALUES (1, 1, 0, 'suite/a', 'A', 'program', "
          "'c0ffee', '" +
          zeros +
          "', 'markdown', 1, 0, 1, 1000, 1024, '');"
          "INSERT INTO attempts VALUES (1, 1, 1, 0, 7, 'judged');"
          "INSERT INTO submissions VALUES (3, 1, 'program', 'last-block', 'cpp17', NULL, 6);"
          "INSERT INTO submission_files VALUES (1, 3, 0, 'a.cpp', '" +
          zeros +
          "');"
          "INSERT INTO judgements VALUES (1, 1, 3, 'AC', 1, '" +
          zeros +
          "', 'cpp17', 1000, 1024, 'judge 2', '', 0, 8);"
          "INSERT INTO test_results (judgement_id, ordinal, testcase, verdict, cpu_time_us, "
          "wall_time_us, run_status, exit_code, signal, checker_message, standard_error, "
          "output_excerpt) VALUES (1, 0, 'secret/1', 'AC', 9, 10, 'exited', 0, 0, '', '', '');");
      ASSERT_TRUE(filled.has_value()) << describe(filled.error());
    }
  }

  static void expect_the_attempt(Store& store) {
    const auto attempt = store.attempt("old", "suite/a", 0);
    ASSERT_TRUE(attempt.has_value()) << describe(attempt.error());
    const auto& program = std::get<judges::SourceProgram>(attempt->submission->submission);
    EXPECT_EQ(program.files, (std::vector<judges::SourceFile>{{"a.cpp", "a"}}));
    const judges::TestResult& test = attempt->judgements.at(0).tests.at(0);
    EXPECT_EQ(test.verdict, judges::Verdict::AC);
    EXPECT_EQ(test.stability, judges::Stability::Clear);
    EXPECT_TRUE(test.cpu_times.empty());
    EXPECT_EQ(test.untimed_verdict, std::nullopt);
    EXPECT_EQ(test.passes, 1);
    EXPECT_EQ(test.transcript, "");
  }
};

TEST_P(EarlierSchema, IsMigratedAndKeepsItsRuns) {
  write_earlier();
  auto store = open(OpenMode::ReadWrite);
  ASSERT_TRUE(store.has_value()) << describe(store.error());
  expect_the_attempt(**store);
  EXPECT_TRUE((*store)->set_fact("a", "b"));
  const ExtractedSubmission outputs{judges::OutputFiles{{{"01", "5"}}}, "verbatim"};
  ASSERT_TRUE((*store)->add_judgement(1, outputs, sample_judgement()));
  EXPECT_EQ((*store)->attempt("old", "suite/a", 0)->submission, outputs);
  EXPECT_EQ((*store)->sandboxes("old")->size(), 0U);
  ASSERT_TRUE((*store)->note_sandbox("old", {"userns+rlimits", {}}));
  EXPECT_EQ((*store)->repro_checks("old")->size(), 0U);
  const ReproCheck check{.fingerprint = "f",
                         .share = 0.5,
                         .stored = 4,
                         .replayed = 2,
                         .equal = 1,
                         .ways = {"3 at once"},
                         .differing = {"suite/a"},
                         .made_ms = 9};
  ASSERT_TRUE((*store)->add_repro_check("old", check));
  EXPECT_EQ((*store)->repro_checks("old")->at(0), check);
  store->reset();
  auto database = Database::open(path_, Database::Access::ReadWrite);
  EXPECT_EQ(*database->query_integer("PRAGMA user_version"), kSchemaVersion);
  EXPECT_FALSE(database->execute("DELETE FROM sandboxes").has_value());
  EXPECT_FALSE(database->execute("DELETE FROM repro_checks").has_value());
  EXPECT_FALSE(database->execute("UPDATE submissions SET rule = ''").has_value());
  EXPECT_FALSE(database->execute("DELETE FROM submissions").has_value());
}

TEST_P(EarlierSchema, IsReadWithoutChangingTheFile) {
  write_earlier();
  const auto before = read_file(path_);
  auto store = open(OpenMode::ReadOnly);
  ASSERT_TRUE(store.has_value()) << describe(store.error());
  expect_the_attempt(**store);
  EXPECT_EQ(*(*store)->fact("a"), std::nullopt);
  EXPECT_FALSE((*store)->set_fact("a", "b").has_value());
  store->reset();
  EXPECT_EQ(read_file(path_), before);
}

INSTANTIATE_TEST_SUITE_P(Versions, EarlierSchema, testing::Range(1, kSchemaVersion));

class AppendOnly : public StoreOpenTest, public testing::WithParamInterface<const char*> {};

TEST_P(AppendOnly, IsHeldByTheDatabaseItself) {
  record_a_run();
  {
    auto store = open(OpenMode::ReadWrite);
    ASSERT_TRUE(store.has_value());
    const std::int64_t id = (*store)->attempts("ioi-demo-1", false)->at(0).id;
    ASSERT_TRUE((*store)->add_generation(id, 0, sample_prompt(), sample_generation()));
    ASSERT_TRUE((*store)->add_error(id, sample_error()));
    ASSERT_TRUE((*store)->add_judgement(id, sample_submission(), sample_judgement()));
  }
  auto database = Database::open(path_, Database::Access::ReadWrite);
  ASSERT_TRUE(database.has_value());
  EXPECT_FALSE(database->execute(GetParam()).has_value());
}

INSTANTIATE_TEST_SUITE_P(
    Rows, AppendOnly,
    testing::Values("UPDATE generations SET model = ''", "DELETE FROM generations",
                    "UPDATE judgements SET verdict = 'AC'", "DELETE FROM judgements",
                    "UPDATE test_results SET verdict = 'AC'", "DELETE FROM subtask_results",
                    "DELETE FROM errors", "UPDATE submissions SET rule = ''",
                    "UPDATE blobs SET content = x''", "UPDATE runs SET manifest_json = '{}'",
                    "UPDATE problems SET points_max = 1", "UPDATE attempts SET seed = 0"));

TEST_F(StoreOpenTest, RefusesASecondStoreOnTheSameRun) {
  auto first = open(OpenMode::ReadWrite);
  auto second = open(OpenMode::ReadWrite);
  ASSERT_TRUE((*first)->lock_run("a"));
  EXPECT_TRUE((*first)->lock_run("a"));
  const auto taken = (*second)->lock_run("a");
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, ErrorCode::Busy);
  EXPECT_TRUE((*second)->lock_run("b"));
  first->reset();
  EXPECT_TRUE((*second)->lock_run("a"));
}

TEST_F(StoreOpenTest, NamesTheProcessThatHoldsARunAndForgetsItWhenItIsKilled) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = open(OpenMode::ReadWrite);
    const char ok = store && (*store)->lock_run("a") ? 'y' : 'n';
    (void)!::write(ready[1], &ok, 1);
    ::pause();
  }
  char ok = 'n';
  ASSERT_EQ(::read(ready[0], &ok, 1), 1);
  ASSERT_EQ(ok, 'y');
  auto store = open(OpenMode::ReadWrite);
  const auto taken = (*store)->lock_run("a");
  EXPECT_FALSE(taken.has_value());
  EXPECT_THAT(taken.error().what, HasSubstr("process " + std::to_string(child)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE((*store)->lock_run("a"));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(StoreOpenTest, LeavesNoLockFileBehind) {
  {
    auto store = open(OpenMode::ReadWrite);
    ASSERT_TRUE((*store)->lock_run("a"));
  }
  EXPECT_EQ(list_directory(folder_->path()), std::vector<std::string>{path_.filename().string()});
}

}  // namespace
}  // namespace eval::evaluator
