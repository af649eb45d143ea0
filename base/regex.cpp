#include "base/regex.h"

#include <fmt/format.h>

#include <regex>

#include "base/text.h"

namespace eval {
namespace {

// What people write by hand; the library's own limit on states is far above what these can make.
constexpr std::size_t kPatternMax = 4096;
constexpr std::size_t kTextMax = 256;

}  // namespace

Result<std::vector<bool>> match_beginnings(std::string_view pattern,
                                           const std::vector<std::string>& texts) {
  const std::string shown = shorten(to_valid_utf8(pattern), 80);
  if (pattern.size() > kPatternMax) {
    return fail(
        ErrorCode::BadInput,
        fmt::format("the regular expression \"{}\" is longer than {} bytes", shown, kPatternMax));
  }
  try {
    const std::regex regex(pattern.begin(), pattern.end(), std::regex::ECMAScript);
    std::vector<bool> matched;
    for (const std::string& text : texts) {
      matched.push_back(text.size() <= kTextMax &&
                        std::regex_search(text, regex, std::regex_constants::match_continuous));
    }
    return matched;
  } catch (const std::regex_error&) {
    return fail(ErrorCode::BadInput, fmt::format("\"{}\" is no regular expression", shown));
  }
}

}  // namespace eval
