#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "judges/swe/log_parser.h"
#include "judges/swe/spec.h"
#include "problems/patch_task.h"

// A test that must fail. The patched code runs in one process with the tests and can make all of them pass
// (a changed assertion, a report that is rewritten): once all tests that matter have passed, a further one
// under a name of chance, which fails whatever the code does, is put into one of their files and run. If
// it is said to have passed, or is not said to have failed, neither were the others tests.
namespace eval::judges::swe {

struct Canary {
  std::string name;  // of the test; part of its id
  std::string file;  // of the test patch, to whose end `code` goes
  std::string code;
};

// For Python's runners; nullopt where no file of the test patch can take it. `nonce`: hexadecimal digits
// that the patch cannot know.
std::optional<Canary> make_canary(const problems::PatchTask& task, const RepositorySpec& spec,
                                  std::string_view nonce);

enum class CanaryOutcome {
  Failed,   // as it must
  Passed,   // what is said of tests is not true
  Missing,  // it was not run
};
CanaryOutcome canary_outcome(const Canary& canary, const TestResults& results);

}  // namespace eval::judges::swe
