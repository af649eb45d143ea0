// Against tests/support/misbehaving_server.py, which cuts, changes and denies files.
#include "base/download.h"

#include <gmock/gmock.h>

#include "base/hash.h"
#include "tests/support/test_server.h"

namespace eval {
namespace {

using ::testing::HasSubstr;

class DownloadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = *test::TestServer::start();
    http_ = *HttpClient::create(2);
    folder_.emplace(*TempDir::create("download-test-"));
    options_.pause = std::chrono::milliseconds(1);
    options_.tries = 3;
  }

  static std::string content_of(const std::string& name) {
    std::string text;
    for (int i = 0; i < 2000; ++i) text += name + " line " + std::to_string(i) + "\n";
    return text;
  }

  fs::path target() const { return folder_->path() / "sub" / "file"; }
  std::string left() const {
    std::string names;
    for (const auto& entry : fs::directory_iterator(target().parent_path())) {
      names += entry.path().filename().string() + " ";
    }
    return names;
  }

  Result<Downloaded> get(const std::string& how, const std::string& name = "a") {
    return download(*http_, server_->url("/files/" + how + "/" + name), target(), options_, {});
  }

  // The file is whole, and nothing lies beside it.
  void expect_whole(const Result<Downloaded>& done, int exchanges) {
    ASSERT_TRUE(done) << describe(done.error());
    EXPECT_EQ(read_file(target()).value_or(""), content_of("a"));
    EXPECT_EQ(done->sha256, sha256_hex(content_of("a")));
    EXPECT_EQ(done->size.count, content_of("a").size());
    EXPECT_EQ(done->exchanges, exchanges);
    EXPECT_EQ(left(), "file ");
  }

  std::vector<std::string> ranges(const std::string& how) {
    std::vector<std::string> seen;
    const Json log = server_->log("files/" + how + "/a");
    for (const Json& request : log["requests"]) {
      seen.push_back(request["headers"].value("Range", ""));
    }
    return seen;
  }

  std::unique_ptr<test::TestServer> server_;
  std::unique_ptr<HttpClient> http_;
  std::optional<TempDir> folder_;
  DownloadOptions options_;
};

TEST_F(DownloadTest, BringsAFile) {
  expect_whole(get("plain"), 1);
}

TEST_F(DownloadTest, GoesOnWhereTheConnectionBroke) {
  // 22,890 bytes, 7,000 at a time: more pieces than tries, but each brings something.
  expect_whole(get("cut"), 4);
  EXPECT_EQ(ranges("cut"),
            (std::vector<std::string>{"", "bytes=7000-", "bytes=14000-", "bytes=21000-"}));
}

TEST_F(DownloadTest, ADateWillDoForATag) {
  expect_whole(get("cut-dated"), 4);
}

TEST_F(DownloadTest, ALaterCallGoesOnToo) {
  options_.tries = 1;
  ASSERT_FALSE(get("cut-once"));
  EXPECT_THAT(left(), AllOf(HasSubstr("file.part "), HasSubstr("file.part.json ")));
  expect_whole(get("cut-once"), 1);
  EXPECT_EQ(ranges("cut-once"), (std::vector<std::string>{"", "bytes=7000-"}));
}

TEST_F(DownloadTest, AnotherAddressBeginsAnew) {
  options_.tries = 1;
  ASSERT_FALSE(get("cut-once", "b"));
  expect_whole(get("plain"), 1);
}

TEST_F(DownloadTest, BeginsAnewWhereTheServerCannotTellIfItIsTheSameFile) {
  options_.tries = 1;
  ASSERT_FALSE(get("cut-unmarked"));
  expect_whole(get("cut-unmarked"), 1);
  EXPECT_EQ(ranges("cut-unmarked"), (std::vector<std::string>{"", ""}));
}

TEST_F(DownloadTest, BeginsAnewWithinACallToo) {
  expect_whole(get("cut-unmarked"), 2);
  EXPECT_EQ(ranges("cut-unmarked"), (std::vector<std::string>{"", ""}));
}

TEST_F(DownloadTest, AKnownSumMakesUpForAMissingTag) {
  options_.tries = 1;
  options_.sha256 = sha256_hex(content_of("a"));
  ASSERT_FALSE(get("cut-unmarked"));
  expect_whole(get("cut-unmarked"), 1);
  EXPECT_EQ(ranges("cut-unmarked"), (std::vector<std::string>{"", "bytes=7000-"}));
}

TEST_F(DownloadTest, TakesTheWholeFileFromAServerWithoutRanges) {
  expect_whole(get("no-ranges"), 2);
}

TEST_F(DownloadTest, NeverMixesTwoVersionsOfAFile) {
  expect_whole(get("changes"), 2);
}

TEST_F(DownloadTest, DoesNotTakeAnotherPartThanItAskedFor) {
  expect_whole(get("lying"), 3);
}

TEST_F(DownloadTest, BeginsAnewWhenTheFileHasBecomeShorter) {
  const auto done = get("shrinks");
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(read_file(target()).value_or(""), content_of("a").substr(0, 100));
}

TEST_F(DownloadTest, TakesAnEmptyFile) {
  const auto done = get("empty");
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(read_file(target()).value_or("-"), "");
}

TEST_F(DownloadTest, WaitsForABusyServer) {
  std::vector<std::string> told;
  options_.narrate = [&told](const std::string& line) { told.push_back(line); };
  expect_whole(get("busy"), 3);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_THAT(told.front(), HasSubstr("503"));
}

TEST_F(DownloadTest, GivesUpAfterTriesThatBringNothing) {
  const auto done = get("nothing");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Network);
  EXPECT_EQ(ranges("nothing").size(), 3U);
}

TEST_F(DownloadTest, DoesNotRepeatWhatNoTryWillBetter) {
  const auto done = get("missing");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Network);
  EXPECT_THAT(done.error().what, HasSubstr("404"));
  EXPECT_EQ(ranges("missing").size(), 1U);
}

TEST_F(DownloadTest, FollowsRedirectionsButNotForEver) {
  expect_whole(get("moved"), 1);
  const auto circle = get("circle");
  ASSERT_FALSE(circle);
  EXPECT_THAT(circle.error().what, HasSubstr("redirections"));
}

TEST_F(DownloadTest, RemovesAFileThatIsNotTheExpectedOne) {
  options_.sha256 = sha256_hex("something else");
  const auto done = get("plain");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::BadInput);
  EXPECT_EQ(left(), "");
}

TEST_F(DownloadTest, RefusesAFileOverTheLimit) {
  options_.size_max = Bytes{10'000};
  const auto done = get("plain");
  ASSERT_FALSE(done);
  EXPECT_EQ(left().find("file "), std::string::npos);
}

TEST_F(DownloadTest, StopsWhenAsked) {
  options_.pause = std::chrono::minutes(1);
  std::stop_source stop;
  options_.narrate = [&stop](const std::string&) { stop.request_stop(); };
  const auto done =
      download(*http_, server_->url("/files/nothing/a"), target(), options_, stop.get_token());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Cancelled);
}

TEST(ResolveUrl, KnowsRelativeAddresses) {
  EXPECT_EQ(resolve_url("http://h.test/a/b?c=1#d", "/x?y=2").value_or(""), "http://h.test/x?y=2");
  EXPECT_EQ(resolve_url("http://h.test/a/b", "c").value_or(""), "http://h.test/a/c");
  EXPECT_EQ(resolve_url("http://h.test/a", "https://other.test/z").value_or(""),
            "https://other.test/z");
  EXPECT_FALSE(resolve_url("http://h.test/a", "ftp://other.test/z"));
}

}  // namespace
}  // namespace eval
