#include "tests/problems/package_fixture.h"

namespace eval::problems {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Programs : public PackageFixture {
 protected:
  // The checker's path below the package; empty: the default checker.
  std::string checker(const fs::path& package) {
    problem_ = load(package);
    const auto& program = task(problem_).checker.program;
    return program ? program->lexically_relative(fs::canonical(folder() / package)).string() : "";
  }
  Problem problem_;
};

TEST_F(Programs, ALegacyCheckerIsAFileOrAFolder) {
  minimal("file", "name: X\nvalidation: custom\n");
  write("file/output_validators/check.cpp", "");
  EXPECT_EQ(checker("file"), "output_validators/check.cpp");
  minimal("folder", "name: X\nvalidation: custom\n");
  write("folder/output_validators/check/check.cpp", "");
  write("folder/output_validators/check/check.h", "");
  EXPECT_EQ(checker("folder"), "output_validators/check");
}

TEST_F(Programs, ALegacyCheckerNobodyAskedForIsNotUsed) {
  minimal("p", kLegacy);
  write("p/output_validators/check.cpp", "");
  EXPECT_EQ(checker("p"), "");
  EXPECT_THAT(problem_.warnings, ElementsAre(HasSubstr("validation is `default`")));
}

TEST_F(Programs, OfSeveralLegacyCheckersTheFirstIsUsedWithAWarning) {
  minimal("p", "name: X\nvalidation: custom\n");
  write("p/output_validators/b.py", "");
  write("p/output_validators/a.py", "");
  EXPECT_EQ(checker("p"), "output_validators/a.py");
  EXPECT_THAT(problem_.warnings, ElementsAre(HasSubstr("2 checkers")));
}

TEST_F(Programs, ALaterCheckerIsTheFolderItself) {
  minimal("many", kModern);
  write("many/output_validator/validate.cc", "");
  write("many/output_validator/validate.h", "");
  EXPECT_EQ(checker("many"), "output_validator");
  minimal("single", kModern);
  write("single/output_validator/check.py", "");
  EXPECT_EQ(checker("single"), "output_validator/check.py");
  minimal("nested", kModern);
  write("nested/output_validator/guess/validate.cc", "");
  EXPECT_EQ(checker("nested"), "output_validator/guess");
  EXPECT_FALSE(task(problem_).checker.gives_score);
}

TEST_F(Programs, ACheckerInTheFolderOfAnotherDialectIsUsedWithAWarning) {
  minimal("p", kModern);
  write("p/output_validators/check.py", "");
  EXPECT_EQ(checker("p"), "output_validators/check.py");
  EXPECT_THAT(problem_.warnings, ElementsAre(HasSubstr("output_validator/")));
}

TEST_F(Programs, AMissingCheckerIsAFault) {
  minimal("legacy", "name: X\nvalidation: custom\n");
  EXPECT_THAT(load_error("legacy").what, HasSubstr("there is no checker"));
  minimal("interactive", "problem_format_version: 2025-09\nname: X\ntype: interactive\n");
  EXPECT_THAT(load_error("interactive").what, HasSubstr("needs a checker"));
}

TEST_F(Programs, IncludedFilesAreKeptByLanguage) {
  minimal("p", kModern);
  write("p/include/cpp/grader.cpp", "");
  write("p/include/cpp/grader.h", "");
  write("p/include/default/data.txt", "");
  const auto files = task(load("p")).included;
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files.at("cpp").files.size(), 2U);
  EXPECT_EQ(files.at("default").files.front().filename(), "data.txt");
}

TEST_F(Programs, InputValidatorsAreFoundUnderBothNames) {
  minimal("old", kLegacy);
  fs::rename(folder() / "old/input_validators", folder() / "old/input_format_validators");
  EXPECT_EQ(task(load("old")).input_validators.size(), 1U);
  minimal("grammar", kModern);
  write("grammar/input_validators/input.ctd", "");
  EXPECT_EQ(task(load("grammar")).input_validators.size(), 2U);
}

}  // namespace
}  // namespace eval::problems
