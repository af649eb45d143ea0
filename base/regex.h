#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace eval {

// Which of `texts` the regular expression (ECMAScript, which Python's is nearly) matches from their
// beginning on, not necessarily to their end: Python's `re.match`. BadInput if it is none, or takes
// too much to match. For short texts: matching is exponential in the worst case.
Result<std::vector<bool>> match_beginnings(std::string_view pattern,
                                           const std::vector<std::string>& texts);

}  // namespace eval
