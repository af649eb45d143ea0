#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"

namespace eval::sandbox {

// What runs might leave on the machine, as this process sees it.
struct Leftovers {
  int processes = 0;  // descendants of this process
  int mounts = 0;     // in this process's namespace
  int cgroups = 0;    // groups of ours in every hierarchy, boxes' leaves included
  int descriptors =
      0;  // of this process, without those of cgroups that are there: opened when first needed
  Bytes resident;  // of this process
  Bytes charged;   // to this process's memory group; 0 where it has none

  // Without the two sizes, which are never quite equal.
  bool same_counts(const Leftovers& other) const {
    return processes == other.processes && mounts == other.mounts && cgroups == other.cgroups &&
           descriptors == other.descriptors;
  }
};

Leftovers count_leftovers();
std::string to_string(const Leftovers& leftovers);

// What those descriptors lead to, a line each.
std::string descriptors_open();

// Counts until the counts are those of `wanted` or some seconds are over: the kernel ends processes and
// removes mounts a moment after their last user is gone.
Leftovers count_when_settled(const Leftovers& wanted);

// Ids of all processes whose command line holds `mark`.
std::vector<std::string> processes_with(const std::string& mark);

// Groups of `pid` in every hierarchy.
std::vector<fs::path> cgroups_of(int pid);

}  // namespace eval::sandbox
