#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "problems/livecodebench.h"

namespace eval::problems {

// A selection with its names resolved, and the files it reads.
struct LiveCodeBenchPlan {
  std::vector<fs::path> files;
  std::string start, end;  // days, inclusive; empty: open
  std::string title;       // release, window and what else was chosen
  int published =
      0;  // rows that the window is known to have in the full data; 0: not known, or not all wanted
};

// What `selection` takes of `path`, for which is_livecodebench() holds. Usage for a release, window or day that
// does not exist; NotFound for a release whose files are not all there. Reads no row.
Result<LiveCodeBenchPlan> plan_livecodebench(const fs::path& path,
                                             const LiveCodeBenchSelection& selection);

}  // namespace eval::problems
