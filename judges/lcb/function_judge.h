#pragma once

#include <memory>

#include "judges/judge.h"
#include "judges/language.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// Judges functions (ProgramTask::function_name) in Python 3 or PyPy, a process for each testcase, with
// CPU time limits. Nothing is disabled in the interpreter and no alarm is set; imports that LeetCode
// makes for its users are made here too. Values are compared as lcb-official compares them.
std::unique_ptr<Judge> make_function_judge(sandbox::Sandbox& sandbox, const Languages& languages,
                                           bool run_all_testcases);

}  // namespace eval::judges
