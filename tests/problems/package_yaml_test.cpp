#include "tests/problems/package_fixture.h"

namespace eval::problems {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class PackageYaml : public PackageFixture {};

TEST_F(PackageYaml, LegacyIsTheDialectOfPackagesThatNameNone) {
  minimal("p", kLegacy);
  const Problem problem = load("p");
  EXPECT_EQ(problem.format_name, "kattis-legacy");
  EXPECT_EQ(problem.id, "suite/slug");
  EXPECT_EQ(problem.license, "cc0");
  EXPECT_DOUBLE_EQ(problem.points_max, 1);
  EXPECT_DOUBLE_EQ(task(problem).limits.accepted_multiplier, 5);
  EXPECT_DOUBLE_EQ(task(problem).limits.time_limit_to_tle_multiplier, 2);
  EXPECT_EQ(task(problem).limits.cpu_time, std::nullopt);
}

TEST_F(PackageYaml, EveryNameOfADialectIsKnown) {
  for (const auto& [version, format] :
       std::vector<std::pair<std::string, std::string>>{{"legacy-icpc", "kattis-legacy"},
                                                        {"2023-07", "kattis-2023-07"},
                                                        {"2023-07-draft", "kattis-2023-07"},
                                                        {"2025-09", "kattis-2025-09"},
                                                        {"2025-09-draft", "kattis-2025-09"},
                                                        {"draft", "kattis-2025-09"}}) {
    minimal(version, "problem_format_version: " + version + "\nname: X\n");
    EXPECT_EQ(load(version).format_name, format) << version;
  }
}

TEST_F(PackageYaml, AnUnknownDialectIsUnsupportedAndNamesTheKnownOnes) {
  minimal("p", "problem_format_version: 2031-01\nname: X\n");
  const Error error = load_error("p");
  EXPECT_EQ(error.code, ErrorCode::Unsupported);
  EXPECT_THAT(error.what, HasSubstr("2031-01"));
  EXPECT_THAT(error.help, HasSubstr("2025-09"));
}

TEST_F(PackageYaml, EveryLimitIsReadInItsUnit) {
  minimal("p",
          "problem_format_version: 2025-09\nname: X\nlimits:\n  time_limit: 1.5\n"
          "  time_multipliers: {ac_to_time_limit: 3, time_limit_to_tle: 4}\n"
          "  time_resolution: 0.1\n  memory: 64\n  output: 2\n  code: 16\n"
          "  compilation_time: 7\n  compilation_memory: 100\n  validation_time: 8\n"
          "  validation_memory: 200\n  validation_output: 3\n"
          "  language_time_factors: {python3: 2.5}\n");
  const ProgramLimits limits = task(load("p")).limits;
  EXPECT_EQ(limits.cpu_time, 1500ms);
  EXPECT_DOUBLE_EQ(limits.accepted_multiplier, 3);
  EXPECT_DOUBLE_EQ(limits.time_limit_to_tle_multiplier, 4);
  EXPECT_EQ(limits.resolution, 100ms);
  EXPECT_EQ(limits.memory, Bytes::mib(64));
  EXPECT_EQ(limits.output, Bytes::mib(2));
  EXPECT_EQ(limits.code, Bytes::kib(16));
  EXPECT_EQ(limits.compile_time, 7s);
  EXPECT_EQ(limits.compile_memory, Bytes::mib(100));
  EXPECT_EQ(limits.validation_time, 8s);
  EXPECT_EQ(limits.validation_memory, Bytes::mib(200));
  EXPECT_EQ(limits.validation_output, Bytes::mib(3));
  EXPECT_DOUBLE_EQ(limits.language_time_factors.at("python3"), 2.5);
}

TEST_F(PackageYaml, LaterDialectsMultiplyTheSlowestAcceptedByTwo) {
  minimal("p", "problem_format_version: 2023-07\nname: X\n");
  const ProgramLimits limits = task(load("p")).limits;
  EXPECT_DOUBLE_EQ(limits.accepted_multiplier, 2);
  EXPECT_DOUBLE_EQ(limits.time_limit_to_tle_multiplier, 1.5);
  EXPECT_EQ(limits.resolution, 1s);
}

TEST_F(PackageYaml, TheTimeLimitOfProblemYamlComesBeforeThatOfTheFiles) {
  minimal("stated", kModern);
  write("stated/.timelimit", "9\n");
  EXPECT_EQ(task(load("stated")).limits.cpu_time, 1s);

  minimal("dotfile", kLegacy);
  write("dotfile/.timelimit", "2.5\n");
  EXPECT_EQ(task(load("dotfile")).limits.cpu_time, 2500ms);

  minimal("ini", kLegacy);
  write("ini/.timelimit", "2\n");
  write("ini/domjudge-problem.ini", "name = 'Other'\ntimelimit='4'\n");
  EXPECT_EQ(task(load("ini")).limits.cpu_time, 4s);
}

TEST_F(PackageYaml, ALimitThatIsNoPositiveNumberIsAFault) {
  minimal("zero", "problem_format_version: 2025-09\nname: X\nlimits: {memory: 0}\n");
  EXPECT_THAT(load_error("zero").what, HasSubstr("\"memory\" should be greater than 0"));
  minimal("dotfile", kLegacy);
  write("dotfile/.timelimit", "soon\n");
  EXPECT_THAT(load_error("dotfile").what, HasSubstr("soon"));
}

TEST_F(PackageYaml, TheTypeIsOneWordOrAList) {
  minimal("one", "problem_format_version: 2025-09\nname: X\ntype: scoring\n");
  write("one/data/secret/test_group.yaml", "max_score: 50\n");
  EXPECT_TRUE(task(load("one")).is_scoring);

  minimal("two",
          "problem_format_version: 2025-09\nname: X\ntype: [interactive, multi-pass]\n"
          "limits: {validation_passes: 3}\n");
  write("two/output_validator/check.py", "");
  const ProgramTask two = task(load("two"));
  EXPECT_EQ(two.type, TaskType::Interactive);
  EXPECT_TRUE(two.is_multi_pass);
  EXPECT_EQ(two.passes_max, 3);
  EXPECT_FALSE(two.is_scoring);
}

TEST_F(PackageYaml, UnknownAndContradictoryTypesAreFaults) {
  minimal("unknown", "problem_format_version: 2025-09\nname: X\ntype: fun\n");
  EXPECT_THAT(load_error("unknown").what, HasSubstr("\"fun\""));
  minimal("both", "problem_format_version: 2025-09\nname: X\ntype: [pass-fail, scoring]\n");
  EXPECT_THAT(load_error("both").what, HasSubstr("both pass-fail and scoring"));
}

TEST_F(PackageYaml, WhatNobodyJudgesIsUnsupportedByName) {
  minimal("answer", "problem_format_version: 2025-09\nname: X\ntype: submit-answer\n");
  EXPECT_EQ(load_error("answer").code, ErrorCode::Unsupported);
  EXPECT_THAT(load_error("answer").what, HasSubstr("submit-answer"));
  minimal("min", "name: X\ntype: scoring\ngrading: {objective: min}\n");
  EXPECT_EQ(load_error("min").code, ErrorCode::Unsupported);
}

TEST_F(PackageYaml, LegacyValidationWordsSayWhatTheCheckerDoes) {
  minimal("p", "name: X\ntype: scoring\nvalidation: custom score interactive\n");
  write("p/output_validators/check/check.py", "");
  write("p/data/testdata.yaml", "range: 0 10\n");
  const ProgramTask loaded = task(load("p"));
  EXPECT_EQ(loaded.type, TaskType::Interactive);
  EXPECT_TRUE(loaded.checker.gives_score);
  minimal("bad", "name: X\nvalidation: default score\n");
  EXPECT_THAT(load_error("bad").what, HasSubstr("\"score\""));
}

TEST_F(PackageYaml, BooleansOfOlderYamlAreUnderstood) {
  minimal("p", "name: X\ntype: scoring\ngrading:\n  show_test_data_groups: yes\n");
  write("p/data/testdata.yaml", "range: 0 10\n");
  EXPECT_TRUE(task(load("p")).is_scoring);
}

TEST_F(PackageYaml, AnUnknownKeyIsAWarningThatNamesTheNearestKnownOne) {
  minimal("p", std::string(kModern) + "licence: cc0\n");
  EXPECT_THAT(load("p").warnings,
              ElementsAre(::testing::AllOf(HasSubstr("\"licence\""), HasSubstr("\"license\""))));
}

TEST_F(PackageYaml, LanguagesAreAListOrAll) {
  minimal("some", std::string(kModern) + "languages: [cpp, python3]\n");
  EXPECT_THAT(task(load("some")).languages, ElementsAre("cpp", "python3"));
  minimal("all", std::string(kModern) + "languages: all\n");
  EXPECT_THAT(task(load("all")).languages, IsEmpty());
  minimal("odd", std::string(kModern) + "languages: [pyton3]\n");
  EXPECT_THAT(load("odd").warnings, ElementsAre(HasSubstr("\"python3\"")));
}

TEST_F(PackageYaml, SourcesAreJoined) {
  minimal("p",
          std::string(kModern) +
              "source:\n  - name: First 2024\n    url: https://example.org\n  - Second 2025\n");
  EXPECT_EQ(load("p").source, "First 2024, Second 2025");
}

TEST_F(PackageYaml, BrokenYamlNamesTheLine) {
  minimal("p", "name: X\nlimits: {memory: 3\n");
  const Error error = load_error("p");
  EXPECT_EQ(error.code, ErrorCode::BadInput);
  EXPECT_THAT(error.where, HasSubstr("line"));
}

TEST_F(PackageYaml, OfAKeyStatedTwiceTheLastCountsWithAWarning) {
  minimal("p", "name: X\nlimits: {memory: 3, memory: 5}\n");
  const Problem problem = load("p");
  EXPECT_EQ(task(problem).limits.memory, Bytes::mib(5));
  EXPECT_THAT(problem.warnings, Contains(HasSubstr("\"memory\" appears twice")));
}

TEST_F(PackageYaml, IndependentFaultsAreReportedTogether) {
  minimal("p", "name: X\nvalidation: fuzzy\nlimits: {memory: plenty}\n");
  fs::remove(folder() / "p/data/secret/1.ans");
  const Error error = load_error("p");
  ASSERT_EQ(error.also.size(), 2U) << describe(error);
  EXPECT_THAT(describe(error), ::testing::AllOf(HasSubstr("fuzzy"), HasSubstr("plenty"),
                                                HasSubstr("secret/1 has no answer")));
}

TEST_F(PackageYaml, AFolderWithoutProblemYamlIsNotAPackage) {
  write("p/data/secret/1.in", "");
  EXPECT_EQ(load_error("p").code, ErrorCode::NotFound);
  EXPECT_EQ(load_error("nowhere").code, ErrorCode::NotFound);
}

TEST_F(PackageYaml, OtherFormatsAreUnsupportedByName) {
  write("sinol/config.yml", "x: 1\n");
  write("sinol/prog/x.cpp", "");
  EXPECT_EQ(load_error("sinol").code, ErrorCode::Unsupported);
  EXPECT_THAT(load_error("sinol").what, HasSubstr("sinol"));
  write("loose/data/1.in", "");
  write("loose/solution.cpp", "");
  EXPECT_THAT(load_error("loose").what, HasSubstr("test data without problem.yaml"));
}

}  // namespace
}  // namespace eval::problems
