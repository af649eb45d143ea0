// What is copied out of a work folder, without any box.
#include "sandbox/copy_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>

namespace eval::sandbox {
namespace {

class CopyOutputs : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("copy-test-");
    ASSERT_TRUE(folder.has_value());
    folder_ = std::move(*folder);
    fd_ = UniqueFd(open(folder_->path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }

  void write(const std::string& name, const std::string& content) {
    fs::create_directories((folder_->path() / name).parent_path());
    std::ofstream(folder_->path() / name) << content;
  }

  std::map<std::string, std::string> copied(const std::vector<std::string>& names) {
    return copy_outputs(fd_.value(), names, Bytes::kib(1));
  }

  std::optional<TempDir> folder_;
  UniqueFd fd_;
};

TEST_F(CopyOutputs, TakesAllRegularFilesDirectlyInAFolder) {
  write("feedback/message", "hello");
  write("feedback/state", "7");
  write("feedback/below/deeper", "not taken");
  write("beside", "not taken");
  const std::map<std::string, std::string> expected = {{"feedback/message", "hello"},
                                                       {"feedback/state", "7"}};
  EXPECT_EQ(copied({"feedback/"}), expected);
}

TEST_F(CopyOutputs, LeavesOutLinksAndLargeFilesOfAFolder) {
  write("feedback/large", std::string(2048, 'x'));
  fs::create_symlink("/etc/passwd", folder_->path() / "feedback/link");
  fs::create_symlink("/etc", folder_->path() / "etc");
  EXPECT_TRUE(copied({"feedback/", "etc/", "etc/passwd", "absent/"}).empty());
}

TEST_F(CopyOutputs, TakesAtMost256FilesOfAFolder) {
  for (int i = 0; i < 300; ++i) write("many/" + std::to_string(i), "x");
  EXPECT_EQ(copied({"many/"}).size(), 256U);
}

TEST(CheckOutputName, AllowsAFolderAndNothingOutside) {
  EXPECT_TRUE(check_output_name("a/b/").has_value());
  EXPECT_FALSE(check_output_name("../").has_value());
  EXPECT_FALSE(check_output_name("/").has_value());
  EXPECT_FALSE(check_box_name("a/").has_value());
}

}  // namespace
}  // namespace eval::sandbox
