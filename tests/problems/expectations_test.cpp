#include "problems/expectations.h"

#include "tests/problems/package_fixture.h"

namespace eval::problems {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(PathPattern, MatchesANameOrAFolderAboveIt) {
  EXPECT_TRUE(matches_path_pattern("secret/group1/03", "secret/group1/03"));
  EXPECT_TRUE(matches_path_pattern("secret/group1/03", "secret/group1"));
  EXPECT_TRUE(matches_path_pattern("secret/group1/03", "secret/"));
  EXPECT_FALSE(matches_path_pattern("secret/group1/03", "secret/group"));
  EXPECT_FALSE(matches_path_pattern("secret/group1/03", "group1"));
  EXPECT_FALSE(matches_path_pattern("secret", "secret/group1"));
}

TEST(PathPattern, StarsStayWithinOneName) {
  EXPECT_TRUE(matches_path_pattern("secret/03-easy", "secret/*-easy"));
  EXPECT_FALSE(matches_path_pattern("secret/group/03-easy", "secret/*-easy"));
  EXPECT_FALSE(matches_path_pattern("match/nested/nested_wa.py", "*/nested_wa.py"));
}

TEST(PathPattern, BracesStandForEitherAndMultiply) {
  EXPECT_TRUE(matches_path_pattern("expansion/ac.cpp", "expansion/ac.{py,cpp}"));
  EXPECT_FALSE(matches_path_pattern("expansion/ac.c", "expansion/ac.{py,cpp}"));
  EXPECT_TRUE(matches_path_pattern("secret/42", "secret/*{,1,4}{ 0 , 2 }"));
  EXPECT_FALSE(matches_path_pattern("secret/43", "secret/*{,1,4}{ 0 , 2 }"));
  EXPECT_TRUE(matches_path_pattern("a{b", "a{b"));
}

TEST(PathPattern, ThatExplodesMatchesNothing) {
  std::string pattern;
  for (int i = 0; i < 40; ++i) pattern += "{a,b}";
  EXPECT_FALSE(matches_path_pattern("x", pattern));
}

class Promises : public PackageFixture {
 protected:
  // What is promised of one submission in an otherwise complete package.
  ReferenceSubmission promise(std::string_view yaml, const std::string& name,
                              std::string_view source = "print(1)\n",
                              std::string_view submissions_yaml = {}) {
    const std::string package = "p" + std::to_string(++count_);
    minimal(package, yaml);
    if (yaml.find("scoring") != std::string_view::npos) {
      write(package + "/data/testdata.yaml", "grader_flags: ignore_sample\n");
      write(package + "/data/secret/testdata.yaml", "accept_score: 100\nrange: 0 100\n");
    }
    write(package + "/submissions/" + name, source);
    if (!submissions_yaml.empty())
      write(package + "/submissions/submissions.yaml", submissions_yaml);
    problem_ = load(package);
    const ReferenceSubmission* found = submission(problem_, name);
    EXPECT_NE(found, nullptr);
    return found == nullptr ? ReferenceSubmission{} : *found;
  }

  static constexpr std::string_view kLegacyScoring = "name: X\ntype: scoring\n";

  Problem problem_;

