#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

namespace eval::sandbox {

// The box program in a sealed memory file: init runs from it, so no file on disk can be swapped
// and /proc/self/exe of init leads to nothing writable (the lesson of CVE-2019-5736).
Result<UniqueFd> make_box_image();

struct LaunchedInit {
  UniqueFd process;  // pidfd
  int pid = -1;
  UniqueFd socket;  // our end; closing it ends the box
};

// Starts an init in new namespaces, without copying this process. `user_namespace`: also in a user
// namespace of its own with the caller's user mapped to `inner_id`.
Result<LaunchedInit> launch_init(int image, bool user_namespace, unsigned inner_id);

}  // namespace eval::sandbox
