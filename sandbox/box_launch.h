#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "sandbox/box_protocol.h"

namespace eval::sandbox {

// The box program in a sealed memory file: init runs from it, so no file on disk can be swapped
// and /proc/self/exe of init leads to nothing writable (the lesson of CVE-2019-5736).
Result<UniqueFd> make_box_image();

// The library that starts programs warm (box/warm.h), likewise.
Result<UniqueFd> make_warm_image();

// An empty memory file called `name` that may be sealed and executed.
Result<UniqueFd> make_executable_memory(const char* name);

struct LaunchedInit {
  UniqueFd process;  // pidfd
  int pid = -1;
  UniqueFd socket;  // our end; closing it ends the box
};

// Starts an init in new namespaces, without copying this process. `user_namespace`: also in a user
// namespace of its own with the caller's user mapped to `inner_id`.
// `failing`, for tests: the step that does not happen.
Result<LaunchedInit> launch_init(int image, bool user_namespace, unsigned inner_id,
                                 protocol::Step failing = protocol::Step::None);

}  // namespace eval::sandbox
