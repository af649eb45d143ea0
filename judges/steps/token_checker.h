#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "judges/steps/check_outcome.h"

namespace eval::judges {

// The flags of the default checker of the Kattis problem format. A tolerance below 0 is not used.
struct TokenCheckFlags {
  bool case_sensitive = false;
  bool space_change_sensitive = false;
  double absolute_tolerance = -1;
  double relative_tolerance = -1;
  friend bool operator==(const TokenCheckFlags&, const TokenCheckFlags&) = default;
};

// BadInput for a flag the default checker does not know, or a tolerance that is not a number.
Result<TokenCheckFlags> parse_token_flags(std::span<const std::string> words);

// The default checker: compares `output` with `answer` token by token, tokens being what lies between
// ASCII white space.
//
// Letters count the same in both cases unless case_sensitive. With a tolerance, an answer token that
// is a finite number is compared as a number (|a - o| <= absolute, or <= relative x |a|), and a token
// there that is no finite number is wrong; answer tokens like "inf" stay text. With
// space_change_sensitive every white space byte must be the same. The message names line, token, and
// both texts. Allocates nothing per token; 100 MB take well under a second.
CheckOutcome check_tokens(std::string_view answer, std::string_view output,
                          const TokenCheckFlags& flags);

}  // namespace eval::judges
