#include "runners/http_runner.h"

namespace eval::runners {
namespace {

constexpr std::string_view kOpen = "<think>";
constexpr std::string_view kClose = "</think>";
constexpr std::string_view kBlanks = " \t\r\n";

// Line breaks at the joints belong to the markup, indentation inside a line to the text.
std::string without_outer_line_breaks(std::string_view text) {
  const std::size_t first = text.find_first_not_of("\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of("\r\n") - first + 1));
}

std::string_view without_leading_line_breaks(std::string_view text) {
  const std::size_t first = text.find_first_not_of("\r\n");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

std::optional<std::string> reasoning_of(std::string_view text) {
  // "<think>\n\n</think>" is how models say that they did not think.
  if (text.find_first_not_of(kBlanks) == std::string_view::npos) return std::nullopt;
  return without_outer_line_breaks(text);
}

}  // namespace

SplitReply split_reasoning(std::string_view text) {
  const std::size_t start = text.find_first_not_of(kBlanks);
  const bool opens = start != std::string_view::npos && text.substr(start).starts_with(kOpen);
  const std::size_t body = opens ? start + kOpen.size() : 0;
  // The first closing tag ends the reasoning, as in the reasoning parsers of the model servers.
  const std::size_t close = text.find(kClose, body);
  if (close == std::string_view::npos) {
    if (!opens) return {.reasoning = std::nullopt, .answer = std::string(text)};
    return {.reasoning = reasoning_of(text.substr(body)), .answer = {}};
  }
  // "answer ... <think> ... </think>": the tags are part of an answer that speaks of them.
  if (!opens && text.substr(0, close).find(kOpen) != std::string_view::npos) {
    return {.reasoning = std::nullopt, .answer = std::string(text)};
  }
  return {.reasoning = reasoning_of(text.substr(body, close - body)),
          .answer = std::string(without_leading_line_breaks(text.substr(close + kClose.size())))};
}

}  // namespace eval::runners
