#pragma once

#include <linux/filter.h>

#include "sandbox/box/system.h"

// What a program's process does to itself before the program's first instruction, whether an execve
// follows (run.cpp) or the return from fork() (warm_library.cpp). Nothing here allocates or locks.
namespace eval::sandbox::box {

struct Preparation {
  const protocol::RunRequest* request = nullptr;
  const int* attach = nullptr;  // request->attach_files of them
  sock_fprog filter{};
  std::uint32_t uid = 0;  // of the program
  bool in_user_namespace = false;
  const char* folder = "/box";  // to start in
};

// Joins the cgroups, takes a session, limits, core and user of its own, and enters the work folder.
Fault prepare_program(const Preparation& preparation);

// Gives up new privileges, enters Landlock and loads the filter; its listener, if it has one, is
// `listener` from then on. What comes after is subject to the filter.
Fault load_filter(const Preparation& preparation, volatile int& listener);

// Cuts the wish to what is there: a hard limit cannot be raised without CAP_SYS_RESOURCE.
bool set_limit(int resource, std::uint64_t wish);

std::uint64_t monotonic_ns();

}  // namespace eval::sandbox::box
