#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Text of a generation -> code, by a named rule. Pure; submission_maker.h makes submissions of it.
namespace eval::evaluator {

enum class ExtractionRule {
  LastBlock,      // "last-block": the last complete fenced block
  LastTwoFences,  // "last-two-fences": between the last two lines that contain ``` (LiveCodeBench)
  FirstTagged,    // "first-tagged": after "</think>", the first complete block tagged with the
                  // language, else the first complete block (NeMo-Skills)
  LongestBlock,   // "longest-block": the complete fenced block with the most bytes; the later on a
                  // tie
  WholeText,  // "whole-text": all of it, stripped as Python strips (LiveCodeBench for base models)
  // Of LiveCodeBench's predictions, see extract_prediction():
  TestOutput,    // "lcb-test-output"
  Execution,     // "lcb-execution"
  ExecutionCot,  // "lcb-execution-cot"
};
bool is_prediction_rule(ExtractionRule rule);
std::string_view extraction_rule_name(ExtractionRule rule);
std::optional<ExtractionRule> extraction_rule_from_name(std::string_view name);
std::vector<std::string> extraction_rule_names();

struct CodeBlock {
  std::string tag;   // info string's first word, lower case; empty if none
  std::string code;  // with a final newline unless empty
  friend bool operator==(const CodeBlock&, const CodeBlock&) = default;
};

// The complete fenced blocks of a Markdown text in order, as CommonMark 0.31 section 4.5 defines
// them: fences of ` or ~, three or more, indented up to three spaces (which are then removed from
// the content too); closed by a fence of the same character at least as long, with nothing behind.
// Two departures, both on purpose: a block without its closing fence is left out, because a cut
// reply holds half a program, and containers (lists, block quotes) are not parsed, so a fence
// indented by four spaces or behind ">" is no fence.
std::vector<CodeBlock> fenced_blocks(std::string_view text);

// The code `rule` picks; nullopt if there is none. `language_tags` (lower case) matters to
// FirstTagged only. LastTwoFences follows the evaluator of LiveCodeBench to the byte: lines end at
// "\n" alone, a fence is any line that contains ``` anywhere, and what lies between the last two is
// the code even if they are not a pair.
std::optional<CodeBlock> extract_code(std::string_view text, ExtractionRule rule,
                                      const std::vector<std::string>& language_tags);

// The predicted output as LiveCodeBench's runner extracts it, to the byte; "" if there is none.
//   TestOutput    the last line that starts with "assert"; else what is between the first fence tagged python
//                 (or the first fence) and the next fence
//   Execution     what is behind the first "==" (and before a second one), up to "[/ANSWER]" or the end of
//                 the line; all of the text where it has no "=="
//   ExecutionCot  the same of what is behind the first "[ANSWER]"
// Precondition: is_prediction_rule(rule).
std::string extract_prediction(std::string_view text, ExtractionRule rule);

}  // namespace eval::evaluator
