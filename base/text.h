#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eval {

std::vector<std::string> split(std::string_view text, char separator);
// Lines without their terminators ("\n" or "\r\n"); a final newline makes no extra line.
std::vector<std::string_view> split_lines(std::string_view text);
// Runs of ASCII white space separate; no empty words.
std::vector<std::string_view> split_words(std::string_view text);
// The parts lie in the text, which must outlive them.
template <typename T>
requires std::same_as<T, std::string> std::vector<std::string_view> split_lines(T&& text)
= delete;
template <typename T>
requires std::same_as<T, std::string> std::vector<std::string_view> split_words(T&& text)
= delete;
std::string_view trim(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string to_lower(std::string_view text);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

// Byte offset of the first byte that is not part of valid UTF-8, or nullopt.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);
// `text` with every invalid sequence replaced by U+FFFD.
std::string to_valid_utf8(std::string_view text);
// At most `max_bytes` of `text`, cut at a code point, with a note of how much is missing.
std::string shorten(std::string_view text, std::size_t max_bytes);

// Splits a command line as a POSIX shell splits words (quotes and backslashes; no expansion).
std::vector<std::string> split_command(std::string_view text);

// The candidate nearest to `name` by edit distance, if near enough to be a misspelling.
std::optional<std::string> closest_match(std::string_view name,
                                         const std::vector<std::string>& candidates);

// True if `text` matches the shell pattern (`*`, `?`, `[..]`).
bool matches_glob(std::string_view text, std::string_view pattern);

// Strict: the whole text must be the number. nullopt otherwise, also when out of range.
std::optional<long long> parse_integer(std::string_view text);
std::optional<double> parse_double(std::string_view text);

}  // namespace eval
