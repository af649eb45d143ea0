#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace eval::sandbox::bench {

// posix_spawn of `argv` with nothing on its streams, and waiting for it. Infrastructure if it cannot
// be started or does not exit with 0.
Result<void> spawn_and_wait(const std::vector<std::string>& argv);

// Bubblewrap around `program` with all namespaces and what a contest program needs to see; empty if
// bubblewrap is not installed.
std::vector<std::string> bubblewrap_line(const fs::path& program);

// Our own command line around `program`.
std::vector<std::string> one_shot_line(const fs::path& evalctl, const fs::path& program);
// The same by the small program beside `evalctl`; empty if it is not there.
std::vector<std::string> box_tool_line(const fs::path& evalctl, const fs::path& program,
                                       bool without_cgroup);

}  // namespace eval::sandbox::bench
