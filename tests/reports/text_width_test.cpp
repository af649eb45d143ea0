#include "reports/text_width.h"

#include <gtest/gtest.h>

namespace eval::reports {
namespace {

TEST(DisplayWidth, CountsAsciiAsOneColumnEach) {
  EXPECT_EQ(display_width("abc"), 3U);
}
TEST(DisplayWidth, CountsAccentedLettersAsOneColumn) {
  EXPECT_EQ(display_width("räksmörgås"), 10U);
}
TEST(DisplayWidth, CountsEastAsianLettersAsTwoColumns) {
  EXPECT_EQ(display_width("漢字かな한"), 10U);
}
TEST(DisplayWidth, CountsCombiningMarksAsNothing) {
  EXPECT_EQ(display_width("e\xCC\x81"), 1U);
}
TEST(DisplayWidth, CountsEmojiAsTwoColumns) {
  EXPECT_EQ(display_width("\xF0\x9F\x8E\x89"), 2U);
}

TEST(Printable, DisarmsEscapeSequences) {
  EXPECT_EQ(printable("\x1b[31mred"), "\xEF\xBF\xBD[31mred");
}
TEST(Printable, PutsEverythingOnOneLine) {
  EXPECT_EQ(printable("a\r\nb\tc"), "a b c");
}
TEST(Printable, ReplacesMarksThatReorderText) {
  EXPECT_EQ(printable("\xE2\x80\xAEx"), "\xEF\xBF\xBDx");
}
TEST(Printable, ReplacesC1Controls) {
  EXPECT_EQ(printable("\xC2\x9B"
                      "1m"),
            "\xEF\xBF\xBD"
            "1m");
}
TEST(Printable, ReplacesInvalidUtf8) {
  EXPECT_EQ(printable("a\xFFz"), "a\xEF\xBF\xBDz");
}

TEST(Fit, PadsShortText) {
  EXPECT_EQ(fit("ab", 4), "ab  ");
}
TEST(Fit, CutsLongTextWithAnEllipsis) {
  EXPECT_EQ(fit("abcdef", 4), "abc…");
}
TEST(Fit, FillsTheColumnThatAWideLetterLeaves) {
  EXPECT_EQ(fit("漢字漢", 4), "漢… ");
}
TEST(Fit, TakesAnExactFit) {
  EXPECT_EQ(fit("漢字", 4), "漢字");
}
TEST(Fit, GivesNothingForNoColumns) {
  EXPECT_EQ(fit("abc", 0), "");
}

TEST(AlignRight, PadsOnTheLeft) {
  EXPECT_EQ(align_right("7", 3), "  7");
}
TEST(Wrap, BreaksAtSpaces) {
  EXPECT_EQ(wrap("one two three", 8), "one two\nthree");
}
TEST(Wrap, KeepsALongWordWhole) {
  EXPECT_EQ(wrap("a extraordinary b", 5), "a\nextraordinary\nb");
}

}  // namespace
}  // namespace eval::reports
