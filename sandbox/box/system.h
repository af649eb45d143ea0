#pragma once

#include <cstddef>
#include <cstdint>

#include "sandbox/box_protocol.h"

// What the parts of a box's init share. This program is static, single-threaded and never
// allocates: it is cloned from for every run, and a small address space makes that cheap.
namespace eval::sandbox::box {

using protocol::Step;

// Where something went wrong; step None is success.
struct Fault {
  Step step = Step::None;
  int sys_errno = 0;
  std::uint32_t entry = 0;

  bool ok() const { return step == Step::None; }
};

Fault fault_here(Step step, std::uint32_t entry = 0);  // with the current errno

// Keeps of all capabilities only those that init needs for runs, and empties the bounding set.
Fault keep_needed_capabilities();

// Empties the effective, permitted and inheritable sets of the caller. 0 or -1.
int drop_all_capabilities();

// Builds the root and enters it. `entries` as described at BuildRequest.
Fault build_root(const protocol::BuildRequest& request, const char* entries, const char* end);

// Sets the size limit of the scratch file system (/box, /tmp, /dev/shm).
Fault resize_scratch(std::uint64_t bytes);

// Empties /box, /tmp and /dev/shm. No process but init may be alive.
Fault clean_scratch();

// As whom programs run.
void set_program_user(std::uint32_t uid, bool user_namespace);

// Runs one program to its end; `message` is the whole RunRequest of `size` bytes. False: the
// supervisor is gone and init must end.
bool run_program(const char* message, std::size_t size, const int* descriptors,
                 int descriptor_count, protocol::Reply& reply);

}  // namespace eval::sandbox::box
