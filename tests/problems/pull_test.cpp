// Against tests/support/misbehaving_server.py.
#include "problems/pull.h"

#include <gmock/gmock.h>

#include "base/hash.h"
#include "base/text.h"
#include "tests/support/test_server.h"

namespace eval::problems {
namespace {

using ::testing::HasSubstr;

class PullTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = *test::TestServer::start();
    http_ = *HttpClient::create(2);
    folder_.emplace(*TempDir::create("pull-test-"));
    options_.folder = folder_->path() / "data";
    options_.download.pause = std::chrono::milliseconds(1);
    options_.download.tries = 3;
  }

  Result<std::vector<PulledFile>> rows(const std::string& how, int count) {
    options_.url = server_->url("/rows/" + how + "/" + std::to_string(count) + "?split=test");
    options_.rows_per_page = 10;
    return pull({PullKind::Rows, {"set.jsonl"}}, options_, *http_, {});
  }

  Result<std::vector<PulledFile>> files(const std::string& how, std::vector<std::string> names) {
    options_.url = server_->url("/files/" + how + "/");
    return pull({PullKind::Files, std::move(names)}, options_, *http_, {});
  }

  std::string text_of(const std::string& name) {
    return read_file(options_.folder / name).value_or("(missing)");
  }

  std::size_t asked(const std::string& path) { return server_->log(path)["requests"].size(); }

  static std::string row(int i) {
    return "{\"id\":" + std::to_string(i) + ",\"name\":\"row ü " + std::to_string(i) + "\"}\n";
  }
  static std::string all_rows(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += row(i);
    return text;
  }

  std::unique_ptr<test::TestServer> server_;
  std::unique_ptr<HttpClient> http_;
  std::optional<TempDir> folder_;
  PullOptions options_;
};

TEST_F(PullTest, BringsFilesAndNotesTheirSums) {
  const auto done = files("cut", {"one.jsonl", "two.jsonl"});
  ASSERT_TRUE(done) << describe(done.error());
  ASSERT_EQ(done->size(), 2U);
  EXPECT_FALSE(done->front().was_there);
  EXPECT_EQ(text_of("SHA256SUMS"), sha256_hex(text_of("one.jsonl")) + "  one.jsonl\n" +
                                       sha256_hex(text_of("two.jsonl")) + "  two.jsonl\n");
}

TEST_F(PullTest, DoesNotBringAgainWhatIsThere) {
  ASSERT_TRUE(files("plain", {"one.jsonl"}));
  const auto again = files("plain", {"one.jsonl"});
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->front().was_there);
  EXPECT_EQ(asked("files/plain/one.jsonl"), 1U);
}

TEST_F(PullTest, BringsAgainWhatWasChangedHere) {
  ASSERT_TRUE(files("plain", {"one.jsonl"}));
  const std::string text = text_of("one.jsonl");
  ASSERT_TRUE(write_file(options_.folder / "one.jsonl", "changed"));
  ASSERT_TRUE(files("plain", {"one.jsonl"}));
  EXPECT_EQ(text_of("one.jsonl"), text);
}

TEST_F(PullTest, RefusesAFileWithAnotherSumThanExpected) {
  options_.sha256["one.jsonl"] = sha256_hex("other");
  const auto done = files("plain", {"one.jsonl"});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::BadInput);
  EXPECT_EQ(text_of("one.jsonl"), "(missing)");
}

TEST_F(PullTest, RefusesWhatIsSentInPlaceOfAFile) {
  for (const auto& [how, what] : {std::pair("page", "a page"), std::pair("pointer", "Git LFS")}) {
    const auto done = files(how, {"one.jsonl"});
    ASSERT_FALSE(done) << how;
    EXPECT_EQ(done.error().code, ErrorCode::BadInput);
    EXPECT_THAT(done.error().what, HasSubstr(what));
    EXPECT_EQ(text_of("one.jsonl"), "(missing)");
  }
}

TEST_F(PullTest, BringsRowsPageByPage) {
  const auto done = rows("busy", 34);
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(text_of("set.jsonl"), all_rows(34));
  EXPECT_EQ(text_of("SHA256SUMS"), sha256_hex(all_rows(34)) + "  set.jsonl\n");
}

