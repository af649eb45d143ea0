#include "base/regex.h"

#include <gtest/gtest.h>

namespace eval {
namespace {

TEST(Regex, MatchesFromTheBeginning) {
  const auto matched = match_beginnings("00[0-2]|1", {"000", "003", "100", "x000"});
  ASSERT_TRUE(matched);
  EXPECT_EQ(*matched, (std::vector<bool>{true, false, true, false}));
}

TEST(Regex, RefusesWhatIsNone) {
  EXPECT_FALSE(match_beginnings("(", {"a"}));
  EXPECT_FALSE(match_beginnings("a{999999}{999999}", {"a"}));
  EXPECT_FALSE(match_beginnings(std::string(10'000, 'a'), {"a"}));
}

}  // namespace
}  // namespace eval
