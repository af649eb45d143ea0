#pragma once

#include <string>

#include "base/result.h"
#include "judges/language.h"
#include "judges/submission.h"
#include "problems/problem.h"

namespace eval::judges {

// A package's own submission, read and its language settled.
struct ReferenceProgram {
  const Language* language = nullptr;  // nullptr: cannot be run here, see `skip_reason`
  SourceProgram program;
  std::string skip_reason;  // language unknown, or its compiler not installed
};

// Reads the files of `reference`. Its language is what the package states, else that of most of its
// files. "Python 3" in a Kattis package is run with PyPy where that is installed, as Kattis itself
// and BAPCtools do: time limits and promises of packages are made with it.
Result<ReferenceProgram> read_reference(const problems::Problem& problem,
                                        const problems::ReferenceSubmission& reference,
                                        const Languages& languages);

}  // namespace eval::judges
