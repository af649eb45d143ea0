#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "judges/submission.h"
#include "problems/problem.h"
#include "runners/runner.h"

// Generation -> submission, by a named rule. Pure.
namespace eval::evaluator {

enum class ExtractionRule {
  LastBlock,       // "last-block": the last complete fenced block
  LastTwoFences,   // "last-two-fences": between the last two lines that contain ``` (LiveCodeBench)
  FirstTagged,     // "first-tagged": the first block tagged with the language, else the first block (NeMo-Skills)
  LongestBlock,    // "longest-block": the complete fenced block with the most bytes
};
std::string_view extraction_rule_name(ExtractionRule rule);
std::optional<ExtractionRule> extraction_rule_from_name(std::string_view name);
std::vector<std::string> extraction_rule_names();

struct CodeBlock {
  std::string tag;   // info string's first word, lower case; empty if none
  std::string code;  // with a final newline
  friend bool operator==(const CodeBlock&, const CodeBlock&) = default;
};

// The complete fenced blocks of a Markdown text in order (CommonMark fences of ` or ~, three or more,
// indented up to three spaces; a block without its closing fence is incomplete and left out).
std::vector<CodeBlock> fenced_blocks(std::string_view text);

// The code `rule` picks for one of `language_tags`; nullopt if there is none.
std::optional<CodeBlock> extract_code(std::string_view text, ExtractionRule rule,
                                      const std::vector<std::string>& language_tags);

}  // namespace eval::evaluator
