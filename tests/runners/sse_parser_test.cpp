#include "runners/sse_parser.h"

#include <gmock/gmock.h>

namespace eval::runners {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SseParser, GivesTheDataOfEachEvent) {
  SseParser parser;
  EXPECT_THAT(parser.feed("data: one\n\ndata: two\n\n"), ElementsAre("one", "two"));
}

TEST(SseParser, WaitsForTheBlankLineThatEndsAnEvent) {
  SseParser parser;
  EXPECT_THAT(parser.feed("data: one\n"), IsEmpty());
  EXPECT_THAT(parser.feed("\n"), ElementsAre("one"));
}

TEST(SseParser, AcceptsAllThreeLineEnds) {
  SseParser parser;
  EXPECT_THAT(parser.feed("data: a\r\n\r\ndata: b\r\rdata: c\n\n"), ElementsAre("a", "b", "c"));
}

TEST(SseParser, DropsCommentsAndOtherFields) {
  SseParser parser;
  EXPECT_THAT(parser.feed(": ping\n\nevent: x\nid: 7\nretry: 10\ndata: a\ndatabase: b\n\n"),
              ElementsAre("a"));
}

TEST(SseParser, JoinsSeveralDataLinesOfOneEvent) {
  SseParser parser;
  EXPECT_THAT(parser.feed("data: a\ndata: b\ndata\n\n"), ElementsAre("a\nb\n"));
}

TEST(SseParser, TakesAwayOneBlankAfterTheColonAndNoMore) {
  SseParser parser;
  EXPECT_THAT(parser.feed("data:a\n\ndata:  b\n\n"), ElementsAre("a", " b"));
}

TEST(SseParser, KeepsColonsInsideTheData) {
  SseParser parser;
  EXPECT_THAT(parser.feed("data: {\"a\":1}\n\n"), ElementsAre("{\"a\":1}"));
}

TEST(SseParser, SkipsAByteOrderMark) {
  SseParser parser;
  EXPECT_THAT(parser.feed("\xEF\xBB\xBF"
                          "data: a\n\n"),
              ElementsAre("a"));
}

TEST(SseParser, GivesAnUnfinishedEventAtTheEnd) {
  SseParser parser;
  EXPECT_THAT(parser.feed("data: a\n\ndata: [DONE]"), ElementsAre("a"));
  EXPECT_EQ(parser.finish(), "[DONE]");
  EXPECT_EQ(parser.finish(), std::nullopt);
}

TEST(SseParser, GivesNothingAtTheEndOfACompleteStream) {
  SseParser parser;
  parser.feed("data: a\n\n");
  EXPECT_EQ(parser.finish(), std::nullopt);
}

// A stream with every line end, a comment, a field, two data lines and characters of 2 and 4 bytes.
const std::string kStream =
    ": c\r\n\r\ndata: {\"t\":\"wörld 🌍\"}\r\n\r\nevent: e\ndata: x\ndata: y\n\ndata: "
    "z\r\rdata:\n\n";

std::vector<std::string> all_events() {
  return {"{\"t\":\"wörld 🌍\"}", "x\ny", "z", ""};
}

TEST(SseParser, DoesNotCareWhereTheStreamIsCutInTwo) {
  for (std::size_t cut = 0; cut <= kStream.size(); ++cut) {
    SseParser parser;
    std::vector<std::string> events = parser.feed(kStream.substr(0, cut));
    for (std::string& event : parser.feed(kStream.substr(cut))) events.push_back(std::move(event));
    EXPECT_EQ(events, all_events()) << "cut at byte " << cut;
  }
}

TEST(SseParser, TakesAStreamByteByByte) {
  SseParser parser;
  std::vector<std::string> events;
  for (const char byte : kStream) {
    for (std::string& event : parser.feed({&byte, 1})) events.push_back(std::move(event));
  }
  EXPECT_EQ(events, all_events());
}

}  // namespace
}  // namespace eval::runners
