#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/files.h"
#include "tests/sandbox/sandbox_fixture.h"

namespace eval::sandbox {
namespace {

// A root made of a skeleton layer, in which this machine's /usr is shown: what a prepared folder is.
class ImageRootTest : public SandboxTest {
 protected:
  void SetUp() override {
    SandboxTest::SetUp();
    if (IsSkipped()) return;
    auto folder = TempDir::create("image-root");
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
    for (const char* name : {"low", "high", "upper", "work"}) {
      fs::create_directory(folder_->path() / name);
    }
    for (const char* name : {"bin", "sbin", "lib", "lib64"}) {
      fs::create_directory_symlink(std::string("usr/") + name, path("low") / name);
    }
    for (const char* name : {"tmp", "etc", "repo"}) fs::create_directory(path("low") / name);
    ASSERT_TRUE(write_file(path("low") / "repo/file", "of the lower layer"));
    fs::create_directory(path("high") / "repo");
    ASSERT_TRUE(write_file(path("high") / "repo/file", "of the higher layer"));
    if (geteuid() == 0) give_to(kOwner);
  }

  void give_to(unsigned owner) {
    for (const auto& entry : fs::recursive_directory_iterator(folder_->path())) {
      ASSERT_EQ(lchown(entry.path().c_str(), owner, owner), 0);
    }
    ASSERT_EQ(chmod(folder_->path().c_str(), 0711), 0);
  }

  fs::path path(const std::string& name) const { return folder_->path() / name; }

  Command shell(const std::string& script) const {
    Command command;
    command.argv = {"/bin/sh", "-c", script};
    command.environment = {{"PATH", "/usr/bin:/bin"}};
    command.profile = Profile::Image;
    command.root = ImageRoot{{path("low"), path("high")}, path("upper"), path("work")};
    command.readable_host_paths = {"/usr"};
    command.working_directory = "/repo";
    return command;
  }

  static constexpr unsigned kOwner = 61'234;
  std::optional<TempDir> folder_;
};

TEST_F(ImageRootTest, ShowsTheHighestLayerAndStartsInTheFolderAskedFor) {
  EXPECT_EQ(run(shell("pwd; cat file")).standard_output, "/repo\nof the higher layer");
}

TEST_F(ImageRootTest, KeepsWhatOneRunChangedForTheNextButNoScratch) {
  const ExecutionResult first = run(
      shell("echo changed > file; echo a > /tmp/kept; echo b > /box/gone; echo c > /dev/shm/gone"));
  EXPECT_EQ(first.exit_code, 0) << first.standard_error;
  EXPECT_EQ(run(shell("cat file /tmp/kept; ls /box /dev/shm")).standard_output,
            "changed\na\n/box:\n\n/dev/shm:\n");
  std::string lower;
  std::getline(std::ifstream(path("high") / "repo/file"), lower);
  EXPECT_EQ(lower, "of the higher layer");
}

TEST_F(ImageRootTest, ADeletedFileStaysDeleted) {
  EXPECT_EQ(run(shell("rm file")).exit_code, 0);
  EXPECT_NE(run(shell("cat file")).exit_code, 0);
}

TEST_F(ImageRootTest, ShowsNothingElseOfTheHost) {
  EXPECT_EQ(run(shell("ls -d /home /root /var /sys 2>/dev/null")).standard_output, "");
  EXPECT_NE(run(shell("echo x > /usr/x")).exit_code, 0);
}

TEST_F(ImageRootTest, HasDevicesAndAProcOfItsOwn) {
  EXPECT_EQ(
      run(shell("echo x > /dev/null && head -c 2 /dev/zero | wc -c; cat /proc/1/comm 2>&1 | wc -l"))
          .standard_output,
      "2\n1\n");
  EXPECT_NE(run(shell("cat /proc/kallsyms")).exit_code, 0);
}

TEST_F(ImageRootTest, ARootOfTheSystemsRootUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a folder to root";
  give_to(0);
  const auto result = sandbox_->run(shell("true"), Limits{}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::BadInput);
}

TEST_F(ImageRootTest, IsOnlyForTheImageProfile) {
  Command command = shell("true");
  command.profile = Profile::Managed;
  EXPECT_FALSE(sandbox_->run(command, Limits{}, {}));
}

TEST_F(ImageRootTest, APathThatWouldBeReadAsAnOptionIsRefused) {
  Command command = shell("true");
  fs::create_directory(path("a,userxattr"));
  command.root->layers.push_back(path("a,userxattr"));
  EXPECT_FALSE(sandbox_->run(command, Limits{}, {}));
}

}  // namespace
}  // namespace eval::sandbox
