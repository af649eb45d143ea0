#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/sandbox.h"

namespace eval::sandbox {

// A system call filter as the kernel takes it (one 8-byte sock_filter each), made before any box.
struct SeccompFilter {
  std::vector<std::uint64_t> instructions;
  bool notifies = false;  // a forbidden call is reported to init instead of failing
};

// A deny list: what a program of `profile` must not call. Calls that honest programs probe for fail
// with ENOSYS or EPERM everywhere; for Native the rest ends the run and is named in the result.
// `memory_is_charged`: a cgroup counts memory that is in no mapping; else nobody may make any.
Result<SeccompFilter> build_seccomp_filter(Profile profile, bool memory_is_charged);

// "ptrace" for 101 on x86-64; the number itself if unknown.
std::string syscall_name(int number);

}  // namespace eval::sandbox
