#include "judges/swe/python_text.h"

#include <algorithm>
#include <array>

namespace eval::judges::swe {
namespace {

bool is_ascii_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f');
}

// The blanks of str.isspace() beyond ASCII, as UTF-8.
constexpr std::array<std::string_view, 19> kWideBlanks = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

}  // namespace

std::string universal_newlines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out += text[i];
      continue;
    }
    out += '\n';
    if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
  }
  return out;
}

std::vector<std::string_view> python_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t start = 0;
  while (true) {
    const std::size_t end = text.find('\n', start);
    lines.push_back(text.substr(start, end - start));
    if (end == text.npos) return lines;
    start = end + 1;
  }
}

std::size_t blank_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return 0;
  if (is_ascii_blank(text[at])) return 1;
  if ((static_cast<unsigned char>(text[at]) & 0x80U) == 0) return 0;
  for (const std::string_view blank : kWideBlanks) {
    if (text.substr(at, blank.size()) == blank) return blank.size();
  }
  return 0;
}

std::size_t blank_before(std::string_view text, std::size_t at) {
  if (at == 0 || at > text.size()) return 0;
  if (is_ascii_blank(text[at - 1])) return 1;
  if ((static_cast<unsigned char>(text[at - 1]) & 0x80U) == 0) return 0;
  for (const std::string_view blank : kWideBlanks) {
    if (text.substr(0, at).ends_with(blank)) return blank.size();
  }
  return 0;
}

std::size_t leading_blanks(std::string_view text) {
  std::size_t at = 0;
  while (const std::size_t size = blank_at(text, at)) at += size;
  return at;
}

std::string_view python_rstrip(std::string_view text) {
  while (const std::size_t size = blank_before(text, text.size())) text.remove_suffix(size);
  return text;
}

std::string_view python_strip(std::string_view text) {
  text.remove_prefix(leading_blanks(text));
  return python_rstrip(text);
}

std::vector<std::string_view> python_words(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while (true) {
    while (const std::size_t size = blank_at(text, at)) at += size;
    if (at >= text.size()) return words;
    const std::size_t start = at;
    while (at < text.size() && blank_at(text, at) == 0) ++at;
    words.push_back(text.substr(start, at - start));
  }
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string_view first_word(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && blank_at(text, at) == 0) ++at;
  return text.substr(0, at);
}

std::string join_words(const std::vector<std::string_view>& words, std::size_t first,
                       std::size_t last) {
  std::string out;
  for (std::size_t i = first; i < last && i < words.size(); ++i) {
    if (i > first) out += ' ';
    out += words[i];
  }
  return out;
}

std::string_view before_first(std::string_view text, std::string_view mark) {
  return text.substr(0, text.find(mark));
}

std::size_t leading_digits(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

std::optional<std::string_view> after_prefix(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return text.substr(prefix.size());
}

std::string without_escapes(std::string_view text) {
  const auto between = [&](std::size_t at, char low, char high) {
    return at < text.size() && text[at] >= low && text[at] <= high;
  };
  std::string out;
  out.reserve(text.size());
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] != '\x1b') {
      out += text[at++];
      continue;
    }
    std::size_t end = at + 1;
    if (between(end, '@', 'Z') || between(end, '\\', '_')) {
      at = end + 1;
      continue;
    }
    if (between(end, '[', '[')) {
      ++end;
      while (between(end, '0', '?')) ++end;
      while (between(end, ' ', '/')) ++end;
      if (between(end, '@', '~')) {
        at = end + 1;
        continue;
      }
    }
    out += text[at++];
  }
  return out;
}

std::string squeeze_blanks(std::string_view text) {
  const auto words = python_words(text);
  return join_words(words, 0, words.size());
}

}  // namespace eval::judges::swe
