#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "sandbox/sandbox.h"
#include "sandbox/seccomp_program.h"

namespace eval::sandbox {

// A system call filter, made before any box.
struct SeccompFilter {
  SeccompProgram program;
  bool notifies = false;  // a forbidden call is reported to init instead of failing
};

// An allow list: what a program of `profile` may call. In Native every other call ends the run and is
// named in the result; elsewhere it is absent (ENOSYS), or refused (EPERM) if it has been part of
// escapes. `by_cgroup`: a cgroup counts memory that is in no mapping and time that nobody waits for; else
// nobody may make such memory, and a Native program always has its children's times added to its own.
// `one_exec`: after the exec that starts the program there is no other; needs set_exec_key().
Result<SeccompFilter> build_seccomp_filter(Profile profile, bool by_cgroup, bool one_exec);

// What the filter of `profile` says to each call; see seccomp_program.h.
CallTable calls_of(Profile profile, bool by_cgroup, bool one_exec);

// "ptrace" for 101 on x86-64; the number itself if unknown.
std::string syscall_name(int number);

}  // namespace eval::sandbox
