#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "judges/swe/environment.h"
#include "problems/patch_task.h"

// What keeps a patch from deciding its own verdict, and a model from finding the fix.
namespace eval::judges::swe {

// The files of `diff` that are put back to what they were before it, after it was applied, in the order of
// the patch: they decide which tests are collected and how, and no fix needs them (of the 376 instances at
// hand of Verified and Lite no reference patch touches one).
//
//   conftest.py, sitecustomize.py, usercustomize.py, *.pth   run before or beside any test
//   pytest.ini, .pytest.ini, tox.ini, setup.cfg, setup.py, pyproject.toml, .coveragerc
//                                                            options and plugins of the test runner
//   test_*.py, *_test.py, tests.py                           tests
//   whatever lies in a folder where the test patch has a file, for Python
//
// Outside Python, the folders of the test patch are not protected (sources and tests share them); the files
// of the test patch itself are restored from it in any case.
std::vector<std::string> protected_files(const problems::PatchTask& task, std::string_view diff);

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
