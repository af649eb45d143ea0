#include "base/output_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.h"

namespace eval {
namespace {

TEST(OutputFile, ReplacesTheFileThatALinkNames) {
  const TempDir dir = TempDir::create("evalctl-test").value();
  ASSERT_TRUE(write_file(dir.path() / "in" / "report", "old"));
  fs::create_hard_link(dir.path() / "in" / "report", dir.path() / "kept");
  fs::create_symlink("report", dir.path() / "in" / "latest");
  fs::create_symlink("in/latest", dir.path() / "link");
  ASSERT_TRUE(write_output_file(dir.path() / "link", "new"));
  EXPECT_TRUE(fs::is_symlink(dir.path() / "link"));
  EXPECT_TRUE(fs::is_symlink(dir.path() / "in" / "latest"));
  EXPECT_EQ(read_file(dir.path() / "in" / "report").value(), "new");
  EXPECT_EQ(read_file(dir.path() / "kept").value(), "old");  // replaced whole, not written over
}

TEST(OutputFile, MakesTheFileThatADanglingLinkNames) {
  const TempDir dir = TempDir::create("evalctl-test").value();
  fs::create_symlink(dir.path() / "later" / "report", dir.path() / "link");
  ASSERT_TRUE(write_output_file(dir.path() / "link", "new"));
  EXPECT_TRUE(fs::is_symlink(dir.path() / "link"));
  EXPECT_EQ(read_file(dir.path() / "later" / "report").value(), "new");
}

TEST(OutputFile, RefusesLinksInACircleAndFolders) {
  const TempDir dir = TempDir::create("evalctl-test").value();
  fs::create_symlink("b", dir.path() / "a");
  fs::create_symlink("a", dir.path() / "b");
  ASSERT_TRUE(make_directories(dir.path() / "folder"));
  EXPECT_EQ(write_output_file(dir.path() / "a", "x").error().sys_errno, ELOOP);
  EXPECT_EQ(write_output_file(dir.path() / "folder", "x").error().sys_errno, EISDIR);
  EXPECT_EQ(list_directory(dir.path()).value(), (std::vector<std::string>{"a", "b", "folder"}));
}

TEST(OutputFile, GivesAFifoToTheReaderThatWaits) {
  const TempDir dir = TempDir::create("evalctl-test").value();
  const fs::path fifo = dir.path() / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  // Open for both, so that neither side of a failing test waits for ever.
  const UniqueFd reader(open(fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(reader.valid());
  ASSERT_TRUE(write_output_file(fifo, "hello"));
  char got[16];
  EXPECT_EQ(read(reader.value(), got, sizeof got), 5);
  EXPECT_TRUE(fs::is_fifo(fifo));
  EXPECT_EQ(list_directory(dir.path()).value(), std::vector<std::string>{"fifo"});
}

// The null device, made in a folder of the test's own, and a link to it.
TEST(OutputFile, WritesADeviceAndLeavesItOne) {
  const TempDir dir = TempDir::create("evalctl-test").value();
  const fs::path device = dir.path() / "device";
  if (mknod(device.c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0) {
    GTEST_SKIP() << "devices cannot be made here";
  }
  if (!UniqueFd(open(device.c_str(), O_RDONLY | O_CLOEXEC)).valid()) {
    GTEST_SKIP() << "devices cannot be opened in " << dir.path();
  }
  fs::create_symlink("device", dir.path() / "link");
  EXPECT_TRUE(write_output_file(device, "hello"));
  EXPECT_TRUE(write_output_file(dir.path() / "link", "hello"));
  EXPECT_TRUE(fs::is_character_file(device));
  EXPECT_TRUE(fs::is_symlink(dir.path() / "link"));
  EXPECT_EQ(list_directory(dir.path()).value(), (std::vector<std::string>{"device", "link"}));
}

TEST(OutputFile, RefusesASocket) {
  const TempDir dir = TempDir::create("evalctl-test").value();
  const fs::path socket = dir.path() / "socket";
  ASSERT_EQ(mknod(socket.c_str(), S_IFSOCK | 0600, 0), 0);
  EXPECT_EQ(write_output_file(socket, "hello").error().sys_errno, ENXIO);
  EXPECT_TRUE(fs::is_socket(socket));
}

}  // namespace
}  // namespace eval
