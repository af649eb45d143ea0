#include "tests/problems/package_fixture.h"

namespace eval::problems {
namespace {

class PackageHash : public PackageFixture {
 protected:
  void SetUp() override {
    PackageFixture::SetUp();
    minimal("p", kModern);
    write("p/output_validator/check.py", "1");
    write("p/include/cpp/grader.h", "1");
    before_ = load("p").content_hash;
  }
  bool changed() { return load("p").content_hash != before_; }

 private:
  std::string before_;
};

TEST_F(PackageHash, IsTheSameForTheSamePackage) {
  EXPECT_FALSE(changed());
}

TEST_F(PackageHash, ChangesWithTheStatement) {
  write("p/statement/problem.en.tex", "Multiply.");
  EXPECT_TRUE(changed());
}

TEST_F(PackageHash, ChangesWithAnInput) {
  write("p/data/secret/1.in", "other");
  EXPECT_TRUE(changed());
}

TEST_F(PackageHash, ChangesWithAnAnswer) {
  write("p/data/secret/1.ans", "other");
  EXPECT_TRUE(changed());
}

TEST_F(PackageHash, ChangesWithTheFlags) {
  write("p/data/secret/test_group.yaml", "output_validator_args: [strict]\n");
  EXPECT_TRUE(changed());
}

TEST_F(PackageHash, ChangesWithTheTimeLimit) {
  write("p/problem.yaml", replace_all(std::string(kModern), "time_limit: 1", "time_limit: 2"));
  EXPECT_TRUE(changed());
}

TEST_F(PackageHash, ChangesWithTheChecker) {
  write("p/output_validator/check.py", "2");
  EXPECT_TRUE(changed());
}

TEST_F(PackageHash, ChangesWithIncludedFiles) {
  write("p/include/cpp/grader.h", "2");
  EXPECT_TRUE(changed());
}

TEST_F(PackageHash, DoesNotDependOnReferenceSubmissions) {
  write("p/submissions/accepted/good.py", "print(2)");
  write("p/submissions/wrong_answer/bad.py", "");
  EXPECT_FALSE(changed());
}

TEST_F(PackageHash, DoesNotDependOnWhereThePackageLies) {
  fs::rename(folder() / "p", folder() / "moved");
  const auto moved = load("moved").content_hash;
  fs::rename(folder() / "moved", folder() / "p");
  EXPECT_EQ(moved, load("p").content_hash);
}

}  // namespace
}  // namespace eval::problems
