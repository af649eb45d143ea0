#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "judges/program_judge.h"

namespace eval::judges {
namespace {

using problems::ReferenceSubmission;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

problems::Problem problem_of(bool is_scoring, bool gives_score = false) {
  problems::Problem problem;
  problems::ProgramTask task;
  task.is_scoring = is_scoring;
  task.checker.gives_score = gives_score;
  problem.task = task;
  problem.points_max = is_scoring ? 100 : 1;
  return problem;
}

Judgement judged(Verdict verdict, std::vector<std::pair<std::string, Verdict>> tests,
                 double points = 0) {
  Judgement judgement;
  judgement.verdict = verdict;
  judgement.points = points;
  for (auto& [name, each] : tests) {
    judgement.tests.emplace_back();
    judgement.tests.back().testcase = name;
    judgement.tests.back().verdict = each;
  }
  judgement.subtasks.push_back({"data", verdict, points, std::nullopt});
  return judgement;
}

ReferenceSubmission expecting(std::vector<std::string> codes) {
  ReferenceSubmission reference;
  reference.expected = std::move(codes);
  return reference;
}

TEST(BrokenPromises, AreNoneWhenTheVerdictIsThePromisedOne) {
  EXPECT_THAT(
      broken_promises(problem_of(false), expecting({"WA", "TLE"}), judged(Verdict::TLE, {})),
      IsEmpty());
}

TEST(BrokenPromises, NameVerdictAndPromise) {
  EXPECT_THAT(broken_promises(problem_of(false), expecting({"AC"}), judged(Verdict::WA, {})),
              ElementsAre("judged WA, but AC is promised"));
}

TEST(BrokenPromises, TakeMemoryAndOutputLimitsForRunTimeErrors) {
  const auto problem = problem_of(false);
  EXPECT_THAT(broken_promises(problem, expecting({"RTE"}), judged(Verdict::MLE, {})), IsEmpty());
  EXPECT_THAT(broken_promises(problem, expecting({"TLE"}), judged(Verdict::OLE, {})), IsEmpty());
  EXPECT_THAT(broken_promises(problem, expecting({"WA"}), judged(Verdict::MLE, {})), SizeIs(1));
}

TEST(BrokenPromises, CountEveryTestcaseThatIsNotPermitted) {
  ReferenceSubmission reference;
  reference.permitted = {"AC", "TLE"};
  EXPECT_THAT(broken_promises(problem_of(false), reference,
                              judged(Verdict::WA, {{"a", Verdict::AC}, {"b", Verdict::WA}})),
              ElementsAre("testcase b is WA, but only AC, TLE are permitted"));
}

TEST(BrokenPromises, NeedOneTestcaseWithOneOfTheRequiredVerdicts) {
  ReferenceSubmission reference;
  reference.required = {"WA", "RE"};
  const auto problem = problem_of(false);
  EXPECT_THAT(broken_promises(problem, reference, judged(Verdict::RE, {{"a", Verdict::RE}})),
              IsEmpty());
  EXPECT_THAT(broken_promises(problem, reference, judged(Verdict::AC, {{"a", Verdict::AC}})),
              ElementsAre("no testcase is WA, RE"));
}

TEST(BrokenPromises, HoldPatternsAgainstTheTestcasesTheyName) {
  ReferenceSubmission reference;
  reference.patterns.push_back({"secret/*{1,3}", {}, {"AC"}, std::nullopt, std::nullopt});
  reference.patterns.push_back({"sample", {"AC"}, {}, std::nullopt, std::nullopt});
  const auto problem = problem_of(false);
  EXPECT_THAT(broken_promises(problem, reference,
                              judged(Verdict::WA, {{"sample/1", Verdict::AC},
                                                   {"secret/02", Verdict::WA},
                                                   {"secret/03", Verdict::AC}})),
              IsEmpty());
  EXPECT_THAT(broken_promises(problem, reference,
                              judged(Verdict::WA, {{"sample/1", Verdict::WA},
                                                   {"secret/02", Verdict::AC},
                                                   {"secret/03", Verdict::WA}})),
              SizeIs(2));
}

TEST(BrokenPromises, LookForAMessage) {
  ReferenceSubmission reference;
  reference.patterns.push_back({"*", {}, {}, std::nullopt, "hello"});
  Judgement judgement = judged(Verdict::WA, {{"a", Verdict::WA}});
  EXPECT_THAT(broken_promises(problem_of(false), reference, judgement), SizeIs(1));
  judgement.tests[0].checker_message = "got: Hello";
  EXPECT_THAT(broken_promises(problem_of(false), reference, judgement), IsEmpty());
}

TEST(BrokenPromises, HoldPointsAgainstTheScoreRange) {
  ReferenceSubmission reference;
  reference.score_range = {30, 40};
  const auto problem = problem_of(true);
  EXPECT_THAT(broken_promises(problem, reference, judged(Verdict::PC, {}, 40)), IsEmpty());
  EXPECT_THAT(broken_promises(problem, reference, judged(Verdict::PC, {}, 41)),
              ElementsAre("gets 41 points, 30 .. 40 promised"));
}

TEST(BrokenPromises, AcceptPartOfTheMarksWhereTheCheckerGivesThem) {
  Judgement judgement = judged(Verdict::PC, {{"a", Verdict::AC}}, 80);
  judgement.subtasks.back().verdict = Verdict::AC;
  EXPECT_THAT(broken_promises(problem_of(true, true), expecting({"AC"}), judgement), IsEmpty());
  EXPECT_THAT(broken_promises(problem_of(true, false), expecting({"AC"}), judgement), SizeIs(1));
  judgement.tests[0].verdict = Verdict::TLE;
  EXPECT_THAT(broken_promises(problem_of(true, true), expecting({"AC"}), judgement), SizeIs(1));
}

TEST(BrokenPromises, TakeTheRootsVerdictForPartialCredit) {
  Judgement judgement = judged(Verdict::PC, {{"a", Verdict::AC}, {"b", Verdict::WA}}, 30);
  judgement.subtasks.back().verdict = Verdict::WA;
  EXPECT_THAT(broken_promises(problem_of(true), expecting({"WA"}), judgement), IsEmpty());
}

TEST(BrokenPromises, AlwaysCountAJudgeError) {
  Judgement judgement = judged(Verdict::JE, {});
  judgement.detail = "checker crashed";
  EXPECT_THAT(broken_promises(problem_of(false), expecting({}), judgement),
              ElementsAre("the judging failed: checker crashed"));
}

// Judges everything with the same verdict.
class FixedJudge final : public Judge {
 public:
  Result<Judgement> judge(const problems::Problem&, const Submission&, std::stop_token) override {
    return judged(Verdict::AC, {});
  }
  Result<std::string> cache_key(const problems::Problem&, const Submission&) override {
    return std::string("key");
  }
};

TEST(VerifySubmission, SkipsALanguageItDoesNotKnow) {
  FixedJudge judge;
  ReferenceSubmission reference = expecting({"AC"});
  reference.name = "accepted/a.hs";
  reference.language = "haskell";
  const VerifyResult result =
      verify_submission(problem_of(false), reference, judge, Languages::built_in(), {});
  EXPECT_TRUE(result.skipped);
  EXPECT_FALSE(result.agrees);
  EXPECT_NE(result.reason.find("haskell"), std::string::npos);
}

TEST(VerifySubmission, SkipsALanguageWhoseCompilerIsAbsent) {
  FixedJudge judge;
  const auto languages = Languages::from_json(R"({"languages": [{"id": "absent", "name": "Absent",
      "extensions": [".abs"], "program": "no-such-compiler-anywhere", "package": "absent-dev",
      "run": ["./{output}"]}]})",
                                              "test");
  ReferenceSubmission reference = expecting({"AC"});
  reference.language = "absent";
  const VerifyResult result =
      verify_submission(problem_of(false), reference, judge, *languages, {});
  EXPECT_TRUE(result.skipped);
  EXPECT_EQ(result.reason, "Absent is not installed (apt-get install absent-dev)");
}

TEST(VerifySubmission, ReportsAFileThatCannotBeRead) {
  FixedJudge judge;
  ReferenceSubmission reference = expecting({"AC"});
  reference.language = "c";
  reference.files = {"/no/such/file.c"};
  const VerifyResult result =
      verify_submission(problem_of(false), reference, judge, Languages::built_in(), {});
  EXPECT_FALSE(result.skipped);
  EXPECT_FALSE(result.agrees);
  EXPECT_FALSE(result.reason.empty());
}

}  // namespace
}  // namespace eval::judges
