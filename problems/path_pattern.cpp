#include "base/text.h"
#include "problems/expectations.h"

namespace eval::problems {
namespace {

// A pattern that stands for more alternatives than this is a mistake.
constexpr std::size_t kAlternativesMax = 4096;

// "a{b,c}d" -> "abd", "acd". Blanks around an alternative do not count.
std::vector<std::string> expand_braces(std::string_view pattern) {
  std::vector<std::string> expanded = {""};
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    const std::size_t close = pattern.find('}', open == std::string_view::npos ? 0 : open);
    const bool has_group = open != std::string_view::npos && close != std::string_view::npos;
    for (std::string& prefix : expanded)
      prefix += pattern.substr(0, has_group ? open : pattern.size());
    if (!has_group) break;
    const std::vector<std::string> choices = split(pattern.substr(open + 1, close - open - 1), ',');
    if (expanded.size() * choices.size() > kAlternativesMax) return {};
    std::vector<std::string> next;
    for (const std::string& prefix : expanded) {
      for (const std::string& choice : choices) next.push_back(prefix + std::string(trim(choice)));
    }
    expanded = std::move(next);
    pattern.remove_prefix(close + 1);
  }
  return expanded;
}

bool matches_parts(const std::vector<std::string>& path, const std::vector<std::string>& pattern) {
  if (pattern.size() > path.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!matches_glob(path[i], pattern[i])) return false;
  }
  return true;
}

}  // namespace

bool matches_path_pattern(std::string_view path, std::string_view pattern) {
  if (pattern.ends_with('/')) pattern.remove_suffix(1);
  const std::vector<std::string> path_parts = split(path, '/');
  for (const std::string& alternative : expand_braces(pattern)) {
    if (matches_parts(path_parts, split(alternative, '/'))) return true;
  }
  return false;
}

}  // namespace eval::problems
