#pragma once

#include "problems/import.h"

// Official IOI tasks: the archive that TPS exports for CMS, unpacked (problem.json, tests/,
// subtasks/*.json), and the folder of a TPS task itself once its tests are generated. FORMAT.md,
// section "IOI archives and TPS tasks", says what is read and what is refused.
namespace eval::problems {

bool is_ioi_archive(const fs::path& directory);
void load_ioi_archive(Import& import);

}  // namespace eval::problems
