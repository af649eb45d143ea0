#pragma once

#include <string_view>

// Declares the bytes that eval_embed() in CMake made part of the program under `symbol`, and a
// function of that name that returns them.
#define EVAL_EMBEDDED(symbol)                                                         \
  extern "C" const char symbol##_begin[];                                             \
  extern "C" const char symbol##_end[];                                               \
  static inline std::string_view symbol() {                                           \
    return std::string_view(symbol##_begin,                                           \
                            static_cast<std::size_t>(symbol##_end - symbol##_begin)); \
  }
