#include "runners/local/text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "base/check.h"

namespace eval::runners::local {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct FreeDeleter {
  void operator()(utf8proc_uint8_t* memory) const { std::free(memory); }
};

// Bytes that byte-level BPE leaves as they are: they print in Latin-1. The others are numbered from
// U+0100 in byte order (GPT-2's bytes_to_unicode).
constexpr bool prints(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

constexpr std::array<char32_t, 256> make_byte_characters() {
  std::array<char32_t, 256> table{};
  char32_t next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) table[byte] = prints(byte) ? byte : next++;
  return table;
}
constexpr std::array<char32_t, 256> kByteCharacters = make_byte_characters();
constexpr char32_t kByteCharactersEnd = 0x144;

constexpr std::array<int, kByteCharactersEnd> make_character_bytes() {
  std::array<int, kByteCharactersEnd> table{};
  for (int& entry : table) entry = -1;
  for (unsigned byte = 0; byte < 256; ++byte) table[kByteCharacters[byte]] = static_cast<int>(byte);
  return table;
}
constexpr std::array<int, kByteCharactersEnd> kCharacterBytes = make_character_bytes();

template <class Function>
void for_each_character(std::string_view text, Function function) {
  while (!text.empty()) {
    const Utf8Character character = read_utf8(text);
    function(character.code_point, text.substr(0, character.bytes));
    text.remove_prefix(character.bytes);
  }
}

}  // namespace

Utf8Character read_utf8(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {Utf8Status::Whole, 1, first};
  if (first < 0xc2 || first > 0xf4) return {Utf8Status::Invalid, 1, 0};
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  // Table 3-7 of the standard: only the second byte has a range of its own.
  unsigned low = 0x80;
  unsigned high = 0xbf;
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  char32_t code_point = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size()) return {Utf8Status::Incomplete, i, 0};
    if (byte(i) < low || byte(i) > high) return {Utf8Status::Invalid, i, 0};
    code_point = code_point << 6 | (byte(i) & 0x3fU);
    low = 0x80;
    high = 0xbf;
  }
  return {Utf8Status::Whole, length, code_point};
}

void append_utf8(std::string& text, char32_t code_point) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code_point), bytes.data());
  for (utf8proc_ssize_t i = 0; i < size; ++i) {
    text += static_cast<char>(bytes[static_cast<std::size_t>(i)]);
  }
}

std::string normalize_unicode(std::string_view text, NormalForm form) {
  if (is_ascii(text)) return std::string(text);
  unsigned options = UTF8PROC_STABLE;
  switch (form) {
    case NormalForm::Nfc:
      options |= UTF8PROC_COMPOSE;
      break;
    case NormalForm::Nfd:
      options |= UTF8PROC_DECOMPOSE;
      break;
    case NormalForm::Nfkc:
      options |= UTF8PROC_COMPOSE | UTF8PROC_COMPAT;
      break;
    case NormalForm::Nfkd:
      options |= UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT;
      break;
  }
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                                             static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, FreeDeleter> owner(mapped);
  // Fails only without memory, or on what is not valid UTF-8, which the caller promised it is.
  EVAL_CHECK(size >= 0);
  return std::string(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
}

std::string lower_unicode(std::string_view text) {
  std::string lowered;
  lowered.reserve(text.size());
  for_each_character(text, [&lowered](char32_t code_point, std::string_view) {
    if (code_point == 0x130) {
      // The only character whose lower case is longer; utf8proc knows simple mappings only.
      lowered += "i\u0307";
      return;
    }
    append_utf8(lowered,
                static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code_point))));
  });
  return lowered;
}

std::string without_marks(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());
  for_each_character(text, [&kept](char32_t code_point, std::string_view bytes) {
    const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(code_point));
    if (category < UTF8PROC_CATEGORY_MN || category > UTF8PROC_CATEGORY_ME) kept += bytes;
  });
  return kept;
}

bool is_white_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0d);
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

std::string_view trim_left(std::string_view text) {
  while (!text.empty()) {
    const Utf8Character first = read_utf8(text);
    if (!is_white_space(first.code_point)) break;
    text.remove_prefix(first.bytes);
  }
  return text;
}

std::string_view trim_right(std::string_view text) {
  while (!text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xc0U) == 0x80) --start;
    if (!is_white_space(read_utf8(text.substr(start)).code_point)) break;
    text = text.substr(0, start);
  }
  return text;
}

bool is_numeric(char32_t code_point) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(code_point));
  return category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
}

bool is_punctuation(char32_t c) {
  if (c < 0x80) {
    return (c >= 0x21 && c <= 0x2f) || (c >= 0x3a && c <= 0x40) || (c >= 0x5b && c <= 0x60) ||
           (c >= 0x7b && c <= 0x7e);
  }
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

char32_t character_of_byte(unsigned char byte) {
  return kByteCharacters[byte];
}

int byte_of_character(char32_t code_point) {
  return code_point < kByteCharactersEnd ? kCharacterBytes[code_point] : -1;
}

}  // namespace eval::runners::local
