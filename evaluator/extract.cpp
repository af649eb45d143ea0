#include "evaluator/extract.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/text.h"
#include "judges/swe/python_text.h"

namespace eval::evaluator {
namespace {

constexpr std::pair<ExtractionRule, std::string_view> kRuleNames[] = {
    {ExtractionRule::LastBlock, "last-block"},
    {ExtractionRule::LastTwoFences, "last-two-fences"},
    {ExtractionRule::FirstTagged, "first-tagged"},
    {ExtractionRule::LongestBlock, "longest-block"},
    {ExtractionRule::WholeText, "whole-text"},
    {ExtractionRule::TestOutput, "lcb-test-output"},
    {ExtractionRule::Execution, "lcb-execution"},
    {ExtractionRule::ExecutionCot, "lcb-execution-cot"},
};

// Takes the next line off `text`. CommonMark: "\n", "\r\n" and a lone "\r" end a line.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find_first_of("\r\n");
  const std::string_view line = text.substr(0, end);
  if (end == std::string_view::npos) {
    text = {};
    return line;
  }
  const bool is_crlf = text.substr(end, 2) == "\r\n";
  text.remove_prefix(end + (is_crlf ? 2 : 1));
  return line;
}

std::size_t leading(std::string_view line, char c) {
  return std::min(line.find_first_not_of(c), line.size());
}

struct Fence {
  char mark = '`';
  std::size_t length = 0;
  std::size_t indent = 0;
  std::string_view info;  // what follows the fence characters, trimmed
};

// The fence that `line` is, opening or closing. Four spaces or a tab make indented code instead.
std::optional<Fence> parse_fence(std::string_view line) {
  Fence fence;
  fence.indent = leading(line, ' ');
  if (fence.indent > 3) return std::nullopt;
  line.remove_prefix(fence.indent);
  if (line.empty() || (line.front() != '`' && line.front() != '~')) return std::nullopt;
  fence.mark = line.front();
  fence.length = leading(line, fence.mark);
  if (fence.length < 3) return std::nullopt;
  fence.info = trim(line.substr(fence.length));
  // Else `code` spans that start a paragraph would open blocks.
  if (fence.mark == '`' && fence.info.find('`') != std::string_view::npos) return std::nullopt;
  return fence;
}

bool closes(const std::optional<Fence>& fence, const Fence& opening) {
  return fence && fence->mark == opening.mark && fence->length >= opening.length &&
         fence->info.empty();
}

std::string first_word(std::string_view info) {
  const std::vector<std::string_view> words = split_words(info);
  return words.empty() ? std::string() : to_lower(words.front());
}

// NeMo-Skills looks only at what follows the reasoning; an unfinished thought has no answer.
std::optional<std::string_view> after_thinking(std::string_view text) {
  constexpr std::string_view kEnd = "</think>";
  const std::size_t end = text.find(kEnd);
  if (end != std::string_view::npos) return text.substr(end + kEnd.size());
  if (text.find("<think>") != std::string_view::npos) return std::nullopt;
  return text;
}

std::optional<CodeBlock> last_two_fences(std::string_view text) {
  const std::vector<std::string> lines = split(text, '\n');
  const auto is_fence = [](const std::string& line) { return line.find("```") != line.npos; };
  const auto close = std::find_if(lines.rbegin(), lines.rend(), is_fence);
  if (close == lines.rend()) return std::nullopt;
  const auto open = std::find_if(close + 1, lines.rend(), is_fence);
  if (open == lines.rend()) return std::nullopt;
  CodeBlock block;
  const std::string_view info = std::string_view(*open).substr(open->rfind("```") + 3);
  block.tag = first_word(info);
  // `open` points at the opening line, its base at the line after it.
  for (auto line = open.base(); line != close.base() - 1; ++line) block.code += *line + "\n";
  return block;
}

std::optional<CodeBlock> whole_text(std::string_view text) {
  const std::string_view code = judges::swe::python_strip(text);
  if (code.empty()) return std::nullopt;
  return CodeBlock{"", std::string(code) + "\n"};
}

std::string test_output(std::string_view text) {
  const std::vector<std::string> lines = split(text, '\n');
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (line->starts_with("assert")) return *line;
  }
  std::vector<std::size_t> fences;
  std::optional<std::size_t> tagged;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto has = [&](std::string_view mark) {
      return lines[i].find(mark) != std::string::npos;
    };
    if (!tagged && (has("```python") || has("```Python"))) {
      tagged = i;
      fences = {i};
    } else if (has("```")) {
      fences.push_back(i);
    }
  }
  if (fences.size() < 2) return {};
  return join({lines.begin() + static_cast<std::ptrdiff_t>(fences[0]) + 1,
               lines.begin() + static_cast<std::ptrdiff_t>(fences[1])},
              "\n");
}

