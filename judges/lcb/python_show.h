#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/json.h"

// Values as Python shows them, for the feedback that LiveCodeBench gives to a model. Pure.
namespace eval::judges {

// repr() of what json.loads makes of `value`. Whole numbers beyond 64 bits have become doubles, as our JSON
// reader has them.
std::string python_repr(const Json& value);

// repr() of a value in the spelling of python_value.h, or the beginning of it where the spelling is cut. The
// spelling does not tell 1 from True and 2 from 2.0: `like`, what was expected, decides where it has a
// value of that kind in the same place.
std::string python_repr_of_spelled(std::string_view spelled, const Json& like);

// The same for a message: cut to a line, and in words where a value is equal to nothing.
std::string shown_spelled(std::string_view spelled, const Json& like = Json());

// "returned VALUE instead of VALUE", of a value in that spelling and a JSON text.
std::string wrong_value_message(std::string_view spelled, std::string_view expected);

// Of more than `length` characters the first and the last half of them, and a note between.
std::string python_truncated(std::string_view text, std::size_t length = 300);

}  // namespace eval::judges
