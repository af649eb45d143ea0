#pragma once

#include <string_view>

#include "judges/steps/check_outcome.h"
#include "problems/problem.h"

// How outputs are compared where no program decides (problems::Comparison). All of them read both
// texts once from front to back and allocate nothing but the message, so memory is what the caller
// holds: the output once, and the answer as a mapped file.
namespace eval::judges {

// Byte for byte. The message names the first line that differs.
CheckOutcome compare_exactly(std::string_view answer, std::string_view output);

// Line by line. White space at the end of a line counts for nothing, nor do empty lines at the end.
CheckOutcome compare_lines(std::string_view answer, std::string_view output);

// The white-space comparison of CMS: as lines, and within a line any run of white space is one blank,
// at its beginning none. White space is that of the C locale.
CheckOutcome compare_white(std::string_view answer, std::string_view output);

// The standard comparison of DMOJ: as compare_white, and lines without words are left out wherever they
// are.
CheckOutcome compare_word_lines(std::string_view answer, std::string_view output);

// Token by token: where both tokens are finite numbers they may differ by `tolerance`, absolutely or
// relative to the answer; other tokens must be the same bytes.
CheckOutcome compare_real_numbers(std::string_view answer, std::string_view output,
                                  double tolerance);

// Compares `output` as the problem's checker says, with the testcase's flags. A flag that is not
// known to the comparison is JE.
CheckOutcome compare(const problems::Checker& checker, const problems::Testcase& testcase,
                     std::string_view answer, std::string_view output);

}  // namespace eval::judges
