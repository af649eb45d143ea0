#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// What the tokenizer needs to know of Unicode; wraps utf8proc.
namespace eval::runners::local {

// The outcome of reading one character.
enum class Utf8Status { Whole, Invalid, Incomplete };
struct Utf8Character {
  Utf8Status status = Utf8Status::Invalid;
  std::size_t bytes = 1;  // of the character, or of the longest part that must be replaced as one
  char32_t code_point = 0;
};

// The first character of `text`, which is not empty. Invalid sequences are cut as the Unicode
// standard recommends (3.9, "substitution of maximal subparts").
Utf8Character read_utf8(std::string_view text);
void append_utf8(std::string& text, char32_t code_point);

enum class NormalForm { Nfc, Nfd, Nfkc, Nfkd };

// `text` is valid UTF-8 in all of these.
std::string normalize_unicode(std::string_view text, NormalForm form);
// Lower case character by character (U+0130 becomes two).
std::string lower_unicode(std::string_view text);
// Without characters of category M.
std::string without_marks(std::string_view text);

bool is_white_space(char32_t code_point);  // property White_Space
// Without the white space at its beginning, or at its end.
std::string_view trim_left(std::string_view text);
std::string_view trim_right(std::string_view text);
bool is_numeric(char32_t code_point);      // category N
bool is_punctuation(char32_t code_point);  // category P, or an ASCII symbol

// How byte-level BPE spells a byte: printable Latin-1 as itself, the rest from U+0100 on.
char32_t character_of_byte(unsigned char byte);
// The inverse; -1 for a character that spells none.
int byte_of_character(char32_t code_point);

}  // namespace eval::runners::local