TEST_F(PullTest, TakesShorterPagesThanItAskedFor) {
  ASSERT_TRUE(rows("short", 34));
  EXPECT_EQ(text_of("set.jsonl"), all_rows(34));
}

TEST_F(PullTest, GoesOnAfterTheLastWholePage) {
  ASSERT_FALSE(rows("breaks-once", 34));
  EXPECT_EQ(text_of("set.jsonl.part"), all_rows(20));
  // As if the machine had stopped in the middle of a line.
  ASSERT_TRUE(write_file(options_.folder / "set.jsonl.part", all_rows(20) + "{\"id\":2"));
  ASSERT_TRUE(rows("breaks-once", 34));
  EXPECT_EQ(text_of("set.jsonl"), all_rows(34));
  EXPECT_EQ(asked("rows/breaks-once/34"), 5U);
}

TEST_F(PullTest, DoesNotGoOnWithRowsOfAnotherAddress) {
  ASSERT_FALSE(rows("breaks", 34));
  ASSERT_TRUE(rows("plain", 14));
  EXPECT_EQ(text_of("set.jsonl"), all_rows(14));
}

TEST_F(PullTest, RefusesRowsThatCannotBeUsed) {
  for (const auto& [how, why] :
       std::vector<std::pair<std::string, std::string>>{{"shifted", "where it belongs"},
                                                        {"cut-cells", "cut cells"},
                                                        {"grows", "changed while"},
                                                        {"none", "sends none"},
                                                        {"garbage", ""}}) {
    const auto done = rows(how, 34);
    ASSERT_FALSE(done) << how;
    EXPECT_EQ(done.error().code, ErrorCode::BadInput) << how;
    EXPECT_THAT(done.error().what, HasSubstr(why));
    EXPECT_EQ(text_of("set.jsonl"), "(missing)");
  }
}

TEST_F(PullTest, TellsHowFarAFileIs) {
  std::vector<std::string> lines;
  options_.progress = [&](const std::string& line) { lines.push_back(line); };
  ASSERT_TRUE(files("plain", {"one.jsonl"}));
  ASSERT_FALSE(lines.empty());
  const std::string size = to_string(Bytes{text_of("one.jsonl").size()});
  EXPECT_EQ(lines.back(), "one.jsonl  " + size + " of " + size);
  ASSERT_TRUE(rows("plain", 25));
  EXPECT_EQ(lines.back(), "set.jsonl  25 of 25 rows");
}

TEST(PullPlan, KnowsTheFilesOfAReleaseOfLiveCodeBench) {
  EXPECT_EQ(pull_plan("livecodebench", "release_v2")->names,
            (std::vector<std::string>{"test.jsonl", "test2.jsonl"}));
  EXPECT_EQ(pull_plan("livecodebench", "")->names.size(), 6U);
  EXPECT_EQ(pull_plan("livecodebench", "v9").error().code, ErrorCode::Usage);
  EXPECT_EQ(pull_plan("codebench", "").error().code, ErrorCode::Usage);
  EXPECT_EQ(pull_plan("swe-bench-verified", "")->kind, PullKind::Rows);
  EXPECT_EQ(pull_plan("livecodebench-execution", "")->names,
            (std::vector<std::string>{"livecodebench-execution.jsonl"}));
  EXPECT_EQ(pull_plan("livecodebench-execution", "v1").error().code, ErrorCode::Usage);
}

TEST(ReadSha256Sums, RefusesOtherFiles) {
  const auto folder = TempDir::create("sums-");
  const fs::path file = folder->path() / "sums";
  ASSERT_TRUE(write_file(file, sha256_hex("x") + "  a b\n" + sha256_hex("y") + " *c\n"));
  EXPECT_EQ(read_sha256_sums(file)->at("a b"), sha256_hex("x"));
  ASSERT_TRUE(write_file(file, "no sum\n"));
  EXPECT_EQ(read_sha256_sums(file).error().code, ErrorCode::BadInput);
}

}  // namespace
}  // namespace eval::problems
