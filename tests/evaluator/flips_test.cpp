#include "evaluator/flips.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eval::evaluator {
namespace {

using judges::Judgement;
using judges::Stability;
using judges::Verdict;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct Test {
  const char* name;
  Verdict verdict;
  Stability stability = Stability::Clear;
};

Judgement judged(Verdict verdict, const std::vector<Test>& tests) {
  Judgement judgement;
  judgement.verdict = verdict;
  judgement.points = verdict == Verdict::AC ? 1 : 0;
  judgement.fingerprint = "judge 3";
  for (const Test& test : tests) {
    judgement.tests.emplace_back();
    judgement.tests.back().testcase = test.name;
    judgement.tests.back().verdict = test.verdict;
    judgement.tests.back().stability = test.stability;
  }
  return judgement;
}

std::vector<Flip> flips_of(std::vector<Judgement> judgements, int times) {
  Attempt attempt;
  attempt.problem_id = "suite/a";
  attempt.index = 2;
  attempt.judgements = std::move(judgements);
  return find_flips({attempt}, times);
}

const Judgement kAccepted = judged(Verdict::AC, {{"1", Verdict::AC}, {"2", Verdict::AC}});
const Judgement kNearTle =
    judged(Verdict::TLE, {{"1", Verdict::AC}, {"2", Verdict::TLE, Stability::ReRun}});
const Judgement kWrong = judged(Verdict::WA, {{"1", Verdict::WA}});

TEST(Flips, AreNoneWhereAllJudgementsAgree) {
  EXPECT_THAT(flips_of({kAccepted, kAccepted, kAccepted}, 3), IsEmpty());
  EXPECT_THAT(flips_of({}, 3), IsEmpty());
}

TEST(Flips, OfATestcaseNearALimitAreAClassOfTheirOwn) {
  const auto flips = flips_of({kAccepted, kNearTle, kAccepted}, 3);
  ASSERT_THAT(flips, SizeIs(1));
  EXPECT_TRUE(flips[0].is_near_limit);
  EXPECT_EQ(flips[0].problem_id, "suite/a");
  EXPECT_EQ(flips[0].attempt, 2);
  EXPECT_THAT(flips[0].verdicts, ElementsAre(Verdict::AC, Verdict::TLE, Verdict::AC));
  EXPECT_THAT(flips[0].testcases, ElementsAre("2"));
}

TEST(Flips, FarFromAnyLimitAreReported) {
  const auto flips = flips_of({kAccepted, kWrong}, 2);
  ASSERT_THAT(flips, SizeIs(1));
  EXPECT_FALSE(flips[0].is_near_limit);
  EXPECT_THAT(flips[0].testcases, ElementsAre("1"));
}

TEST(Flips, AreNotExcusedByAnotherTestcaseThatIsNear) {
  const auto flips = flips_of({kNearTle, kWrong, kAccepted}, 3);
  ASSERT_THAT(flips, SizeIs(1));
  EXPECT_FALSE(flips[0].is_near_limit);
  EXPECT_THAT(flips[0].testcases, ElementsAre("1", "2"));
}

TEST(Flips, WithoutATestcaseToBlameAreNotNearALimit) {
  const auto flips = flips_of({kAccepted, judged(Verdict::CE, {})}, 2);
  ASSERT_THAT(flips, SizeIs(1));
  EXPECT_FALSE(flips[0].is_near_limit);
}

TEST(Flips, ArePointsThatChangeToo) {
  Judgement other = kAccepted;
  other.points = 0.5;
  EXPECT_THAT(flips_of({kAccepted, other}, 2), SizeIs(1));
}

TEST(Flips, AreLookedForInTheLastJudgementsAndOneMadeAlikeBefore) {
  EXPECT_THAT(flips_of({kWrong, kAccepted, kAccepted, kAccepted}, 2), IsEmpty());
  EXPECT_THAT(flips_of({kWrong, kAccepted, kAccepted}, 2), SizeIs(1));
  Judgement other_judge = kWrong;
  other_judge.fingerprint = "judge 2";
  EXPECT_THAT(flips_of({other_judge, kAccepted, kAccepted}, 2), IsEmpty());
  other_judge = kWrong;
  other_judge.time_limit = std::chrono::milliseconds(1);
  EXPECT_THAT(flips_of({other_judge, kAccepted, kAccepted}, 2), IsEmpty());
}

}  // namespace
}  // namespace eval::evaluator
