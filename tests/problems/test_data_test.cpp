#include "base/hash.h"
#include "tests/problems/package_fixture.h"

namespace eval::problems {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TestDataFiles : public PackageFixture {
 protected:
  const Testcase& named(const Problem& problem, std::string_view name) {
    for (const Testcase& one : task(problem).testcases) {
      if (one.name == name) return one;
    }
    ADD_FAILURE() << "no testcase " << name;
    static const Testcase kNone;
    return kNone;
  }
};

TEST_F(TestDataFiles, AreSortedByNameWithSamplesFirst) {
  minimal("p", kModern);
  for (const char* name : {"10", "2", "1-big", "a/x", "b.tricky"})
    testcase("p/data/secret/" + std::string(name));
  const Problem problem = load("p");
  EXPECT_THAT(testcase_names(problem),
              ElementsAre("sample/1", "secret/1", "secret/1-big", "secret/10", "secret/2",
                          "secret/a/x", "secret/b.tricky"));
  EXPECT_TRUE(named(problem, "sample/1").is_sample);
  EXPECT_FALSE(named(problem, "secret/1").is_sample);
}

TEST_F(TestDataFiles, AreNamedBySizeAndHash) {
  minimal("p", kModern);
  write("p/data/secret/1.in", "abc");
  const Problem problem = load("p");
  const Testcase& one = named(problem, "secret/1");
  EXPECT_EQ(one.input.size, Bytes{3});
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(one.input.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(one.input.path, fs::canonical(folder() / "p/data/secret/1.in"));
}

TEST_F(TestDataFiles, WithoutPartnerAreFaultsThatNameTheFile) {
  minimal("p", kModern);
  write("p/data/secret/2.in", "");
  write("p/data/secret/3.ans", "");
  const Error error = load_error("p");
  EXPECT_THAT(describe(error), HasSubstr("testcase secret/2 has no answer file"));
  EXPECT_THAT(describe(error), HasSubstr("testcase secret/3 has an answer, but no input"));
  EXPECT_THAT(describe(error), HasSubstr("data/secret/2.in"));
}

TEST_F(TestDataFiles, ThatAreNoTestcasesAreIgnored) {
  minimal("p", kModern);
  for (const char* name :
       {"sample/2.in.statement", "sample/2.ans.statement", "sample/3.interaction", "secret/1.png",
        "secret/1.hint", "secret/1.desc", "secret/.hidden.in", "secret/9.in.disabled",
        "secret/README", "generate.py", "invalid_input/1.in"})
    write(fs::path("p/data") / name, "x");
  EXPECT_THAT(testcase_names(load("p")), ElementsAre("sample/1", "secret/1"));
  EXPECT_THAT(load("p").warnings, IsEmpty());
}

TEST_F(TestDataFiles, OutsideSampleAndSecretAreReported) {
  minimal("p", kModern);
  testcase("p/data/1");
  EXPECT_THAT(load_error("p").what, HasSubstr("directly in data/"));
  minimal("q", kModern);
  testcase("q/data/other/1");
  EXPECT_THAT(load("q").warnings, ElementsAre(HasSubstr("data/other/ is ignored")));
}

TEST_F(TestDataFiles, WithNamesTheFormatForbidsAreIgnoredWithAWarning) {
  minimal("p", kModern);
  testcase("p/data/secret/two words");
  const Problem problem = load("p");
  EXPECT_THAT(testcase_names(problem), ElementsAre("sample/1", "secret/1"));
  EXPECT_THAT(problem.warnings, Contains(HasSubstr("two words.in")));
}

TEST_F(TestDataFiles, NamingBothATestcaseAndAFolderAreFaults) {
  minimal("p", kModern);
  testcase("p/data/secret/1/x");
  EXPECT_THAT(load_error("p").what, HasSubstr("secret/1 names both a testcase and a folder"));
}

TEST_F(TestDataFiles, InheritLegacyFlagsAfterThoseOfTheProblem) {
  minimal("p", "name: X\nvalidator_flags: case_sensitive\n");
  write("p/data/secret/testdata.yaml", "output_validator_flags: float_tolerance 1e-6\n");
  testcase("p/data/secret/near/1");
  testcase("p/data/secret/own/1");
  write("p/data/secret/own/testdata.yaml",
        "output_validator_flags: {name: v, flags: space_change_sensitive}\n");
  const Problem problem = load("p");
  EXPECT_THAT(named(problem, "sample/1").checker_args, ElementsAre("case_sensitive"));
  EXPECT_THAT(named(problem, "secret/near/1").checker_args,
              ElementsAre("case_sensitive", "float_tolerance", "1e-6"));
  EXPECT_THAT(named(problem, "secret/own/1").checker_args,
              ElementsAre("case_sensitive", "space_change_sensitive"));
}

TEST_F(TestDataFiles, TakeArgumentsFromTheirOwnYamlBeforeTheGroups) {
  minimal("p", kModern);
  write("p/data/secret/test_group.yaml",
        "output_validator_args: [float_tolerance, 0.5]\nargs: [--group]\n");
  testcase("p/data/secret/2");
  write("p/data/secret/2.yaml",
        "output_validator_args: [case_sensitive]\nargs: [--own, '7']\nhint: Think.\n");
  const Problem problem = load("p");
  EXPECT_THAT(named(problem, "sample/1").checker_args, IsEmpty());
  EXPECT_THAT(named(problem, "secret/1").checker_args, ElementsAre("float_tolerance", "0.5"));
  EXPECT_THAT(named(problem, "secret/1").program_args, ElementsAre("--group"));
  EXPECT_THAT(named(problem, "secret/2").checker_args, ElementsAre("case_sensitive"));
  EXPECT_THAT(named(problem, "secret/2").program_args, ElementsAre("--own", "7"));
}

TEST_F(TestDataFiles, BringFilesForTheProgram) {
  minimal("p", kModern);
  write("p/data/secret/1.files/words.txt", "a");
  const Problem problem = load("p");
  const auto& files = named(problem, "secret/1").program_files;
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files.begin()->first, "words.txt");
  EXPECT_EQ(files.begin()->second,
            (fs::canonical(folder() / "p") / "data/secret/1.files/words.txt"));
}

TEST_F(TestDataFiles, ReachedByALinkOutOfThePackageAreNotRead) {
  minimal("p", kModern);
  write("secret.txt", "not yours");
  link("p/data/secret/2.in", "../../../secret.txt");
  write("p/data/secret/2.ans", "");
  const Error error = load_error("p");
  EXPECT_EQ(error.code, ErrorCode::BadInput);
  EXPECT_THAT(error.what, HasSubstr("leads out of the package"));
  EXPECT_THAT(error.where, HasSubstr("data/secret/2.in"));
}

TEST_F(TestDataFiles, MayBeLinksWithinThePackage) {
  minimal("p", kModern);
  link("p/data/secret/2.in", "1.in");
  link("p/data/secret/2.ans", "1.ans");
  const Problem problem = load("p");
  EXPECT_EQ(named(problem, "secret/2").input.sha256, named(problem, "secret/1").input.sha256);
}

TEST_F(TestDataFiles, InALoopOfLinksEndInAFault) {
  minimal("p", kModern);
  link("p/data/secret/loop", "../secret");
  EXPECT_THAT(describe(load_error("p")), HasSubstr("nested too deeply"));
}

TEST_F(TestDataFiles, ThatAreMissingAltogetherAreAFault) {
  minimal("p", kModern);
  fs::remove_all(folder() / "p/data");
  EXPECT_THAT(load_error("p").what, HasSubstr("no testcases"));
}

TEST_F(TestDataFiles, WithBadFlagsForTheDefaultCheckerAreFaults) {
  minimal("p", "name: X\nvalidator_flags: float_tolerence 1e-6\n");
  EXPECT_THAT(describe(load_error("p")), HasSubstr("did you mean \"float_tolerance\"?"));
  minimal("q", kModern);
  write("q/data/secret/test_group.yaml", "output_validator_args: [float_tolerance]\n");
  EXPECT_THAT(load_error("q").what, HasSubstr("float_tolerance"));
}

TEST_F(TestDataFiles, ThatAskForAStaticValidatorAreUnsupported) {
  minimal("p", kModern);
  write("p/data/secret/test_group.yaml", "static_validation_score: pass-fail\n");
  EXPECT_EQ(load_error("p").code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace eval::problems
