#pragma once

#include "problems/import.h"

// Problem folders of DMOJ's judge: init.yml with unpacked test data. FORMAT.md, section "DMOJ", says
// what is read and what is refused.
namespace eval::problems {

bool is_dmoj_problem(const fs::path& directory);
void load_dmoj_problem(Import& import);

}  // namespace eval::problems
