#include "judges/steps/token_checker.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

#include "base/files.h"
#include "base/text.h"

namespace eval::judges {
namespace {

using Flags = std::vector<std::string>;

Verdict verdict(std::string_view answer, std::string_view output, const Flags& words = {}) {
  const auto flags = parse_token_flags(words);
  EXPECT_TRUE(flags.has_value());
  return check_tokens(answer, output, *flags).verdict;
}

std::string message(std::string_view answer, std::string_view output, const Flags& words = {}) {
  return check_tokens(answer, output, *parse_token_flags(words)).message;
}

TEST(CheckTokens, IsBlindToSpaceAndCaseByDefault) {
  EXPECT_EQ(verdict("Hello  World\n", "\r\nhello\tWORLD"), Verdict::AC);
}

TEST(CheckTokens, SeesCaseAndSpaceWhenAsked) {
  EXPECT_EQ(verdict("Hello", "hello", {"case_sensitive"}), Verdict::WA);
  EXPECT_EQ(verdict("a b\n", "a  b\n", {"space_change_sensitive"}), Verdict::WA);
  EXPECT_EQ(verdict("a b\n", "a b", {"space_change_sensitive"}), Verdict::WA);
  EXPECT_EQ(verdict("a b", "a b\n", {"space_change_sensitive"}), Verdict::WA);
  EXPECT_EQ(verdict("a b\n", "a b\n", {"space_change_sensitive"}), Verdict::AC);
}

TEST(CheckTokens, AcceptsTwoEmptyTexts) {
  EXPECT_EQ(verdict("", " \n"), Verdict::AC);
}

TEST(CheckTokens, RejectsMissingAndTrailingTokens) {
  EXPECT_EQ(verdict("1 2", "1"), Verdict::WA);
  EXPECT_EQ(verdict("1", "1 2"), Verdict::WA);
}

TEST(CheckTokens, ComparesNumbersOnlyWithATolerance) {
  EXPECT_EQ(verdict("1.0", "1"), Verdict::WA);
  EXPECT_EQ(verdict("1.0", "1", {"float_tolerance", "0"}), Verdict::AC);
  EXPECT_EQ(verdict("1", "+1e0", {"float_tolerance", "1e-9"}), Verdict::AC);
  EXPECT_EQ(verdict("16", "0x10", {"float_tolerance", "1e-9"}), Verdict::AC);
}

TEST(CheckTokens, NeedsOnlyOneOfTheTwoTolerances) {
  const Flags both = {"float_absolute_tolerance", "0.1", "float_relative_tolerance", "0.01"};
  EXPECT_EQ(verdict("1000", "1009", both), Verdict::AC);
  EXPECT_EQ(verdict("0.001", "0.1", both), Verdict::AC);
  EXPECT_EQ(verdict("1000", "1011", both), Verdict::WA);
}

TEST(CheckTokens, TreatsInfinityAndNanOfTheAnswerAsText) {
  const Flags flags = {"float_tolerance", "0.5"};
  EXPECT_EQ(verdict("inf", "INF", flags), Verdict::AC);
  EXPECT_EQ(verdict("inf", "infinity", flags), Verdict::WA);
  EXPECT_EQ(verdict("nan", "nan", flags), Verdict::AC);
  EXPECT_EQ(verdict("nan", "0", flags), Verdict::WA);
  EXPECT_EQ(verdict("1", "nan", flags), Verdict::WA);
  EXPECT_EQ(verdict("1", "inf", flags), Verdict::WA);
  EXPECT_EQ(verdict("1e999", "1E999", flags), Verdict::AC);
}

TEST(CheckTokens, TakesAnswersThatUnderflowAsNumbers) {
  EXPECT_EQ(verdict("1e-400", "0", {"float_tolerance", "1e-6"}), Verdict::AC);
}

TEST(CheckTokens, ComparesBytesBehindANul) {
  using namespace std::string_view_literals;
  EXPECT_EQ(verdict("a\0b"sv, "a\0c"sv), Verdict::WA);
}

TEST(CheckTokens, NamesLineTokenAndBothTexts) {
  EXPECT_EQ(message("1 2\n3 4\n", "1 2\n3 5\n"),
            "line 2, token 4 (line 2 of the answer): expected \"4\", got \"5\"");
}

TEST(CheckTokens, SaysThatTheOutputIsEmpty) {
  EXPECT_EQ(message("Hello", ""),
            "line 1, token 1 (line 1 of the answer): the output is empty; expected \"Hello\"");
}

TEST(CheckTokens, ShortensLongTokensAroundTheirDifference) {
  const std::string same(5000, 'a');
  const std::string text = message(same + "x", same + "y");
  EXPECT_LT(text.size(), 300U);
  EXPECT_NE(text.find("aaax\""), std::string::npos) << text;
}

TEST(CheckTokens, WritesValidUtf8AboutBinaryOutput) {
  const std::string text = message("\xff\xfe", "\x80\xc3");
  EXPECT_FALSE(find_invalid_utf8(text).has_value());
}

TEST(CheckTokens, ReadsTwentyMegabytesInWellUnderASecond) {
  std::string text;
  for (int i = 0; text.size() < 20'000'000; ++i) text += std::to_string(i) + ' ';
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(verdict(text, text, {"float_tolerance", "1e-6"}), Verdict::AC);
  // Debug builds under load take a third of this.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(ParseTokenFlags, RefusesAnUnknownFlag) {
  const Flags words = {"case_insensitive"};
  const auto flags = parse_token_flags(words);
  ASSERT_FALSE(flags.has_value());
  EXPECT_NE(flags.error().what.find("case_insensitive"), std::string::npos);
}

TEST(ParseTokenFlags, RefusesAToleranceWithoutANumber) {
  EXPECT_FALSE(parse_token_flags(Flags{"float_tolerance"}).has_value());
  EXPECT_FALSE(parse_token_flags(Flags{"float_tolerance", "small"}).has_value());
}

// The test vectors of problemtools: args.txt, judge.ans, user.out, expected_exit_code.txt.
TEST(CheckTokens, ReproducesTheExitCodesOfTheKattisVectors) {
  const char* data = std::getenv("EVALCTL_TEST_DATA");
  if (data == nullptr) GTEST_SKIP() << "EVALCTL_TEST_DATA is not set";
  const fs::path root = fs::path(data) / "icpc/problemtools_default_validator_tests";
  const auto names = list_directory(root);
  ASSERT_TRUE(names.has_value());
  int seen = 0;
  for (const std::string& name : *names) {
    const auto answer = read_file(root / name / "judge.ans");
    if (!answer) continue;
    Flags words;
    const std::string arguments = read_file(root / name / "args.txt").value_or("");
    for (const auto word : split_words(arguments)) {
      words.emplace_back(word);
    }
    const std::string expected(trim(*read_file(root / name / "expected_exit_code.txt")));
    EXPECT_EQ(verdict(*answer, *read_file(root / name / "user.out"), words),
              expected == "42" ? Verdict::AC : Verdict::WA)
        << name;
    ++seen;
  }
  EXPECT_EQ(seen, 24);
}

}  // namespace
}  // namespace eval::judges
