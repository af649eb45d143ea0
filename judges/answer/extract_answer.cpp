#include "judges/answer/extract_answer.h"

#include <vector>

#include "base/text.h"
#include "judges/proof/reply_parser.h"

namespace eval::judges::answer {
namespace {

std::string cleaned(std::string_view text) {
  text = trim(text);
  bool changed = true;
  while (changed && !text.empty()) {
    const std::size_t size = text.size();
    for (const std::string_view mark : {"**", "__", "$$", "$", "`", "\\(", "\\["}) {
      if (text.starts_with(mark)) text.remove_prefix(mark.size());
    }
    for (const std::string_view mark : {"**", "__", "$$", "$", "`", "\\)", "\\]", ".", ":"}) {
      if (text.ends_with(mark)) text.remove_suffix(mark.size());
    }
    text = trim(text);
    changed = text.size() != size;
  }
  return std::string(text);
}

// What follows the last "answer is" or "answer:" of a line; empty if there is none.
std::string_view behind_answer(std::string_view line) {
  const std::string lower = to_lower(line);
  std::string_view found;
  for (const std::string_view words : {"answer is", "answer:", "answer:**"}) {
    const std::size_t at = lower.rfind(words);
    if (at != std::string::npos) found = line.substr(at + words.size());
  }
  return found;
}

}  // namespace

std::optional<ExtractedAnswer> extract_answer(std::string_view reply) {
  if (const auto boxed = proof::last_boxed(reply); boxed && !trim(*boxed).empty()) {
    return ExtractedAnswer{cleaned(*boxed), "boxed"};
  }
  const std::vector<std::string_view> lines = split_lines(reply);
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    const std::string text = cleaned(behind_answer(*line));
    if (!text.empty()) return ExtractedAnswer{text, "answer-line"};
  }
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    const std::string text = cleaned(*line);
    if (!text.empty()) return ExtractedAnswer{text, "last-line"};
  }
  return std::nullopt;
}

}  // namespace eval::judges::answer
