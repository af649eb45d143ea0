#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "judges/answer/answer_judge.h"
#include "judges/answer/equivalence.h"
#include "judges/answer/extract_answer.h"
#include "problems/proof_set.h"
#include "tests/support/fake_runner.h"

namespace eval::judges::answer {
namespace {

using testing::FakeRunner;

Equivalence compare(std::string_view a, std::string_view b) {
  return compare_answers(a, b).outcome;
}

struct Case {
  const char* reference;
  const char* given;
};

class SameAnswers : public ::testing::TestWithParam<Case> {};
TEST_P(SameAnswers, AreSame) {
  const Comparison result = compare_answers(GetParam().reference, GetParam().given);
  EXPECT_EQ(result.outcome, Equivalence::Same) << result.reason;
  EXPECT_EQ(compare(GetParam().given, GetParam().reference), Equivalence::Same);
}
INSTANTIATE_TEST_SUITE_P(
    Answers, SameAnswers,
    ::testing::Values(
        Case{"$\\frac{1}{2}$", "0.5"}, Case{"\\frac12", "1/2"}, Case{"3", "$3$."},
        Case{"$12^{10}$", "61917364224"}, Case{"2,025", "2025"}, Case{"2{,}025", "2025"},
        Case{"$2^{16} + 1$", "65537"}, Case{"$-\\frac{2}{3},0,\\frac{2}{3}$", "\\{2/3, -2/3, 0\\}"},
        Case{"\\pm 2", "-2, 2"}, Case{"x = 3", "3"}, Case{"$\\sqrt{2}-1$", "\\frac{1}{1+\\sqrt 2}"},
        Case{"$\\frac{5+\\sqrt{21}}{2}$", "(sqrt(21)+5)/2"}, Case{"$2^{u-2}$", "2^u/4"},
        Case{"$Q(x)=-2, Q(x)=2x-2$", "Q(x) = 2(x-1) and Q(x) = -2"},
        Case{"f(x)=x+1", "f(t) = 1 + t"}, Case{"$(-\\infty , 0]$", "(-\\infty, 0]"},
        Case{"$(2, \\frac{1}{2}, \\frac{9}{4})$", "\\left(2, 0.5, 2.25\\right)"},
        Case{"$\\binom{2k}{k}^2$", "\\left(\\frac{(2k)!}{k!^2}\\right)^2"},
        Case{"$\\frac{96\\sqrt{10}}{13}$", "96\\sqrt{10}/13"}, Case{"8^{1/3}", "2"},
        Case{"\\frac{\\sqrt{510}}{3} \\pi", "\\pi\\sqrt{510}/3"}, Case{"90", "90^\\circ"},
        Case{"5", "5 \\text{ cm}"}, Case{"[0,1)\\cup(2,3]", "(2, 3] \\cup [0, 1)"},
        Case{"\\lfloor 7/2 \\rfloor", "3"}, Case{"3a^2 - b^2 = 3", "b^2 + 3 = 3 a^2"},
        Case{"n is prime\n", "n is prime"}, Case{"$(n-2)2^n+1$", "n \\cdot 2^n - 2^{n+1} + 1"},
        Case{"\\sin^2 x", "1-\\cos^2 x"}, Case{"007", "7"}));

class DifferentAnswers : public ::testing::TestWithParam<Case> {};
TEST_P(DifferentAnswers, AreDifferent) {
  const Comparison result = compare_answers(GetParam().reference, GetParam().given);
  EXPECT_EQ(result.outcome, Equivalence::Different) << result.reason;
  EXPECT_EQ(compare(GetParam().given, GetParam().reference), Equivalence::Different);
}
INSTANTIATE_TEST_SUITE_P(
    Answers, DifferentAnswers,
    ::testing::Values(Case{"3", "4"}, Case{"\\frac13", "0.333333333333333333"},
                      Case{"1, 2, 3", "1, 2"}, Case{"(1, 2, 3)", "(3, 2, 1)"},
                      Case{"[0, 1)", "[0, 1]"}, Case{"[0, 1)", "(0, 1)"}, Case{"2^{n}", "2^{n}+1"},
                      Case{"f(x)=x", "f(x)=-x"}, Case{"\\sqrt2", "1.41421356"},
                      Case{"12345678901234567890123", "12345678901234567890124"}, Case{"1", "-1"},
                      Case{"\\infty", "7"}, Case{"1,300", "1, 301"}));

class UndecidedAnswers : public ::testing::TestWithParam<Case> {};
TEST_P(UndecidedAnswers, AreLeftToOthers) {
  EXPECT_EQ(compare(GetParam().reference, GetParam().given), Equivalence::Undecided);
}
INSTANTIATE_TEST_SUITE_P(Answers, UndecidedAnswers,
                         ::testing::Values(Case{"n is prime", "all primes"},
                                           Case{"All powers of 2", "2^k"}, Case{"2^n", "2^m"},
                                           Case{"$P(x)=cx$, where $c\\ne -1$", "P(x)=cx"},
                                           Case{"3", "three"}, Case{"2x=4", "x=2"}, Case{"3", "(3"},
                                           Case{"3", "\\frac{3}{"}));

TEST(ExtractAnswer, TakesTheLastBoxWithBalancedBraces) {
  const auto answer = extract_answer("so \\boxed{1}. Better: $\\boxed{\\frac{a}{b^{2}}}$ done");
  EXPECT_EQ(answer->text, "\\frac{a}{b^{2}}");
  EXPECT_EQ(answer->rule, "boxed");
  EXPECT_EQ(extract_answer("\\boxed{\\{1, 2\\}}")->text, "\\{1, 2\\}");
}

TEST(ExtractAnswer, FallsBackToTheAnswerLineAndTheLastLine) {
  EXPECT_EQ(extract_answer("**Answer:** $12$.\nThis is all.")->text, "12");
  EXPECT_EQ(extract_answer("Thus the answer is 7.\n\n")->text, "7");
  EXPECT_EQ(extract_answer("We compute.\n$x = 5$\n")->text, "x = 5");
  EXPECT_EQ(extract_answer("We compute.\n5\n")->rule, "last-line");
  EXPECT_FALSE(extract_answer(" \n"));
}

class AnswerJudgeTest : public ::testing::Test {
 protected:
  AnswerJudgeTest() {
    problem_.id = "a/1";
    problem_.statement = "Which n?";
    problem_.task = problems::ProofTask{.short_answer = "n is prime", .is_answer_only = true};
  }
  Judgement judge(const std::string& answer, bool with_model) {
    AnswerJudgeOptions options;
    if (with_model) options.model = proof::ProofGrader{"fake", &runner_};
    return *make_answer_judge(options)->judge(problem_, judges::Answer{answer}, {});
  }
  problems::Problem problem_;
  FakeRunner runner_;
};

TEST_F(AnswerJudgeTest, DecidesItselfWithoutAskingAModel) {
  std::get<problems::ProofTask>(problem_.task).short_answer = "1/2";
  EXPECT_EQ(judge("0.5", true).verdict, Verdict::AC);
  EXPECT_EQ(judge("0.6", true).verdict, Verdict::WA);
  EXPECT_TRUE(runner_.requests().empty());
}

TEST_F(AnswerJudgeTest, AsksTheModelForTheRestAndRecordsBoth) {
  runner_.answer = [](const auto&, auto) {
    runners::Generation generation;
    generation.text = "They mean the same.\n<same>yes</same>";
    return generation;
  };
  const Judgement judgement = judge("all primes", true);
  EXPECT_EQ(judgement.verdict, Verdict::AC);
  EXPECT_EQ(judgement.points, 1);
  ASSERT_EQ(judgement.tests.size(), 2U);
  EXPECT_EQ(judgement.tests[0].run_status, "undecided");
  EXPECT_EQ(judgement.tests[1].testcase, "model (fake)");
}

TEST_F(AnswerJudgeTest, WithoutAModelTheRestIsAJudgeErrorAndNoZero) {
  EXPECT_EQ(judge("all primes", false).verdict, Verdict::JE);
  runner_.answer = [](const auto&, auto) {
    runners::Generation generation;
    generation.text = "Perhaps.";
    return generation;
  };
  EXPECT_EQ(judge("all primes", true).verdict, Verdict::JE);
}

// Our code must never call a reference different from itself, and should read most of them.
TEST(RealAnswers, OfAnswerBenchAgreeWithThemselves) {
  const char* data = std::getenv("EVALCTL_TEST_DATA");
  if (data == nullptr) GTEST_SKIP() << "EVALCTL_TEST_DATA is not set";
  const auto set = problems::load_proof_set(std::string(data) + "/imo/imobench/answerbench_v2.csv");
  ASSERT_TRUE(set);
  int read = 0;
  for (const problems::Problem& problem : set->suite.problems) {
    const std::string& answer = std::get<problems::ProofTask>(problem.task).short_answer;
    // Spelled a little differently, so that the texts are not the same.
    const Comparison result = compare_answers(answer, "\\left(" + answer + "\\right)+0");
    const Comparison padded = compare_answers(answer + ", 1", "1, " + answer);
    EXPECT_NE(padded.outcome, Equivalence::Different) << answer << ": " << padded.reason;
    read += padded.outcome == Equivalence::Same ? 1 : 0;
  }
  EXPECT_GT(read, 330);
}

}  // namespace
}  // namespace eval::judges::answer
