#include "base/mapped_file.h"

#include <gtest/gtest.h>

#include <fstream>

namespace eval {
namespace {

class MappedFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("mapped-test-");
    ASSERT_TRUE(folder.has_value());
    folder_ = std::move(*folder);
  }
  fs::path write(const std::string& content) {
    const fs::path path = folder_->path() / "file";
    std::ofstream(path) << content;
    return path;
  }
  std::optional<TempDir> folder_;
};

TEST_F(MappedFileTest, ShowsTheBytesOfAFile) {
  const std::string content = std::string(10'000, 'x') + '\0' + "end";
  const auto file = MappedFile::open(write(content));
  ASSERT_TRUE(file.has_value()) << describe(file.error());
  EXPECT_EQ(file->bytes(), content);
}

TEST_F(MappedFileTest, TakesAnEmptyFile) {
  const auto file = MappedFile::open(write(""));
  ASSERT_TRUE(file.has_value()) << describe(file.error());
  EXPECT_TRUE(file->bytes().empty());
}

TEST_F(MappedFileTest, KeepsTheBytesWhenItIsMoved) {
  auto file = MappedFile::open(write("abc"));
  ASSERT_TRUE(file.has_value());
  const MappedFile moved = std::move(*file);
  EXPECT_EQ(moved.bytes(), "abc");
}

TEST_F(MappedFileTest, RefusesWhatIsMissingAndWhatIsNoFile) {
  const auto missing = MappedFile::open(folder_->path() / "absent");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
  const auto folder = MappedFile::open(folder_->path());
  ASSERT_FALSE(folder.has_value());
  EXPECT_EQ(folder.error().code, ErrorCode::BadInput);
}

}  // namespace
}  // namespace eval
