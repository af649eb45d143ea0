#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// The regular expressions of tokenizer files, matched by PCRE2.
namespace eval::runners::local {

// Bytes [begin, end) of a text.
struct TextRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const TextRange&, const TextRange&) = default;
};

// `pattern`, written for Oniguruma (what the tokenizers library matches with), in PCRE2's words.
//
// The two disagree on \s, \w, \h, \v, on "{,n}", on script names; such parts are rewritten. What
// has no sure equal (back references, sub-routines, nested classes, "{n,m}+", \X) is Unsupported by
// name: a pattern that splits slightly differently gives other ids without a sign.
Result<std::string> translate_pattern(std::string_view pattern);

// Immutable, thread-safe, cheap to copy.
class Pattern {
 public:
  // BadInput or Unsupported with the offending part; nothing above 64 KiB.
  static Result<Pattern> compile(std::string_view oniguruma_pattern);
  static Result<Pattern> literal(std::string_view text);

  // Appends all matches in `text` (valid UTF-8), from left to right, not overlapping. BadInput if
  // one match needs more than kMatchStepsMax steps, or all of them kMatchTimeMax of CPU.
  Result<void> find_all(std::string_view text, std::vector<TextRange>& matches) const;

  // The published patterns need a few steps a character. 10 million is what PCRE2 gives by default.
  static constexpr unsigned kMatchStepsMax = 10'000'000;
  // Seconds. 64 MiB of text take about one: ten times that is a pattern gone astray.
  static constexpr double kMatchSecondsMax = 30;

 private:
  struct Code;
  explicit Pattern(std::shared_ptr<const Code> code) : code_(std::move(code)) {}
  std::shared_ptr<const Code> code_;
};

// The members of \w of Rust's regex library (Unicode's annex 18), for a character class: what some
// parts of the tokenizers library use instead of Oniguruma's.
inline constexpr std::string_view kRustWordMembers =
    R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200c}\x{200d})";

// True if the character counts as part of a word, by kRustWordMembers.
class WordCharacters {
 public:
  static WordCharacters create();
  bool starts_with(std::string_view text) const;
  bool ends_with(std::string_view text) const;

 private:
  explicit WordCharacters(Pattern pattern) : pattern_(std::move(pattern)) {}
  Pattern pattern_;
};

}  // namespace eval::runners::local
