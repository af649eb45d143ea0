#include "evaluator/extract.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/files.h"
#include "base/json.h"

namespace eval::evaluator {
namespace {

using Blocks = std::vector<CodeBlock>;

std::optional<std::string> code(std::string_view text, ExtractionRule rule) {
  const auto block = extract_code(text, rule, {"python", "py"});
  if (!block) return std::nullopt;
  return block->code;
}

TEST(FencedBlocks, ReadsTagAndCodeOfEachBlockInOrder) {
  EXPECT_EQ(fenced_blocks("one\n```cpp\nint a;\n```\ntwo\n~~~ Python title=x\nb\n~~~\n"),
            (Blocks{{"cpp", "int a;\n"}, {"python", "b\n"}}));
}

TEST(FencedBlocks, ClosesOnlyWithTheSameCharacterAtLeastAsLong) {
  EXPECT_EQ(fenced_blocks("````md\n```\ninner\n```\n~~~~\n`````\n"),
            (Blocks{{"md", "```\ninner\n```\n~~~~\n"}}));
}

TEST(FencedBlocks, DoesNotCloseAtAFenceWithAnInfoString) {
  EXPECT_EQ(fenced_blocks("```\na\n``` b\n```\n"), (Blocks{{"", "a\n``` b\n"}}));
}

TEST(FencedBlocks, RemovesTheIndentationOfTheOpeningFence) {
  EXPECT_EQ(fenced_blocks("  ```py\n  a\n    b\n c\n   ```"), (Blocks{{"py", "a\n  b\nc\n"}}));
}

TEST(FencedBlocks, TakesFourSpacesAsIndentedCodeAndNotAsAFence) {
  EXPECT_EQ(fenced_blocks("    ```\n    a\n    ```\n"), Blocks{});
  EXPECT_EQ(fenced_blocks("```\na\n    ```\n```\n"), (Blocks{{"", "a\n    ```\n"}}));
  EXPECT_EQ(fenced_blocks("\t```\na\n\t```\n"), Blocks{});
}

TEST(FencedBlocks, IgnoresInlineCodeThatStartsALine) {
  EXPECT_EQ(fenced_blocks("```not a fence``` here\n```\na\n```\n"), (Blocks{{"", "a\n"}}));
}

TEST(FencedBlocks, AllowsBackticksInTheInfoStringOfATildeFence) {
  EXPECT_EQ(fenced_blocks("~~~ aa ``` ~~~\nx\n~~~\n"), (Blocks{{"aa", "x\n"}}));
}

TEST(FencedBlocks, LeavesOutABlockThatIsNeverClosed) {
  EXPECT_EQ(fenced_blocks("```\na\n```\n```cpp\nint main() {\n"), (Blocks{{"", "a\n"}}));
}

TEST(FencedBlocks, TakesCrlfAndLoneCrAsLineEnds) {
  EXPECT_EQ(fenced_blocks("```cpp\r\na\r\n\r\nb\r\n```\r\n"), (Blocks{{"cpp", "a\n\nb\n"}}));
  EXPECT_EQ(fenced_blocks("```\ra\r```\r"), (Blocks{{"", "a\n"}}));
}

TEST(FencedBlocks, KeepsAnEmptyBlockAndTheLastLineWithoutNewline) {
  EXPECT_EQ(fenced_blocks("```\n```\n```x\ny\n```"), (Blocks{{"", ""}, {"x", "y\n"}}));
}

// One reply, four rules, four answers. (The prose with ``` is what LiveCodeBench trips over.)
constexpr std::string_view kManyBlocks =
    "First try:\n"
    "```cpp\nint main() { return 0; }  // long enough to be the longest block of them all\n```\n"
    "In Python:\n"
    "```python\nprint(1)\n```\n"
    "Output:\n"
    "```\n1\n```\n"
    "I put it between ``` as asked.\n";

TEST(ExtractCode, LastBlockTakesTheLastCompleteBlock) {
  EXPECT_EQ(code(kManyBlocks, ExtractionRule::LastBlock), "1\n");
}

TEST(ExtractCode, LongestBlockTakesTheOneWithMostBytes) {
  EXPECT_EQ(code(kManyBlocks, ExtractionRule::LongestBlock),
            "int main() { return 0; }  // long enough to be the longest block of them all\n");
}

TEST(ExtractCode, LongestBlockTakesTheLaterOfTwoEqualOnes) {
  EXPECT_EQ(code("```\na\n```\n```\nb\n```\n", ExtractionRule::LongestBlock), "b\n");
}

TEST(ExtractCode, FirstTaggedTakesTheFirstBlockOfTheLanguage) {
  EXPECT_EQ(code(kManyBlocks, ExtractionRule::FirstTagged), "print(1)\n");
}

TEST(ExtractCode, LastTwoFencesTakesWhatLiesBetweenTheLastTwoLinesWithBackticks) {
  EXPECT_EQ(code(kManyBlocks, ExtractionRule::LastTwoFences), "");
}

TEST(ExtractCode, LastTwoFencesCountsTheClosingFenceOfAnEarlierBlock) {
  EXPECT_EQ(code("```python\na\n```\nbye ```\n", ExtractionRule::LastTwoFences), "");
  EXPECT_EQ(code("```python\na\n```\nso\n```", ExtractionRule::LastTwoFences), "so\n");
}

TEST(ExtractCode, LastTwoFencesSeesFencesThatMarkdownDoesNot) {
  EXPECT_EQ(code("1. so:\n      ```python\n      a\n      ```\n", ExtractionRule::LastTwoFences),
            "      a\n");
}

// Replies with what the official runner (commit 28fef95) took of them.
TEST(ExtractCode, LastTwoFencesFindsWhatTheOfficialRunnerFinds) {
  const auto text = read_file(fs::path(EVAL_TEST_SOURCE_DIR) / "tests/lcb/official_text.json");
  ASSERT_TRUE(text);
  const Json pairs = (*parse_json(*text, "official_text.json"))["extraction"];
  ASSERT_GE(pairs.size(), 20U);
  for (const Json& pair : pairs) {
    std::string got = code(pair[0].get<std::string>(), ExtractionRule::LastTwoFences).value_or("");
    if (got.ends_with('\n')) got.pop_back();
    EXPECT_EQ(got, pair[1].get<std::string>()) << pair.dump();
  }
}

TEST(ExtractCode, LastTwoFencesNeedsTwo) {
  EXPECT_EQ(code("```python\nprint(1)\n", ExtractionRule::LastTwoFences), std::nullopt);
  EXPECT_EQ(code("", ExtractionRule::LastTwoFences), std::nullopt);
}

TEST(ExtractCode, WholeTextIsStrippedAsPythonStrips) {
  EXPECT_EQ(code("\n \u00a0print(1)\n\nx = '```'\u3000\n", ExtractionRule::WholeText),
            "print(1)\n\nx = '```'\n");
  EXPECT_EQ(code(" \n\u2003", ExtractionRule::WholeText), std::nullopt);
}

TEST(ExtractCode, LastTwoFencesReadsTheTagOfTheOpeningLine) {
  const auto block = extract_code("```Python3 x\r\na\r\n```", ExtractionRule::LastTwoFences, {});
  EXPECT_EQ(block, (CodeBlock{"python3", "a\r\n"}));
}

TEST(ExtractCode, FirstTaggedFallsBackToTheFirstBlock) {
  EXPECT_EQ(code("```\na\n```\n```cpp\nb\n```\n", ExtractionRule::FirstTagged), "a\n");
}

TEST(ExtractCode, FirstTaggedReadsOnlyAfterTheThinking) {
  EXPECT_EQ(code("<think>\n```python\nno\n```\n</think>\n```python\nyes\n```\n",
                 ExtractionRule::FirstTagged),
            "yes\n");
}

TEST(ExtractCode, FirstTaggedFindsNothingInAnUnfinishedThought) {
  EXPECT_EQ(code("<think>\n```python\nno\n```\n", ExtractionRule::FirstTagged), std::nullopt);
}

TEST(ExtractCode, FindsNothingInTextWithoutABlock) {
  for (const ExtractionRule rule : {ExtractionRule::LastBlock, ExtractionRule::LastTwoFences,
                                    ExtractionRule::FirstTagged, ExtractionRule::LongestBlock}) {
    EXPECT_EQ(code("print(1)", rule), std::nullopt) << extraction_rule_name(rule);
  }
}

TEST(ExtractionRuleName, ReadsBackEveryRuleByItsName) {
  EXPECT_EQ(extraction_rule_names(),
            (std::vector<std::string>{"last-block", "last-two-fences", "first-tagged",
                                      "longest-block", "whole-text", "lcb-test-output",
                                      "lcb-execution", "lcb-execution-cot"}));
  for (const std::string& name : extraction_rule_names()) {
    EXPECT_EQ(extraction_rule_name(*extraction_rule_from_name(name)), name);
  }
  EXPECT_EQ(extraction_rule_from_name("last"), std::nullopt);
}

TEST(ExtractCode, AgreesWithLiveCodeBenchOnEveryRecordedGeneration) {
  const char* data = std::getenv("EVALCTL_TEST_DATA");
  if (data == nullptr) GTEST_SKIP() << "EVALCTL_TEST_DATA is not set";
  int compared = 0;
  for (const std::string model : {"o1-mini", "o1-preview"}) {
    const fs::path file = fs::path(data) / "livecodebench/generations" / (model + ".eval_all.json");
    const auto text = read_file(file);
    ASSERT_TRUE(text) << file;
    const auto records = parse_json(*text, file.string());
    ASSERT_TRUE(records) << describe(records.error());
    for (const Json& record : *records) {
      for (std::size_t i = 0; i < record.at("output_list").size(); ++i) {
        const std::string output = record.at("output_list").at(i);
        const std::string expected = record.at("code_list").at(i);
        // Their code has no final newline.
        std::string got = code(output, ExtractionRule::LastTwoFences).value_or("");
        if (got.ends_with('\n')) got.pop_back();
        ASSERT_EQ(got, expected) << record.at("question_id");
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, 894);
}

}  // namespace
}  // namespace eval::evaluator
