#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "judges/swe/environment.h"
#include "judges/swe/tree_state.h"
#include "problems/patch_task.h"

// What keeps a patch from deciding its own verdict, and a model from finding the fix.
namespace eval::judges::swe {

// When files are looked at: what a patch may not bring, an install command may have to make.
enum class Stage { Patched, Installed };

// Those of `changes` that are put back to what they were before the patch, first those that decide how git
// puts files back: they decide which tests are collected and how, and no fix needs them (of the 376
// instances at hand of Verified and Lite no reference patch touches one).
//
//   conftest, sitecustomize, usercustomize      as *.py, package or compiled; run before or beside any test
//   *.pth, *.pyc, *.pyo                         run, or taken for the source beside them
//   pytest.ini, .pytest.ini, pytest.toml, tox.ini, setup.cfg, setup.py, pyproject.toml, .coveragerc
//                                               options and plugins of the test runner
//   .gitattributes, .gitmodules                 what git does to a file that it puts back
//   *.egg-info, *.dist-info                     entry points: plugins of the test runner (Patched only)
//   test_*, *_test, tests.py                    tests, as source or compiled
//   what a test command names                   bin/test, tests/runtests.py
//   and for Python:
//   whatever lies beside a file of the test patch, or below the folder tests, test or (at the top)
//   testing that holds it; what takes the place of such a file (a package of its name)
//   new pytest, _pytest, pluggy, unittest at the top
//
// Outside Python, the folders of the test patch are not protected (sources and tests share them); the files
// of the test patch itself are restored from it in any case.
std::vector<std::string> protected_paths(const problems::PatchTask& task,
                                         const std::vector<std::string>& test_commands,
                                         const std::vector<TreeChange>& changes, Stage stage);

// Of files outside the repository that install commands have written, those that tests run with: programs
// of a bin folder, the interpreter's and the test runner's own modules, start-up files. `read` gives a
// file's content, for *.pth; empty if it cannot be read. `repository`: "owner/name", whose own programs and
// modules an install may replace.
std::vector<std::string> replaced_tools(
    const std::vector<std::string>& written, const std::string& repository,
    const std::function<std::string(const std::string& path)>& read);

struct History {
  std::string head;                  // commit of the working tree
  bool contains_base = false;        // the base commit is `head` or a parent of it
  std::vector<std::string> removed;  // refs and remotes that led beyond it, removed
  int commits_beyond = 0;            // commits still in the repository that `head` does not reach
  bool sealed() const { return contains_base && commits_beyond == 0; }
};

// Removes what leads to later commits (remotes, refs, reflogs, stashes, unreachable objects, alternates), then
// counts the commits in the object store that HEAD does not reach: checked, not assumed. An Error if git
// cannot be run there.
Result<History> seal_history(Environment& environment, const std::string& base_commit,
                             std::stop_token stop);

}  // namespace eval::judges::swe
