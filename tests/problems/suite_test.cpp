#include "tests/problems/package_fixture.h"

namespace eval::problems {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Suites : public PackageFixture {
 protected:
  Suite suite(const std::string& name_or_path, LoadOptions options = {}) {
    auto loaded = load_suite(name_or_path, options);
    EXPECT_TRUE(loaded) << describe(loaded.error());
    return loaded ? std::move(*loaded) : Suite{};
  }
  Error suite_error(const std::string& name_or_path, LoadOptions options = {}) {
    auto loaded = load_suite(name_or_path, options);
    EXPECT_FALSE(loaded);
    return loaded ? Error{} : std::move(loaded).error();
  }
  static std::vector<std::string> ids(const Suite& loaded) {
    std::vector<std::string> ids;
    for (const Problem& problem : loaded.problems) ids.push_back(problem.id);
    return ids;
  }
  std::string path(const std::string& below) { return (folder() / below).string(); }
};

TEST_F(Suites, ShareFilesByLinksWithinTheFolderThatWasNamed) {
  minimal("all/one", kModern);
  write("all/shared/validation.h", "");
  link("all/one/input_validators/validation.h", "../../shared/validation.h");
  EXPECT_THAT(ids(suite(path("all"))), ElementsAre("all/one"));
  EXPECT_THAT(describe(suite(path("all/one")).refused.at(0).reason),
              HasSubstr("name a folder that holds both"));
  write("outside.h", "");
  link("all/one/input_validators/outside.h", "../../../outside.h");
  EXPECT_THAT(describe(suite(path("all")).refused.at(0).reason), HasSubstr("outside.h"));
}

TEST_F(Suites, AreFoldersWithPackagesAnywhereBelow) {
  minimal("all/b/one", kModern);
  minimal("all/a/one", kModern);
  minimal("all/two", kLegacy);
  write("all/README.md", "");
  const Suite loaded = suite(path("all"));
  EXPECT_EQ(loaded.name, "all");
  EXPECT_THAT(ids(loaded), ElementsAre("all/a-one", "all/b-one", "all/two"));
  EXPECT_THAT(loaded.refused, IsEmpty());
}

TEST_F(Suites, AreAlsoOnePackageAlone) {
  minimal("contest/sums", kModern);
  EXPECT_THAT(ids(suite(path("contest/sums"))), ElementsAre("contest/sums"));
  EXPECT_THAT(ids(suite(path("contest/sums/"))), ElementsAre("contest/sums"));
}

TEST_F(Suites, AreDescribedBySuiteYamlInItsOrder) {
  minimal("s/one", kModern);
  minimal("s/two", kModern);
  minimal("s/three", kModern);
  write("s/suite.yaml",
        "name: olympiad\ntitle: An Olympiad\ndescription: Hard.\ncontest: ioi-2025\n"
        "problems: [two, one]\n");
  const Suite loaded = suite(path("s"));
  EXPECT_EQ(loaded.name, "olympiad");
  EXPECT_EQ(loaded.title, "An Olympiad");
  EXPECT_EQ(loaded.description, "Hard.");
  EXPECT_EQ(loaded.contest, "ioi-2025");
  EXPECT_THAT(ids(loaded), ElementsAre("olympiad/two", "olympiad/one"));
}

TEST_F(Suites, WithoutAListOfProblemsTakeAllOfThem) {
  minimal("s/two", kModern);
  minimal("s/one", kModern);
  write("s/suite.yaml", "title: All\n");
  EXPECT_THAT(ids(suite(path("s"))), ElementsAre("s/one", "s/two"));
}

TEST_F(Suites, AreFoundByNameAndListed) {
  minimal("suites/first/one", kModern);
  write("suites/first/suite.yaml", "title: First\n");
  minimal("suites/second/one", kModern);
  write("suites/second/suite.yaml", "title: Second\n");
  write("suites/no_suite/README", "");
  const LoadOptions options{.suite_folders = {folder() / "suites"}};
  EXPECT_THAT(list_suites(options.suite_folders), ElementsAre("first", "second"));
  EXPECT_EQ(suite("second", options).title, "Second");
  const Error error = suite_error("secnd", options);
  EXPECT_EQ(error.code, ErrorCode::NotFound);
  EXPECT_THAT(error.help, HasSubstr("did you mean \"second\"?"));
}

TEST_F(Suites, ListWhatIsBrokenAndLoadTheRest) {
  minimal("all/good", kModern);
  minimal("all/bad", "name: [\n");
  write("all/headless/data/secret/1.in", "");
  const Suite loaded = suite(path("all"));
  EXPECT_THAT(ids(loaded), ElementsAre("all/good"));
  ASSERT_EQ(loaded.refused.size(), 2U);
  EXPECT_EQ(loaded.refused[0].id, "all/bad");
  EXPECT_EQ(loaded.refused[0].reason.code, ErrorCode::BadInput);
  EXPECT_EQ(loaded.refused[1].id, "all/headless");
  EXPECT_THAT(loaded.refused[1].reason.what, HasSubstr("problem.yaml is missing"));
}

TEST_F(Suites, TakeInteractiveAndMultiPassProblems) {
  minimal("all/talk", "problem_format_version: 2025-09\nname: X\ntype: interactive\n");
  write("all/talk/output_validator/check.py", "");
  minimal("all/twice",
          "problem_format_version: 2025-09\nname: X\ntype: multi-pass\n"
          "limits: {validation_passes: 5}\n");
  write("all/twice/output_validator/check.py", "");
  const Suite loaded = suite(path("all"));
  ASSERT_THAT(ids(loaded), ElementsAre("all/talk", "all/twice"));
  const ProgramTask& talk = task(loaded.problems[0]);
  EXPECT_EQ(talk.type, TaskType::Interactive);
  ASSERT_TRUE(talk.interactor);
  EXPECT_EQ(talk.interactor->protocol, CheckerProtocol::Kattis);
  EXPECT_EQ(talk.interactor->program, *talk.checker.program);
  const ProgramTask& twice = task(loaded.problems[1]);
  EXPECT_TRUE(twice.is_multi_pass);
  EXPECT_EQ(twice.passes_max, 5);
}

TEST_F(Suites, RefuseASecondProblemOfOneId) {
  minimal("all/a/b-c", kModern);
  minimal("all/a-b/c", kModern);
  const Suite loaded = suite(path("all"));
  EXPECT_THAT(ids(loaded), ElementsAre("all/a-b-c"));
  ASSERT_EQ(loaded.refused.size(), 1U);
  EXPECT_THAT(loaded.refused[0].reason.what, HasSubstr("two problems have the id"));
}

TEST_F(Suites, ThatNameWhatIsNotThereAreBroken) {
  minimal("s/sums", kModern);
  write("s/suite.yaml", "problems: [sumz, ../elsewhere]\nproblms: 3\n");
  minimal("elsewhere", kModern);
  const Error error = suite_error(path("s"));
  EXPECT_EQ(error.code, ErrorCode::BadInput);
  EXPECT_THAT(describe(error),
              ::testing::AllOf(HasSubstr("did you mean \"sums\"?"), HasSubstr("\"../elsewhere\""),
                               HasSubstr("\"problms\"")));
}

TEST_F(Suites, WithBrokenYamlNameTheLine) {
  write("s/suite.yaml", "name: [\n");
  EXPECT_THAT(suite_error(path("s")).where, HasSubstr("suite.yaml: line"));
}

TEST_F(Suites, WithoutAnyPackageAreBadInput) {
  write("empty/README", "");
  EXPECT_EQ(suite_error(path("empty")).code, ErrorCode::BadInput);
}

TEST(BuiltInSuite, LoadsCompletely) {
  const fs::path folder = fs::path(EVAL_TEST_SOURCE_DIR) / "problems" / "packages";
  const auto suite = load_suite("quickstart", LoadOptions{.suite_folders = {folder}});
  ASSERT_TRUE(suite) << describe(suite.error());
  EXPECT_GE(suite->problems.size(), 8U);
  EXPECT_THAT(suite->refused, IsEmpty());
  for (const Problem& problem : suite->problems)
    EXPECT_THAT(problem.warnings, IsEmpty()) << problem.id;
}

TEST(BuiltInSuite, PassesItsOwnChecks) {
  const fs::path folder = fs::path(EVAL_TEST_SOURCE_DIR) / "problems" / "packages";
  const auto suite = load_suite("quickstart", LoadOptions{.suite_folders = {folder}});
  ASSERT_TRUE(suite) << describe(suite.error());
  for (const Problem& problem : suite->problems) {
    for (const Finding& finding : check_package(problem.directory))
      ADD_FAILURE() << problem.id << ": " << finding.rule << ": " << describe(finding.detail);
  }
}

}  // namespace
}  // namespace eval::problems
