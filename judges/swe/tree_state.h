#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "judges/swe/environment.h"

// What happens to the files of a repository, as the file system shows it: a patch can be written so that
// git, patch(1) and whoever reads it do not agree on what it touches.
namespace eval::judges::swe {

// What lstat() says of every file, link and whatever else is no folder, by its path in the repository,
// without its ".git". The time of change is part of it, which no program can set.
using TreeState = std::map<std::string, std::string>;
Result<TreeState> look_at_tree(Environment& environment, std::stop_token stop);

struct TreeChange {
  std::string path;
  bool is_new = false;  // it was not there before
  friend bool operator==(const TreeChange&, const TreeChange&) = default;
};
// Sorted by path; what was deleted is a change too.
std::vector<TreeChange> changes_between(const TreeState& before, const TreeState& after);

// For scripts: a function that prints the state of the repository's ".git", without objects, index and
// what git writes there in passing. Who changes the rest decides what the next git command does.
std::string git_state_function();
// The output of that function, for comparison.
Result<std::string> look_at_git_folder(Environment& environment, std::stop_token stop);

}  // namespace eval::judges::swe
