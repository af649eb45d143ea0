#include "base/text.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/clock.h"

namespace eval {
namespace {

TEST(Text, SplitsLinesOfEitherEnding) {
  const std::vector<std::string_view> expected = {"a", "", "b"};
  EXPECT_EQ(split_lines("a\r\n\nb\n"), expected);
}

TEST(Text, SplitsCommandsLikeAShell) {
  const std::vector<std::string> expected = {"a b", "c", "d\"e", ""};
  EXPECT_EQ(split_command("'a b'  c \"d\\\"e\" ''"), expected);
}

TEST(Text, FindsInvalidUtf8) {
  EXPECT_EQ(find_invalid_utf8("gr\xC3\xBC\xC3\x9F"), std::nullopt);
  EXPECT_EQ(find_invalid_utf8("ab\xFF"), 2U);
  EXPECT_EQ(find_invalid_utf8("\xC0\xAF"), 0U);           // overlong "/"
  EXPECT_EQ(find_invalid_utf8("\xED\xA0\x80"), 0U);       // surrogate U+D800
  EXPECT_EQ(find_invalid_utf8("a\xF4\x90\x80\x80"), 1U);  // above U+10FFFF
  EXPECT_EQ(find_invalid_utf8("\xE2\x82"), 0U);           // cut short
}

TEST(Text, ReplacesInvalidUtf8) {
  EXPECT_EQ(to_valid_utf8("a\xFFz"), "a\xEF\xBF\xBDz");
}

TEST(Text, ShortensAtACodePoint) {
  EXPECT_EQ(shorten("a\xC3\xBC"
                    "b",
                    2),
            "a... [3 more bytes]");
  EXPECT_EQ(shorten("abc", 3), "abc");
}

TEST(Text, OffersOnlyNearMatches) {
  const std::vector<std::string> names = {"quickstart", "icpc", "ioi"};
  EXPECT_EQ(closest_match("quikstart", names), "quickstart");
  EXPECT_EQ(closest_match("wholly-different", names), std::nullopt);
}

TEST(Text, ParsesWholeNumbersOnly) {
  EXPECT_EQ(parse_integer("42"), 42);
  EXPECT_EQ(parse_integer("42x"), std::nullopt);
  EXPECT_EQ(parse_integer(""), std::nullopt);
  EXPECT_EQ(parse_integer("99999999999999999999"), std::nullopt);
  EXPECT_EQ(parse_double("1e-6"), 1e-6);
  EXPECT_EQ(parse_double("1.0 "), std::nullopt);
}

TEST(Bytes, ParsesBinaryUnits) {
  EXPECT_EQ(parse_bytes("256 MiB").value(), Bytes::mib(256));
  EXPECT_EQ(parse_bytes("2g").value(), Bytes::gib(2));
  EXPECT_FALSE(parse_bytes("two").has_value());
  EXPECT_FALSE(parse_bytes("99999999999G").has_value());
}

TEST(Bytes, PrintsOneDecimal) {
  EXPECT_EQ(to_string(Bytes{512}), "512 B");
  EXPECT_EQ(to_string(Bytes{1536}), "1.5 KiB");
  EXPECT_EQ(to_string(Bytes::gib(2)), "2 GiB");
}

TEST(Clock, FormatsTimesForPeople) {
  EXPECT_EQ(format_utc(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_utc(1'773'500'966'000), "2026-03-14T15:09:26Z");
  EXPECT_EQ(format_duration(std::chrono::milliseconds(725'000)), "12m05s");
}

}  // namespace
}  // namespace eval
