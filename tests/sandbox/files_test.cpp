#include <fstream>

#include "base/files.h"
#include "sandbox/copy_files.h"
#include "tests/sandbox/sandbox_fixture.h"

namespace eval::sandbox {
namespace {

Command with_output(Command command, const std::string& name) {
  command.outputs = {name};
  return command;
}

TEST_F(SandboxTest, CopiesAFileThatTheProgramMade) {
  const ExecutionResult result = run(with_output(probe({"write", "made", "1"}), "made"));
  ASSERT_TRUE(result.outputs.contains("made"));
  EXPECT_EQ(result.outputs.at("made"), std::string(1 << 20, 'x'));
}

TEST_F(SandboxTest, AnOutputThatWasNotMadeIsAbsent) {
  EXPECT_TRUE(run(with_output(probe({"exit", "0"}), "made")).outputs.empty());
}

TEST_F(SandboxTest, DoesNotFollowASymbolicLinkWhenCopyingOut) {
  const Command command = with_output(probe({"link", "/etc/passwd", "made"}), "made");
  const ExecutionResult result = run(command);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(result.outputs.empty());
}

TEST_F(SandboxTest, DoesNotFollowALinkedFolderWhenCopyingOut) {
  EXPECT_TRUE(run(with_output(probe({"link", "/etc", "folder"}), "folder/passwd")).outputs.empty());
}

TEST_F(SandboxTest, DoesNotCopyAHardLinkOut) {
  EXPECT_TRUE(run(with_output(probe({"hardlink"}), "two")).outputs.empty());
}

TEST_F(SandboxTest, DoesNotHangOnAFifoWhenCopyingOut) {
  EXPECT_TRUE(run(with_output(probe({"fifo", "made"}), "made")).outputs.empty());
}

TEST_F(SandboxTest, DoesNotCopyOutMoreThanTheLimit) {
  Limits limits;
  limits.output_file = Bytes::kib(64);
  EXPECT_TRUE(run(with_output(probe({"write", "made", "1"}), "made"), limits).outputs.empty());
}

TEST_F(SandboxTest, InputsComeFromHostFilesAndBuffersInFolders) {
  const auto folder = TempDir::create("sandbox-test");
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_file(folder->path() / "source", "from a file"));
  Command command = probe({"exit", "0"});
  command.files.push_back({"a/b/one", {.host_path = folder->path() / "source"}, false});
  command.files.push_back({"two", {.content = "from a buffer"}, false});
  command.outputs = {"a/b/one", "two"};
  const ExecutionResult result = run(command);
  EXPECT_EQ(result.outputs.at("a/b/one"), "from a file");
  EXPECT_EQ(result.outputs.at("two"), "from a buffer");
}

TEST_F(SandboxTest, StandardInputCanBeAHostFile) {
  const auto folder = TempDir::create("sandbox-test");
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_file(folder->path() / "source", "from a file"));
  Command command = probe({"cat"});
  command.standard_input.host_path = folder->path() / "source";
  EXPECT_EQ(run(command).standard_output, "from a file");
}

TEST_F(SandboxTest, AMissingInputIsNotFound) {
  Command command = probe({"cat"});
  command.standard_input.host_path = "/no/such/file";
  const auto result = sandbox_->run(command, Limits{}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::NotFound);
}

TEST_F(SandboxTest, AReadableHostPathIsSeenAtTheSamePath) {
  const auto folder = TempDir::create("sandbox-test");
  ASSERT_TRUE(folder);
  fs::permissions(folder->path(),
                  fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  ASSERT_TRUE(write_file(folder->path() / "data", "x"));
  const std::string path = folder->path() / "data";
  EXPECT_EQ(run(probe({"open", path})).standard_output, "No such file or directory\n");
  Command command = probe({"open", path});
  command.readable_host_paths = {folder->path()};
  EXPECT_EQ(run(command).standard_output, "opened\n");
  command.argv = {"./probe", "create", folder->path() / "new"};
  EXPECT_EQ(run(command).standard_output, "Read-only file system\n");
  EXPECT_EQ(run(probe({"open", path})).standard_output, "No such file or directory\n");
}

TEST(BoxNames, AreRelativeAndShallow) {
  for (const char* good : {"a", "a.txt", "a/b/c", ".hidden", "..."}) {
    EXPECT_TRUE(check_box_name(good)) << good;
  }
  for (const char* bad : {"", "/a", "../a", "a/../b", "a//b", "a/", ".", "a/b/c/d"}) {
    EXPECT_FALSE(check_box_name(bad)) << bad;
  }
}

}  // namespace
}  // namespace eval::sandbox
