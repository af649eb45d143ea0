#include "runners/local/engine/stop_texts.h"

#include <gtest/gtest.h>

namespace eval::runners::local {
namespace {

TEST(StopTexts, PassesWhatIsNoBeginningOfAStop) {
  StopTexts stops({"END"});
  EXPECT_EQ(stops.feed("abc"), "abc");
  EXPECT_EQ(stops.feed("dE"), "d");
  EXPECT_EQ(stops.feed("x"), "Ex");
  EXPECT_FALSE(stops.stopped());
}

TEST(StopTexts, CutsTheStopAndWhatFollows) {
  StopTexts stops({"END"});
  EXPECT_EQ(stops.feed("abcENDdef"), "abc");
  EXPECT_TRUE(stops.stopped());
  EXPECT_EQ(stops.feed("more"), "");
  EXPECT_EQ(stops.finish(), "");
}

TEST(StopTexts, FindsAStopThatComesInPieces) {
  StopTexts stops({"\n\n```"});
  std::string text;
  for (const char c : std::string("a\n\n``b\n\n```c")) text += stops.feed(std::string(1, c));
  EXPECT_EQ(text, "a\n\n``b");
  EXPECT_TRUE(stops.stopped());
}

TEST(StopTexts, GivesBackWhatWasHeldAtTheEnd) {
  StopTexts stops({"END"});
  EXPECT_EQ(stops.feed("xEN"), "x");
  EXPECT_EQ(stops.finish(), "EN");
}

TEST(StopTexts, TakesTheEarliestOfSeveral) {
  StopTexts stops({"late", "early"});
  EXPECT_EQ(stops.feed("an early and a late one"), "an ");
}

TEST(StopTexts, HoldsBackForTheLongestPossibleStop) {
  StopTexts stops({"b", "abab!"});
  EXPECT_EQ(stops.feed("xa"), "x");
  EXPECT_EQ(stops.feed("c"), "ac");
}

TEST(StopTexts, IgnoresEmptyOnes) {
  StopTexts stops({""});
  EXPECT_EQ(stops.feed("abc"), "abc");
  EXPECT_FALSE(stops.stopped());
}

}  // namespace
}  // namespace eval::runners::local
