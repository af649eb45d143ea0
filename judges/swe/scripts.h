#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "judges/swe/evaluation.h"

// The shell scripts of an evaluation. Each runs in the repository, with the environment's own tools. Pure.
namespace eval::judges::swe {

// Begins every script that calls git: one that asks nobody, runs no hook and takes the tree's owner for
// granted.
std::string git_settings();

// Applies /box/patch.diff by the official tries. What patch(1) does to ".git" ends it: nothing that git is
// asked afterwards can be trusted.
std::string apply_script(Harness harness);
// From what that script printed; nullopt if no try has worked.
std::optional<ApplyMethod> applied_in(std::string_view output);
bool touched_git_folder(std::string_view output);

// Puts files and folders back to what HEAD has; those it does not have go.
std::string restore_script(const std::vector<std::string>& paths);
// Of `paths`, those that were not as HEAD has them, from what that script printed.
std::vector<std::string> restored_in(std::string_view output,
                                     const std::vector<std::string>& paths);

// True for a command that runs pytest, which can be asked for a report.
bool runs_pytest(std::string_view command);

// Runs test commands one after the other; the exit code is that of the last that failed, else 0. pytest
// leaves its report in /box/`report` and gets `arguments` as well.
std::string test_script(const RepositorySpec& spec, const std::vector<std::string>& commands,
                        std::string_view report, std::string_view arguments);

}  // namespace eval::judges::swe
