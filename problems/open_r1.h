#pragma once

#include "problems/import.h"

// Problems of the data sets open-r1/ioi and open-r1/ioi-test-cases, laid out in a folder each.
// FORMAT.md, section "open-r1/ioi", says what is read and what is refused.
namespace eval::problems {

bool is_open_r1_problem(const fs::path& directory);
void load_open_r1_problem(Import& import);

}  // namespace eval::problems
