#pragma once

#include <string_view>

#include "problems/import.h"

namespace eval::problems {

// A package format other than Kattis's three dialects: how a folder is known to hold one, and what
// reads it.
struct PackageFormat {
  std::string_view name;  // "a CMS task (task.yaml)"
  bool (*detect)(const fs::path& directory);
  void (*load)(Import& import);  // nullptr: recognised, and refused by name
};

// The format of the package in `directory`, the first of the table that claims it; nullptr for a
// Kattis package (it has problem.yaml) and for a folder that is none.
const PackageFormat* format_of(const fs::path& directory);

}  // namespace eval::problems
