#pragma once

#include <string_view>

// `==` of Python, as far as numpy's arrays have a say in it. Pure.
namespace eval::judges {

// What `value == expected` is when it is taken for a condition.
enum class Equality {
  Equal,
  Unequal,
  Raises,  // as of several numbers at once, of which some may be equal and some not
  Empty,   // an array without values: false, and nothing that the evaluator can store
};

// Both in the spelling of python_value.h, `expected` that of JSON, without arrays. An array is held against each
// list in its place: sizes of 1 are stretched, and so np.array([6]) and np.int64(6) equal 6, [6] and [[6]].
// `value` comes out of a box and may be malformed: Unequal. Not told apart are Raises and Unequal where a dict has
// several entries that differ, of which the first decides.
Equality python_equality(std::string_view value, std::string_view expected);

}  // namespace eval::judges
