#pragma once

#include <chrono>
#include <optional>

#include "judges/verdict.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// The verdict that how a submission ended decides alone, or nullopt when its output is to be checked.
//
// Precedence, highest first (a run that broke several limits shows the first):
//   1. our own step failed: never reaches this function, it is an Error (IE)
//   2. OLE   bytes counted by us over the limit, whatever the exit code
//   3. MLE   the kernel's OOM kill or a peak over the limit
//   4. TLE   measured CPU time over `cpu_limit`, also when the program ended by itself just after
//   5. TLE   wall limit: the program idled
//   6. RE    signal, forbidden system call, or any exit code but 0. 42 and 43 mean something only
//            from a checker, 124, 137 and 139 only to shells.
//   7. nullopt: exit code 0
// Precondition: the run was not cancelled.
std::optional<Verdict> verdict_of(const sandbox::ExecutionResult& run,
                                  std::chrono::microseconds cpu_limit);

}  // namespace eval::judges
