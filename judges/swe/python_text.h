#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Text as Python sees it, for the log parsers: blanks are Unicode's, lines end at "\n" alone. Views
// point into what was given.
namespace eval::judges::swe {

// "\r\n" and "\r" as "\n", the way Python opens a text file.
std::string universal_newlines(std::string_view text);

// str.split("\n"): a final newline makes an empty last line.
std::vector<std::string_view> python_lines(std::string_view text);

// str.strip(), str.rstrip(), str.split(): blanks are those of str.isspace().
std::string_view python_strip(std::string_view text);
std::string_view python_rstrip(std::string_view text);
std::vector<std::string_view> python_words(std::string_view text);

// Bytes of the blank at `at`, or of the one that ends at `at`; 0 if there is none.
std::size_t blank_at(std::string_view text, std::size_t at);
std::size_t blank_before(std::string_view text, std::size_t at);
// Bytes of the blanks at the beginning.
std::size_t leading_blanks(std::string_view text);

// len(): code points.
std::size_t characters(std::string_view text);

// What stands before the first blank.
std::string_view first_word(std::string_view text);

std::string join_words(const std::vector<std::string_view>& words, std::size_t first,
                       std::size_t last);

// What is before the first occurrence; all of `text` if there is none.
std::string_view before_first(std::string_view text, std::string_view mark);

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}
inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
// Digits at the beginning.
std::size_t leading_digits(std::string_view text);

// `text` without a prefix; nullopt if it does not begin with it.
std::optional<std::string_view> after_prefix(std::string_view text, std::string_view prefix);

// Terminal escape sequences removed: ESC and one of "@-Z\-_", or ESC "[", parameters and a letter.
std::string without_escapes(std::string_view text);

// Runs of blanks as one space, none at the ends.
std::string squeeze_blanks(std::string_view text);

}  // namespace eval::judges::swe
