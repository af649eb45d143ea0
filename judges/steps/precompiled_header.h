#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/files.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// bits/stdc++.h compiled ahead, once for each command line of g++, because reading it takes most of the
// time that a contest program takes to compile (3.3 s of CPU time with it, 1.1 s ahead). The program that
// comes out is the same, byte for byte.
//
// Only where that is certain: a single source whose first line of code is `#include <bits/stdc++.h>`, so
// that no macro or pragma comes before it. The header is compiled in a box like any program, nothing of a
// submission takes part, and submissions' compilers see it read-only. Thread-safe.
class PrecompiledHeaders {
 public:
  explicit PrecompiledHeaders(sandbox::Sandbox& sandbox) : sandbox_(sandbox) {}

  // The folder to search first (-isystem) when `command` compiles `sources`; nullopt: compile as it is.
  // `command` is ready to run but for it, `output` the name after its -o. The first program of a command
  // line gets none, since there may be no second; the second pays for the header, and whoever asks
  // meanwhile gets none. A header that does not compile is not tried again.
  std::optional<fs::path> folder_for(const sandbox::Command& command, const std::string& output,
                                     const sandbox::Limits& limits, const std::stop_token& stop);

 private:
  struct Entry {
    int programs = 0;
    std::optional<TempDir> folder = std::nullopt;  // with bits/stdc++.h.gch
  };

  sandbox::Sandbox& sandbox_;
  std::mutex mutex_;
  std::map<std::vector<std::string>, Entry> entries_;  // by the command's flags; guarded by mutex_
};

// True if the first line of code includes bits/stdc++.h.
bool begins_with_all_headers(std::string_view source);

}  // namespace eval::judges
