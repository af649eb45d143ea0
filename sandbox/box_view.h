#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "sandbox/sandbox.h"

namespace eval::sandbox {

// One thing in a box's root; see protocol::BuildRequest for the letters.
struct ViewEntry {
  char kind = 'D';
  std::string path;
  std::string argument = {};

  friend bool operator==(const ViewEntry&, const ViewEntry&) = default;
};

// What decides which root a box has: boxes with equal keys can stand in for each other.
struct ViewKey {
  bool whole_system = false;         // false: shared libraries only
  std::vector<fs::path> host_paths;  // further paths, sorted
  std::optional<ImageRoot> root;     // in place of all of the host's
  unsigned root_owner = 0;           // of root->upper
  // The runtime that waits in the box (Command::warm_start), argv and environment; empty: none. A runtime
  // has a box of its own, and keeps it whatever else runs in between.
  std::string runtime = {};

  friend bool operator==(const ViewKey&, const ViewKey&) = default;
};

// BadInput if a path of `command` is not absolute, does not exist, or hides part of the box itself.
Result<ViewKey> view_key_of(const Command& command);

// The root of a box with `key` whose program runs as `uid`, read from this machine.
Result<std::vector<ViewEntry>> view_entries(const ViewKey& key, unsigned uid);

}  // namespace eval::sandbox
