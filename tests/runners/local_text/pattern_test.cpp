#include "runners/local/text/pattern.h"

#include <gtest/gtest.h>

namespace eval::runners::local {
namespace {

std::vector<std::string> matches(std::string_view pattern, std::string_view text) {
  const auto compiled = Pattern::compile(pattern);
  if (!compiled) return {"error: " + compiled.error().what};
  std::vector<TextRange> ranges;
  if (const auto found = compiled->find_all(text, ranges); !found) {
    return {"error: " + found.error().what};
  }
  std::vector<std::string> parts;
  for (const TextRange& range : ranges) {
    parts.emplace_back(text.substr(range.begin, range.end - range.begin));
  }
  return parts;
}

using Parts = std::vector<std::string>;

TEST(Pattern, SplitsAsGpt2Does) {
  EXPECT_EQ(matches(R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
                    "it's  12 \u00fcber!\n\n"),
            (Parts{"it", "'s", " ", " 12", " \u00fcber", "!", "\n\n"}));
}

TEST(Pattern, FoldsCaseBeyondAscii) {
  EXPECT_EQ(matches("(?i:'s|k)", "'S '\u017f \u212a"), (Parts{"'S", "'\u017f", "\u212a"}));
}

TEST(Pattern, DoesNotCountTheMongolianVowelSeparatorAsASpace) {
  EXPECT_EQ(matches(R"(\s)", "\u180e"), Parts{});
  EXPECT_EQ(matches(R"([\s])", "\u180e"), Parts{});
  EXPECT_EQ(matches(R"(\S)", "\u180e"), Parts{"\u180e"});
  EXPECT_EQ(matches(R"(\s+)", "\u0085\u2028\u3000"), Parts{"\u0085\u2028\u3000"});
}

TEST(Pattern, KnowsOnigurumasWordCharacters) {
  EXPECT_EQ(matches(R"(\w+)", "a\u0301_1\u00bd\u24b6 \u2488"), Parts{"a\u0301_1\u00bd\u24b6"});
}

TEST(Pattern, ReadsComplementsInAClass) {
  EXPECT_EQ(matches(R"([^\S\r\n]+)", "a \t\nb"), Parts{" \t"});
  EXPECT_EQ(matches(R"([\Sx ])", "a \n"), (Parts{"a", " "}));
}

TEST(Pattern, ReadsAnOpenInterval) {
  EXPECT_EQ(matches("ba{,2}", "baaab"), (Parts{"baa", "b"}));
  EXPECT_EQ(matches("a{x", "a{x"), Parts{"a{x"});
}

TEST(Pattern, MeansTheScriptByAScriptName) {
  // U+3001 is used with Han (Script_Extensions) but not of it.
  EXPECT_EQ(matches(R"(\p{Han})", "\u4e2d\u3001"), Parts{"\u4e2d"});
}

TEST(Pattern, RefusesByNameWhatEnginesDisagreeOn) {
  for (const std::string_view pattern :
       {R"((a)\1)", "[a[bc]]", "[a&&b]", "a{1,2}+", "a{2}?", "(?R)", "(*FAIL)", R"(\bx)", R"(\X)",
        R"(\Qa\E)", "(?x: a)", "a(?i)b", R"(\p)", "[a", "(?<n"}) {
    const auto compiled = Pattern::compile(pattern);
    ASSERT_FALSE(compiled.has_value()) << pattern;
    EXPECT_NE(compiled.error().what.find("pattern"), std::string::npos) << compiled.error().what;
  }
}

TEST(Pattern, ReportsAPatternThatDoesNotCompile) {
  EXPECT_EQ(Pattern::compile("a)b").error().code, ErrorCode::BadInput);
  EXPECT_EQ(Pattern::compile(R"(\p{Nonsense})").error().code, ErrorCode::BadInput);
  EXPECT_EQ(Pattern::compile(std::string(100'000, 'a')).error().code, ErrorCode::BadInput);
}

TEST(Pattern, EndsACatastrophicMatchWithAnError) {
  const Parts found = matches("(?:a|a|aa)+$", std::string(60, 'a') + "b");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found.front().find("takes too long"), std::string::npos) << found.front();
}

TEST(Pattern, TakesALiteralAsItIs) {
  const auto pattern = Pattern::literal("a.b\n");
  std::vector<TextRange> ranges;
  ASSERT_TRUE(pattern->find_all("axb\na.b\n", ranges).has_value());
  EXPECT_EQ(ranges, (std::vector<TextRange>{{4, 8}}));
}

}  // namespace
}  // namespace eval::runners::local
