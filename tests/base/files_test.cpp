#include "base/files.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/random.h"
#include "base/subprocess.h"

namespace eval {
namespace {

TEST(Files, WritesAndReadsBack) {
  const TempDir dir = TempDir::create("evalctl-test").value();
  ASSERT_TRUE(write_file(dir.path() / "a" / "b.txt", "hello"));
  EXPECT_EQ(read_file(dir.path() / "a" / "b.txt").value(), "hello");
  EXPECT_EQ(list_directory(dir.path() / "a").value(), std::vector<std::string>{"b.txt"});
}

TEST(Files, TellsMissingFromTooLarge) {
  const TempDir dir = TempDir::create("evalctl-test").value();
  EXPECT_EQ(read_file(dir.path() / "none").error().code, ErrorCode::NotFound);
  ASSERT_TRUE(write_file(dir.path() / "big", "12345"));
  EXPECT_EQ(read_file(dir.path() / "big", Bytes{4}).error().code, ErrorCode::BadInput);
  EXPECT_EQ(read_file(dir.path()).error().code, ErrorCode::BadInput);
}

TEST(Files, ReadsFilesThatSayTheyAreEmpty) {
  EXPECT_TRUE(read_file("/proc/meminfo").value().starts_with("MemTotal:"));
  EXPECT_EQ(read_file("/proc/meminfo", Bytes{16}).error().code, ErrorCode::BadInput);
}

TEST(Files, LeavesNothingBehindWhenAWriteFails) {
  const TempDir dir = TempDir::create("evalctl-test").value();
  ASSERT_TRUE(make_directories(dir.path() / "taken"));
  EXPECT_FALSE(write_file(dir.path() / "taken", "x"));
  EXPECT_EQ(list_directory(dir.path()).value(), std::vector<std::string>{"taken"});
}

TEST(Files, ReplacesALinkInAFolderOfOthers) {
  const TempDir dir = TempDir::create("evalctl-test").value();
  ASSERT_TRUE(write_file(dir.path() / "host", "host"));
  fs::create_symlink("host", dir.path() / "passwd");
  ASSERT_TRUE(write_file(dir.path() / "passwd", "box"));
  EXPECT_EQ(read_file(dir.path() / "host").value(), "host");
  EXPECT_FALSE(fs::is_symlink(dir.path() / "passwd"));
}

TEST(Files, RefusesLinksThatLeaveTheFolder) {
  const TempDir dir = TempDir::create("evalctl-test").value();
  ASSERT_TRUE(write_file(dir.path() / "outside.txt", "x"));
  ASSERT_TRUE(write_file(dir.path() / "in" / "a.txt", "x"));
  fs::create_symlink("a.txt", dir.path() / "in" / "good");
  EXPECT_EQ(list_files_recursive(dir.path() / "in").value().size(), 2U);
  fs::create_symlink("../outside.txt", dir.path() / "in" / "bad");
  EXPECT_EQ(list_files_recursive(dir.path() / "in").error().code, ErrorCode::BadInput);
}

TEST(Files, TempDirIsGoneAfterwards) {
  fs::path path;
  {
    const TempDir dir = TempDir::create("evalctl-test").value();
    path = dir.path();
    ASSERT_TRUE(write_file(path / "x", "x"));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(Hash, MatchesThePublishedVector) {
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, FieldBoundariesCount) {
  EXPECT_NE(ContentHash().add("ab").add("c").hex(), ContentHash().add("a").add("bc").hex());
}

TEST(Random, MatchesThePublishedSplitMix64Sequence) {
  SplitMix64 random(1234567);  // Rosetta Code's reference output for this seed
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
  EXPECT_EQ(random.next(), 9817491932198370423U);
}

TEST(RunTool, KeepsStreamsApart) {
  const ToolResult result =
      run_tool({.argv = {"sh", "-c", "cat; echo err >&2; exit 3"}, .standard_input = "in"}).value();
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.standard_output, "in");
  EXPECT_EQ(result.standard_error, "err\n");
}

TEST(RunTool, EndsAHungTool) {
  const ToolResult result =
      run_tool({.argv = {"sleep", "60"}, .timeout = std::chrono::milliseconds(100)}).value();
  EXPECT_TRUE(result.timed_out);
}

TEST(RunTool, SaysThatAToolIsMissing) {
  EXPECT_EQ(run_tool({.argv = {"no-such-tool-here"}}).error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace eval
