#include "judges/steps/comparison.h"

#include <gtest/gtest.h>

namespace eval::judges {
namespace {

using problems::Checker;
using problems::Comparison;
using problems::Testcase;

CheckOutcome compared(Comparison how, std::vector<std::string> flags, std::string_view answer,
                      std::string_view output) {
  Checker checker;
  checker.comparison = how;
  Testcase testcase;
  testcase.checker_args = std::move(flags);
  return compare(checker, testcase, answer, output);
}

TEST(CompareExactly, TakesTheSameBytesAndNothingElse) {
  EXPECT_EQ(compare_exactly("a b\n", "a b\n").verdict, Verdict::AC);
  EXPECT_EQ(compare_exactly("a b\n", "a b").verdict, Verdict::WA);
  EXPECT_EQ(compare_exactly("a b\n", "a b\n\n").verdict, Verdict::WA);
  EXPECT_EQ(compare_exactly("a b\n", "a  b\n").verdict, Verdict::WA);
}

TEST(CompareExactly, NamesTheFirstByteThatDiffers) {
  EXPECT_EQ(compare_exactly("ab\ncd\n", "ab\ncx\n").message,
            "line 2, byte 2: expected byte 100, got 120");
  EXPECT_EQ(compare_exactly("ab\ncd\n", "ab\n").message, "line 2: the output ends too soon");
  EXPECT_EQ(compare_exactly("ab\n", "ab\ncd\n").message, "line 2: the output goes on");
}

TEST(CompareLines, IgnoresWhiteSpaceAtTheEndOfLinesAndOfTheText) {
  EXPECT_EQ(compare_lines("a b\nc\n", "a b \t\r\nc\n\n\n").verdict, Verdict::AC);
  EXPECT_EQ(compare_lines("a b\nc", "a b\nc\n").verdict, Verdict::AC);
}

TEST(CompareLines, KeepsOtherWhiteSpaceApart) {
  EXPECT_EQ(compare_lines("a b\n", "a  b\n").verdict, Verdict::WA);
  EXPECT_EQ(compare_lines("a\n", " a\n").verdict, Verdict::WA);
  EXPECT_EQ(compare_lines("a\nb\n", "a b\n").verdict, Verdict::WA);
  EXPECT_EQ(compare_lines("a\n\nb\n", "a\nb\n").message, "line 2: expected \"\", got \"b\"");
}

TEST(CompareWhite, TreatsRunsOfWhiteSpaceInALineAsOne) {
  EXPECT_EQ(compare_white("1 2 3\n4\n", "  1\t2 \v 3\r\n4\n \n\n").verdict, Verdict::AC);
  EXPECT_EQ(compare_white("1 2 3\n4\n", "1 2 3 4\n").verdict, Verdict::WA);
  EXPECT_EQ(compare_white("1 2 3\n", "12 3\n").verdict, Verdict::WA);
}

TEST(CompareWhite, SaysWhichTextEndsTooSoon) {
  EXPECT_EQ(compare_white("1\n2\n", "1\n").message, "line 2: the output ends; expected \"2\"");
  EXPECT_EQ(compare_white("1\n", "1\n2\n").message,
            "line 2: expected the end of the output, got \"2\"");
}

TEST(CompareWordLines, LeavesOutLinesWithoutWords) {
  EXPECT_EQ(compare_word_lines("1 2\n3\n", "\n 1  2\n \t\n\n3").verdict, Verdict::AC);
  EXPECT_EQ(compare_word_lines("1 2\n\n3\n", "1 2\n3\n").verdict, Verdict::AC);
  EXPECT_EQ(compare_word_lines("1 2\n3\n", "1 2 3\n").verdict, Verdict::WA);
  EXPECT_EQ(compare_word_lines("1\n", "1\n\n2\n").verdict, Verdict::WA);
}

TEST(CompareRealNumbers, AllowsTheToleranceForNumbersOnly) {
  EXPECT_EQ(compare_real_numbers("x 1.0 100", "x 1.0009 100.09", 1e-3).verdict, Verdict::AC);
  EXPECT_EQ(compare_real_numbers("1.0", "1.0011", 1e-3).verdict, Verdict::WA);
  EXPECT_EQ(compare_real_numbers("yes", "YES", 1e-3).verdict, Verdict::WA);
  EXPECT_EQ(compare_real_numbers("1.0", "one", 1e-3).verdict, Verdict::WA);
  EXPECT_EQ(compare_real_numbers("1.0", "nan", 1e-3).verdict, Verdict::WA);
}

TEST(Compare, ReadsThePrecisionFromTheFlags) {
  EXPECT_EQ(compared(Comparison::RealNumbers, {"precision", "2"}, "1", "1.005").verdict,
            Verdict::AC);
  EXPECT_EQ(compared(Comparison::RealNumbers, {"3"}, "1", "1.005").verdict, Verdict::WA);
  EXPECT_EQ(compared(Comparison::RealNumbers, {}, "1", "1.0000009").verdict, Verdict::AC);
  EXPECT_EQ(compared(Comparison::RealNumbers, {}, "1", "1.00001").verdict, Verdict::WA);
}

TEST(Compare, CallsAFlagItDoesNotKnowAJudgeError) {
  EXPECT_EQ(compared(Comparison::RealNumbers, {"many"}, "1", "1").verdict, Verdict::JE);
  EXPECT_EQ(compared(Comparison::WhiteDiff, {"case_sensitive"}, "1", "1").verdict, Verdict::JE);
  EXPECT_EQ(compared(Comparison::Tokens, {"nonsense"}, "1", "1").verdict, Verdict::JE);
}

TEST(Compare, PassesTokenFlagsOn) {
  EXPECT_EQ(compared(Comparison::Tokens, {}, "Yes", "yes").verdict, Verdict::AC);
  EXPECT_EQ(compared(Comparison::Tokens, {"case_sensitive"}, "Yes", "yes").verdict, Verdict::WA);
}

}  // namespace
}  // namespace eval::judges
