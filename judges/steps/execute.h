#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "judges/steps/program.h"
#include "judges/steps/session.h"
#include "problems/problem.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// The CPU limit `task` sets for programs in `language`: `base` times the package's factor for the
// language, else the language's own.
std::chrono::milliseconds time_limit_for(const problems::ProgramTask& task,
                                         const Language& language, std::chrono::milliseconds base);

// The wall limit that goes with a CPU limit: twice it and 10 s more. It only has to catch programs
// that idle; the CPU limit decides.
std::chrono::milliseconds wall_limit_for(std::chrono::milliseconds cpu_time);

// Sets the limits on time: `cpu_time`, the wall limit that goes with it, and 20 s more of that for each
// second of CPU time used. A machine under load must not turn a program that computes, or waits for
// an interactor that does, into TLE or JE: with less than a twentieth of a core it idles.
void limit_time(sandbox::Limits& box, std::chrono::milliseconds cpu_time);

// The limits of a box for the session's submission.
sandbox::Limits submission_limits(const Session& session);

// The submission's command without its input: argv, environment, its files and the testcase's.
// `arguments` follow those of the testcase.
sandbox::Command submission_command(const Session& session, const problems::Testcase& testcase,
                                    const std::vector<std::string>& arguments = {});

// Runs the submission once on `input`: on standard input, or in the file that the task names. Where
// the task names an output file it is in the result's `outputs`, absent if the program made none.
// An Error only if the box failed or the session was stopped (Cancelled).
Result<sandbox::ExecutionResult> execute(const Session& session, const problems::Testcase& testcase,
                                         const sandbox::FileSource& input);

// `program`'s argv with its memory limit filled in and `arguments` appended.
std::vector<std::string> run_line(const Program& program, Bytes memory,
                                  const std::vector<std::string>& arguments);

}  // namespace eval::judges
