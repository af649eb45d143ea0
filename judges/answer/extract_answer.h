#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace eval::judges::answer {

struct ExtractedAnswer {
  std::string text;
  std::string rule;  // "boxed", "answer-line" or "last-line"
};

// The final answer of a reply: the content of the last \boxed{} (braces balanced); else what follows
// "answer is" or "answer:" in the last line that has it; else the last line that is not empty. Emphasis,
// dollar signs and a full stop around it are taken off. nullopt if the reply is empty.
std::optional<ExtractedAnswer> extract_answer(std::string_view reply);

}  // namespace eval::judges::answer
