// Extraction reads what a model wrote, which may be anything. A bounded, seeded search: texts put
// together from the pieces the rules look for, mutated byte by byte.
#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "base/text.h"
#include "evaluator/extract.h"

namespace eval::evaluator {
namespace {

constexpr std::string_view kPieces[] = {
    "```",  "````", "~~~",     "```cpp\n", "```python\n", "\n",  "\r\n", "\r",     " ",
    "    ", "\t",   "<think>", "</think>", "int main()",  "`",   "~",    "\\",     "\xff\xfe",
    "é",    "> ",   "- ",      "a",        "{",           "```", "\n",   "\n```\n"};

std::string random_text(SplitMix64& random) {
  std::string text;
  const std::uint64_t pieces = random.below(40);
  for (std::uint64_t i = 0; i < pieces; ++i) text += kPieces[random.below(std::size(kPieces))];
  for (std::uint64_t i = random.below(4); i > 0 && !text.empty(); --i) {
    text[random.below(text.size())] = static_cast<char>(random.below(256));
  }
  return text;
}

// Every line of the code is a part of some line of the text: nothing is invented or joined.
void expect_taken_from(const std::string& text, const CodeBlock& block) {
  ASSERT_TRUE(block.code.empty() || block.code.ends_with('\n'));
  for (const std::string& line : split(block.code, '\n')) {
    ASSERT_NE(text.find(line), std::string::npos) << "line \"" << line << "\"";
  }
  ASSERT_LE(block.code.size(), text.size() + 1);
}

TEST(ExtractFuzz, TakesOnlyWhatTheTextHoldsAndNeverFails) {
  SplitMix64 random(20260314);
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = random_text(random);
    SCOPED_TRACE(round);
    for (const std::string& name : extraction_rule_names()) {
      const auto block = extract_code(text, *extraction_rule_from_name(name), {"cpp"});
      if (block) expect_taken_from(text, *block);
    }
    ASSERT_FALSE(HasFatalFailure());
  }
}

TEST(ExtractFuzz, ReadsAMegabyteOfFencesInOnePass) {
  std::string text;
  while (text.size() < (1u << 20)) text += "```\n~~~\n````\n";
  EXPECT_LE(fenced_blocks(text).size(), text.size() / 4);
}

}  // namespace
}  // namespace eval::evaluator
