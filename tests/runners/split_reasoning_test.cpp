#include <gtest/gtest.h>

#include <ostream>

#include "runners/http_runner.h"

namespace eval::runners {
namespace {

struct Case {
  const char* name;
  std::string text;
  std::optional<std::string> reasoning;
  std::string answer;
};

std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << one.name;
}

class SplitReasoning : public ::testing::TestWithParam<Case> {};

TEST_P(SplitReasoning, GivesReasoningAndAnswer) {
  const SplitReply reply = split_reasoning(GetParam().text);
  EXPECT_EQ(reply.reasoning, GetParam().reasoning);
  EXPECT_EQ(reply.answer, GetParam().answer);
}

INSTANTIATE_TEST_SUITE_P(
    Golden, SplitReasoning,
    ::testing::Values(
        Case{"NoTags", "plain answer\n", std::nullopt, "plain answer\n"},
        Case{"Empty", "", std::nullopt, ""},
        Case{"BothTags", "<think>\nhm\n</think>\n\nanswer\n", "hm", "answer\n"},
        Case{"BothTagsOnOneLine", "<think>hm</think>answer", "hm", "answer"},
        Case{"BlanksBeforeTheOpeningTag", "\n  <think>hm</think>answer", "hm", "answer"},
        Case{"NoOpeningTag", "hm\n</think>\nanswer", "hm", "answer"},
        Case{"Unfinished", "<think>\nhm, and then", "hm, and then", ""},
        Case{"OnlyTheOpeningTag", "<think>", std::nullopt, ""},
        Case{"EmptyThought", "<think>\n\n</think>\n\nanswer", std::nullopt, "answer"},
        Case{"NoAnswer", "<think>hm</think>", "hm", ""},
        Case{"FirstClosingTagEnds", "<think>a</think>b</think>c", "a", "b</think>c"},
        Case{"KeepsIndentation", "<think>\n  hm\n</think>\n    answer", "  hm", "    answer"},
        Case{"TagsInsideAnAnswer", "Use <think>x</think> like this", std::nullopt,
             "Use <think>x</think> like this"},
        Case{"AnotherOpeningTagInside", "<think>a <think> b</think>c", "a <think> b", "c"},
        Case{"HalfATag", "<thin", std::nullopt, "<thin"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace eval::runners