 private:
  int count_ = 0;
};

TEST_F(Promises, OfLegacyFoldersAreAboutTheFinalVerdict) {
  EXPECT_THAT(promise(kLegacy, "accepted/a.py").expected, ElementsAre("AC"));
  EXPECT_THAT(promise(kLegacy, "wrong_answer/a.py").expected, ElementsAre("WA"));
  EXPECT_THAT(promise(kLegacy, "time_limit_exceeded/a.py").expected, ElementsAre("TLE"));
  EXPECT_THAT(promise(kLegacy, "run_time_error/a.py").expected,
              UnorderedElementsAre("RE", "MLE", "OLE"));
  EXPECT_THAT(promise(kLegacy, "slow_accepted/a.py").expected, UnorderedElementsAre("AC", "TLE"));
  EXPECT_THAT(promise(kLegacy, "rejected/a.py").expected,
              UnorderedElementsAre("WA", "TLE", "RE", "MLE", "OLE"));
  EXPECT_THAT(promise(kLegacy, "wrong_answer/a.py").permitted, IsEmpty());
}

TEST_F(Promises, OfLaterFoldersAreAlsoAboutEveryTestcase) {
  const ReferenceSubmission slow = promise(kModern, "time_limit_exceeded/a.py");
  EXPECT_THAT(slow.expected, ElementsAre("TLE"));
  EXPECT_THAT(slow.permitted, UnorderedElementsAre("AC", "TLE"));
  EXPECT_THAT(slow.required, ElementsAre("TLE"));
  const ReferenceSubmission brute = promise(kModern, "brute_force/a.py");
  EXPECT_THAT(brute.expected, UnorderedElementsAre("TLE", "RE", "MLE", "OLE"));
  EXPECT_THAT(promise(kModern, "rejected/a.py").permitted, IsEmpty());
}

TEST_F(Promises, OfAcceptedSubmissionsIncludeTheFullScore) {
  const ReferenceSubmission accepted = promise(kLegacyScoring, "accepted/a.py");
  ASSERT_TRUE(accepted.score_range);
  EXPECT_NEAR(accepted.score_range->first, 100, 1e-3);
  EXPECT_NEAR(accepted.score_range->second, 100, 1e-3);
}

TEST_F(Promises, OfAcceptedSubmissionsAreNoPointsWhereALegacyCheckerMeasures) {
  minimal("p", "name: X\ntype: scoring\nvalidation: custom score\n");
  write("p/output_validators/check.py", "");
  write("p/data/testdata.yaml", "range: 0 100\n");
  write("p/submissions/accepted/a.py", "");
  const Problem problem = load("p");
  for (const ReferenceSubmission& reference : task(problem).reference_submissions) {
    EXPECT_EQ(reference.expected, std::vector<std::string>{"AC"});
    EXPECT_FALSE(reference.score_range.has_value()) << reference.name;
  }
}

TEST_F(Promises, OfPartiallyAcceptedOnesAreLessThanTheFullScore) {
  const ReferenceSubmission partial = promise(kLegacyScoring, "partially_accepted/a.py");
  EXPECT_THAT(partial.expected, UnorderedElementsAre("AC", "PC"));
  ASSERT_TRUE(partial.score_range);
  EXPECT_LT(partial.score_range->second, 100);
  EXPECT_GT(partial.score_range->second, 99.9);
}

TEST_F(Promises, InSourceTagsCountOutsideTheFourOfficialFolders) {
  const std::string_view tag = "/* @EXPECTED_RESULTS@: TIMELIMIT, run-error */\n";
  EXPECT_THAT(promise(kLegacy, "mixed/a.c", tag).expected,
              UnorderedElementsAre("TLE", "RE", "MLE", "OLE"));
  EXPECT_THAT(promise(kLegacy, "rejected/a.c", tag).expected,
              UnorderedElementsAre("TLE", "RE", "MLE", "OLE"));
  EXPECT_THAT(promise(kLegacy, "wrong_answer/a.c", tag).expected, ElementsAre("WA"));
}

TEST_F(Promises, InSourceTagsKnowDomjudgesCodes) {
  const auto codes = [&](const std::string& tag) {
    return promise(kLegacy, "mixed/a.py", "# @EXPECTED_RESULTS@: " + tag + "\n").expected;
  };
  EXPECT_THAT(codes("CORRECT"), ElementsAre("AC"));
  EXPECT_THAT(codes("NO-OUTPUT"), ElementsAre("WA"));
  EXPECT_THAT(codes("COMPILER-ERROR"), ElementsAre("CE"));
  EXPECT_THAT(codes("OUTPUT-LIMIT"), ElementsAre("OLE"));
  EXPECT_THAT(codes("CHECK-MANUALLY"), IsEmpty());
  EXPECT_THAT(codes("SOMETHING"), IsEmpty());
  EXPECT_THAT(problem_.warnings, Contains(HasSubstr("\"SOMETHING\"")));
}

TEST_F(Promises, InSourceTagsHaveAColonAndOneMayStandForTheOther) {
  EXPECT_THAT(promise(kLegacy, "mixed/a.py",
                      "# how to use the @EXPECTED_RESULTS@ tag.\n# @EXPECTED_RESULTS@: TIMELIMIT\n")
                  .expected,
              ElementsAre("TLE"));
  EXPECT_THAT(promise(kLegacy, "other/b.py", "# @EXPECTED_SCORE@: NO-OUTPUT\n").expected,
              ElementsAre("WA"));
}

TEST_F(Promises, OfAnExpectedScoreAreThatScore) {
  const ReferenceSubmission partial =
      promise(kLegacyScoring, "partial/a.py",
              "# @EXPECTED_RESULTS@: WRONG-ANSWER\n# @EXPECTED_SCORE@: 37.5\n");
  EXPECT_THAT(partial.expected, UnorderedElementsAre("WA", "PC"));
  ASSERT_TRUE(partial.score_range);
  EXPECT_NEAR(partial.score_range->first, 37.5, 0.01);
}

TEST_F(Promises, OfExpectedGradesAreAboutTheGroupsInOrder) {
  minimal("p", kLegacyScoring);
  for (const char* group : {"g1", "g2"}) testcase("p/data/secret/" + std::string(group) + "/1");
  write("p/data/testdata.yaml", "range: 0 100\n");
  write("p/submissions/partially_accepted/a.py", "# @EXPECTED_GRADES@ AC WA\n");
  const Problem problem = load("p");
  const auto& patterns = submission(problem, "partially_accepted/a.py")->patterns;
  ASSERT_EQ(patterns.size(), 2U);
  EXPECT_EQ(patterns[0].glob, "secret/g1");
  EXPECT_THAT(patterns[0].permitted, UnorderedElementsAre("AC", "PC"));
  EXPECT_EQ(patterns[1].glob, "secret/g2");
  EXPECT_THAT(patterns[1].required, ElementsAre("WA"));
}

TEST_F(Promises, OfBapctoolsSelfChecksAreInTheirNames) {
  EXPECT_THAT(promise(kModern, "accepted/wa.bad.py").expected, ElementsAre("WA"));
  EXPECT_THAT(promise(kModern, "accepted/wa.bad.py").permitted, IsEmpty());
  EXPECT_FALSE(promise(kModern, "accepted/tle.bad.py").sets_time_limit);
}

TEST_F(Promises, OfSubmissionsYamlReplaceThoseOfTheFolder) {
  const ReferenceSubmission submission =
      promise(kModern, "accepted/a.py", "", "accepted:\n  permitted: [WA]\n  required: [WA]\n");
  EXPECT_THAT(submission.expected, ElementsAre("WA"));
  EXPECT_THAT(submission.required, ElementsAre("WA"));
}

TEST_F(Promises, OfSeveralRulesHoldTogether) {
  const std::string_view yaml =
      "either:\n  permitted: [AC, WA]\neither/a.*:\n  permitted: [WA, TLE]\n";
  EXPECT_THAT(promise(kModern, "either/a.py", "", yaml).expected, ElementsAre("WA"));
  EXPECT_THAT(promise(kModern, "either/b.py", "", yaml).expected, UnorderedElementsAre("AC", "WA"));
}

TEST_F(Promises, OfSubmissionsYamlCanBeAboutTestcases) {
  const ReferenceSubmission slow = promise(kModern, "time_limit_exceeded/a.py", "",
                                           "time_limit_exceeded/a.py:\n  message: too slow\n"
                                           "  secret/*{1,3}:\n    permitted: [AC, TLE]\n"
                                           "    required: [TLE]\n");
  ASSERT_EQ(slow.patterns.size(), 2U);
  EXPECT_EQ(slow.patterns[0].message, "too slow");
  EXPECT_EQ(slow.patterns[1].glob, "secret/*{1,3}");
  EXPECT_THAT(slow.patterns[1].permitted, UnorderedElementsAre("AC", "TLE"));
  EXPECT_THAT(slow.patterns[1].required, ElementsAre("TLE"));
}

TEST_F(Promises, OfSubmissionsYamlNameLanguageEntryPointAndScore) {
  const ReferenceSubmission submission =
      promise(kLegacyScoring, "some/a.txt", "",
              "some:\n  language: python3\n  entrypoint: a.txt\n  authors: A\n  score: [20, 30]\n");
  EXPECT_EQ(submission.language, "python3");
  EXPECT_EQ(submission.entry_point, "a.txt");
  ASSERT_TRUE(submission.score_range);
  EXPECT_NEAR(submission.score_range->first, 20, 1e-3);
  EXPECT_NEAR(submission.score_range->second, 30, 1e-3);
}

TEST_F(Promises, WithUnknownWordsAreFaults) {
  minimal("p", kModern);
  write("p/submissions/submissions.yaml", "accepted:\n  permitted: [OK]\n");
  EXPECT_THAT(load_error("p").what, HasSubstr("AC, WA, TLE and RTE"));
}

TEST_F(Promises, ThatMustNotBeSlowBoundTheTimeLimit) {
  EXPECT_TRUE(promise(kLegacy, "accepted/a.py").sets_time_limit);
  EXPECT_FALSE(promise(kLegacy, "wrong_answer/a.py").sets_time_limit);
  EXPECT_TRUE(promise(kModern, "wrong_answer/a.py").sets_time_limit);
  EXPECT_FALSE(promise(kModern, "time_limit_exceeded/a.py").sets_time_limit);
  EXPECT_FALSE(promise(kModern, "accepted/a.py", "",
                       "accepted/a.py:\n  use_for_time_limit: false\naccepted:\n"
                       "  use_for_time_limit: false\n")
                   .sets_time_limit);
}

TEST_F(Promises, NobodyMadeLeaveAWarning) {
  EXPECT_THAT(promise(kModern, "ideas/a.py").expected, IsEmpty());
  EXPECT_THAT(problem_.warnings, ElementsAre(HasSubstr("\"ideas\"")));
}

TEST_F(Promises, AreMadeForFoldersAndNotForDisabledFiles) {
  minimal("p", kModern);
  write("p/submissions/accepted/two/main.py", "");
  write("p/submissions/accepted/two/part.py", "");
  write("p/submissions/accepted/old.c.disabled", "");
  write("p/submissions/accepted/.gitkeep", "");
  write("p/submissions/loose.py", "");
  const Problem problem = load("p");
  ASSERT_EQ(task(problem).reference_submissions.size(), 2U);
  const ReferenceSubmission& two = task(problem).reference_submissions[1];
  EXPECT_EQ(two.name, "accepted/two");
  EXPECT_EQ(two.files.size(), 2U);
  EXPECT_TRUE(two.files[0].is_absolute());
  EXPECT_THAT(problem.warnings, ElementsAre(HasSubstr("submissions/loose.py")));
}

}  // namespace
}  // namespace eval::problems
