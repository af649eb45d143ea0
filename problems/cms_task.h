#pragma once

#include "problems/import.h"

// Tasks in the layout that CMS's italy_yaml loader reads: task.yaml, gen/GEN, input/, output/, sol/,
// check/. FORMAT.md, section "CMS task.yaml", says what is read and what is refused.
namespace eval::problems {

bool is_cms_task(const fs::path& directory);
void load_cms_task(Import& import);

}  // namespace eval::problems