std::string execution_answer(std::string_view text, bool after_reasoning) {
  constexpr std::string_view kOpen = "[ANSWER]";
  constexpr std::string_view kClose = "[/ANSWER]";
  using judges::swe::before_first;
  using judges::swe::python_strip;
  if (const std::size_t open = text.find(kOpen); after_reasoning && open != text.npos) {
    text = python_strip(before_first(text.substr(open + kOpen.size()), kOpen));
  }
  if (const std::size_t equals = text.find("=="); equals != text.npos) {
    text = python_strip(before_first(text.substr(equals + 2), "=="));
  }
  const bool is_closed = text.find(kClose) != text.npos;
  return std::string(python_strip(before_first(text, is_closed ? kClose : "\n")));
}

std::optional<CodeBlock> first_tagged(std::string_view text,
                                      const std::vector<std::string>& language_tags) {
  const auto answer = after_thinking(text);
  if (!answer) return std::nullopt;
  const std::vector<CodeBlock> blocks = fenced_blocks(*answer);
  for (const CodeBlock& block : blocks) {
    if (std::ranges::find(language_tags, block.tag) != language_tags.end()) return block;
  }
  if (blocks.empty()) return std::nullopt;
  return blocks.front();
}

}  // namespace

std::string_view extraction_rule_name(ExtractionRule rule) {
  for (const auto& [value, name] : kRuleNames) {
    if (value == rule) return name;
  }
  return "";
}

std::optional<ExtractionRule> extraction_rule_from_name(std::string_view name) {
  for (const auto& [value, rule_name] : kRuleNames) {
    if (rule_name == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> extraction_rule_names() {
  std::vector<std::string> names;
  for (const auto& [value, name] : kRuleNames) names.emplace_back(name);
  return names;
}

std::vector<CodeBlock> fenced_blocks(std::string_view text) {
  std::vector<CodeBlock> blocks;
  std::optional<Fence> opening;
  CodeBlock block;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::optional<Fence> fence = parse_fence(line);
    if (!opening) {
      if (!fence) continue;
      opening = fence;
      block = {first_word(fence->info), ""};
    } else if (closes(fence, *opening)) {
      blocks.push_back(std::move(block));
      opening.reset();
    } else {
      block.code += line.substr(std::min(leading(line, ' '), opening->indent));
      block.code += '\n';
    }
  }
  return blocks;
}

std::optional<CodeBlock> extract_code(std::string_view text, ExtractionRule rule,
                                      const std::vector<std::string>& language_tags) {
  if (rule == ExtractionRule::LastTwoFences) return last_two_fences(text);
  if (rule == ExtractionRule::WholeText) return whole_text(text);
  if (rule == ExtractionRule::FirstTagged) return first_tagged(text, language_tags);
  std::vector<CodeBlock> blocks = fenced_blocks(text);
  if (blocks.empty()) return std::nullopt;
  if (rule == ExtractionRule::LastBlock) return std::move(blocks.back());
  CodeBlock longest;
  for (CodeBlock& candidate : blocks) {
    if (candidate.code.size() >= longest.code.size()) longest = std::move(candidate);
  }
  return longest;
}

bool is_prediction_rule(ExtractionRule rule) {
  return rule == ExtractionRule::TestOutput || rule == ExtractionRule::Execution ||
         rule == ExtractionRule::ExecutionCot;
}

std::string extract_prediction(std::string_view text, ExtractionRule rule) {
  return rule == ExtractionRule::TestOutput
             ? test_output(text)
             : execution_answer(text, rule == ExtractionRule::ExecutionCot);
}

}  // namespace eval::evaluator
