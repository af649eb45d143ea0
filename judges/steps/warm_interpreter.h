#pragma once

#include "sandbox/sandbox.h"

namespace eval::judges {

// Makes `command`, which runs one of its files with an interpreter of Python ("python3 FILE ..."), begin
// in an interpreter that has started and imported what programs usually import before there is a
// program (sandbox::Command::warm_start), so that a run does not pay for that again.
//
// The program runs as it would otherwise, up to its end (warm_interpreter.py). What it could tell: some more
// modules are in sys.modules, one more frame is on the stack (the limit of recursion allows for it), and
// all programs of a box have the seed of hash() in common. Time and memory that the interpreter took before
// are not counted. Where the sandbox starts nothing warm, an interpreter starts for each run and does the
// same.
void begin_warm(sandbox::Command& command);

}  // namespace eval::judges
