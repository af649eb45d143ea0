#pragma once

#include "problems/import.h"

// Full packages of Codeforces Polygon: problem.xml with generated tests. FORMAT.md, section
// "Polygon", says what is read and what is refused.
namespace eval::problems {

bool is_polygon_package(const fs::path& directory);
void load_polygon_package(Import& import);

}  // namespace eval::problems
