#include "reports/text_width.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace eval::reports {
namespace {

struct Range {
  char32_t first, last;
};

// Marks drawn over the character before them, and format characters (Unicode general categories Mn,
// Me, Cf of the scripts that occur in problem names and model output).
constexpr std::array kZeroWidth = {
    Range{0x0300, 0x036F},  Range{0x0483, 0x0489}, Range{0x0591, 0x05BD}, Range{0x0610, 0x061A},
    Range{0x064B, 0x065F},  Range{0x06D6, 0x06DC}, Range{0x0900, 0x0902}, Range{0x093C, 0x093C},
    Range{0x0941, 0x0948},  Range{0x094D, 0x094D}, Range{0x0E31, 0x0E31}, Range{0x0E34, 0x0E3A},
    Range{0x0E47, 0x0E4E},  Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF}, Range{0x200B, 0x200F},
    Range{0x202A, 0x202E},  Range{0x2060, 0x2064}, Range{0x2066, 0x2069}, Range{0x20D0, 0x20FF},
    Range{0x3099, 0x309A},  Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}, Range{0xFEFF, 0xFEFF},
    Range{0xE0100, 0xE01EF}};

// East Asian Width W and F (Unicode Standard Annex 11) and emoji shown as pictures.
constexpr std::array kDoubleWidth = {
    Range{0x1100, 0x115F},   Range{0x231A, 0x231B},   Range{0x23E9, 0x23EC},
    Range{0x2614, 0x2615},   Range{0x26A1, 0x26A1},   Range{0x2705, 0x2705},
    Range{0x274C, 0x274C},   Range{0x2753, 0x2755},   Range{0x2795, 0x2797},
    Range{0x2B50, 0x2B50},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},
    Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},
    Range{0xA960, 0xA97F},   Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},
    Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},
    Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1FAFF},
    Range{0x20000, 0x3FFFD}};

template <std::size_t size>
bool in_ranges(const std::array<Range, size>& ranges, char32_t point) {
  const auto found =
      std::upper_bound(ranges.begin(), ranges.end(), point,
                       [](char32_t p, const Range& range) { return p < range.first; });
  return found != ranges.begin() && point <= std::prev(found)->last;
}

// Takes the first code point off `text`, which must be valid UTF-8 and not empty.
char32_t take_code_point(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length && i < text.size(); ++i) {
    point = (point << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  text.remove_prefix(std::min(length, text.size()));
  return point;
}

std::size_t width_of(char32_t point) {
  if (in_ranges(kZeroWidth, point)) return 0;
  return in_ranges(kDoubleWidth, point) ? 2 : 1;
}

bool is_control(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0);
}

// Marks that change the order in which text is shown: an error message must not disguise itself.
bool reorders(char32_t point) {
  return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += width_of(take_code_point(text));
  return width;
}

std::string printable(std::string_view text) {
  const std::string valid = to_valid_utf8(text);
  std::string line;
  std::string_view rest = valid;
  while (!rest.empty()) {
    const std::string_view before = rest;
    const char32_t point = take_code_point(rest);
    if (point == '\n' || point == '\t' || point == 0x2028 || point == 0x2029) {
      line += ' ';
    } else if (point == '\r') {
      continue;
    } else if (is_control(point) || reorders(point)) {
      line += "\xEF\xBF\xBD";
    } else {
      line += before.substr(0, before.size() - rest.size());
    }
  }
  return line;
}

std::string fit(std::string_view text, std::size_t width) {
  const std::size_t whole = display_width(text);
  if (whole <= width) return std::string(text) + std::string(width - whole, ' ');
  if (width == 0) return "";
  std::size_t used = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view next = rest;
    const std::size_t columns = width_of(take_code_point(next));
    if (used + columns > width - 1) break;
    used += columns;
    rest = next;
  }
  return std::string(text.substr(0, text.size() - rest.size())) + "…" +
         std::string(width - 1 - used, ' ');
}

std::string align_right(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  return (used < width ? std::string(width - used, ' ') : "") + std::string(text);
}

std::string wrap(std::string_view text, std::size_t width) {
  std::string wrapped;
  std::size_t used = 0;
  bool first_on_line = true;
  for (const std::string_view word : split_words(text)) {
    const std::size_t columns = display_width(word);
    if (!first_on_line && used + 1 + columns > width) {
      wrapped += '\n';
      used = 0;
      first_on_line = true;
    }
    if (!first_on_line) {
      wrapped += ' ';
      ++used;
    }
    wrapped += word;
    used += columns;
    first_on_line = false;
  }
  return wrapped;
}

}  // namespace eval::reports
