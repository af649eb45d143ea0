#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "judges/steps/program.h"
#include "problems/problem.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// The CPU limit `task` sets for programs in `language`: `base` times the package's factor for the
// language, else the language's own.
std::chrono::milliseconds time_limit_for(const problems::ProgramTask& task,
                                         const Language& language, std::chrono::milliseconds base);

// The wall limit that goes with a CPU limit: twice it and 10 s more. It only has to catch programs
// that idle, and a machine under load must not turn a fast program into TLE; the CPU limit decides.
std::chrono::milliseconds wall_limit_for(std::chrono::milliseconds cpu_time);

// Runs `program` on one testcase: the input file on standard input, its arguments and files beside
// it; `alone` is Limits::alone. An Error only if the box failed or `stop` was requested (Cancelled).
Result<sandbox::ExecutionResult> execute(sandbox::Sandbox& sandbox, const Program& program,
                                         const problems::ProgramLimits& limits,
                                         std::chrono::milliseconds cpu_time,
                                         const problems::Testcase& testcase, bool alone,
                                         std::stop_token stop);

// `program`'s argv with its memory limit filled in and `arguments` appended.
std::vector<std::string> run_line(const Program& program, Bytes memory,
                                  const std::vector<std::string>& arguments);

}  // namespace eval::judges
