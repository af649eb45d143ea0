#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

// Values as Python's `==` sees them, in one canonical spelling: two values without numpy are equal for Python
// if and only if they have the same spelling. So that what a function returned can be compared with what was
// expected in another process, without either meeting the other.
//
//   n;                None
//   i-12;             a number that is whole: 12, 12.0 and Decimal("12") are equal, True is 1
//   r-3/1;            a number that is not, in lowest terms: -3 (hexadecimal) / 2^1
//   I;  J;            infinity, minus infinity
//   s3:abc            a text, by its bytes in UTF-8 (lone surrogates as three bytes)
//   l2[ .. ]  t2[ .. ]  a list, a tuple: never equal to each other
//   d2{ key value .. }  a dict, entries sorted by the spelling of the key
//   an2[1,1,]i7;      of numpy: an array of numbers (s: of texts, o: of objects) with 2 dimensions, their sizes, and
//                     the value if it is only one; an0[]i7; is np.int64(7)
//   x;  y;            equal to nothing: an object of any other kind, NaN (x from the shim, y from here)
//
// shim.py spells what comes out of the box by the same rules.
namespace eval::judges {

// Nesting beyond this is refused here and spelled x; there.
inline constexpr int kPythonValueDepthMax = 1000;

// Spells a JSON text as json.loads of Python reads it: NaN, Infinity and -Infinity are numbers, whole
// numbers have any size up to the evaluator's limit of 50,000 digits, the last of several equal keys
// counts. BadInput where json.loads raises.
Result<std::string> spell_json(std::string_view text);

}  // namespace eval::judges
