#pragma once

#include <cstdio>
#include <cstdlib>

// Stops the process when `condition` is false: a bug in our own code, in every build type. Never
// use it on input; what a user, a package or a submission gets wrong is an Error or a value.
#define EVAL_CHECK(condition)                                                            \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      std::fprintf(stderr, "evalctl: bug: %s is false at %s:%d\n", #condition, __FILE__, \
                   __LINE__);                                                            \
      std::fflush(stderr);                                                               \
      std::_Exit(70);                                                                    \
    }                                                                                    \
  } while (false)
