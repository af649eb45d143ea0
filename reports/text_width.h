#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Text on a terminal: how many columns it takes, and what of it is safe to print.
namespace eval::reports {

// Columns a terminal gives `text` (valid UTF-8): 0 for combining marks, 2 for East Asian wide
// characters and emoji. Not locale-dependent, unlike wcwidth(3).
std::size_t display_width(std::string_view text);

// `text` on one line and inert: invalid UTF-8, control characters (escape sequences!), line ends and
// the invisible marks that reorder text become U+FFFD or a space.
std::string printable(std::string_view text);

// Exactly `width` columns: padded with spaces on the right, or cut with an ellipsis.
std::string fit(std::string_view text, std::size_t width);

// Padded with spaces on the left to `width` columns; longer text stays whole.
std::string align_right(std::string_view text, std::size_t width);

// Broken at spaces into lines of at most `width` columns. A word longer than a line stays whole.
std::string wrap(std::string_view text, std::size_t width);

}  // namespace eval::reports
