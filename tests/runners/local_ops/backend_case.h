#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runners/local/model/backend.h"

// The tests of this folder hold for every implementation of the seam: each test program links them with
// one file that defines backend_cases().
namespace eval::runners::local {

struct BackendCase {
  std::string name;  // letters and digits
  std::function<std::unique_ptr<Backend>()> make;
  // Rounds weights and the inputs of products to BF16; otherwise the backend works in F32.
  bool bf16 = false;
  // Rounds weights and inputs of dense products to I8: only the tests that allow for it run.
  bool int8 = false;
  // A token's bits are the same in a piece of one token and inside a longer piece.
  bool pieces_match_decode = false;
};

std::vector<BackendCase> backend_cases();

// gtest's name of a case.
inline std::string case_name(const auto& test) {
  return test.param.name;
}
// So that a failure names the backend instead of printing bytes.
inline void PrintTo(const BackendCase& backend, std::ostream* out) {
  *out << backend.name;
}

}  // namespace eval::runners::local
