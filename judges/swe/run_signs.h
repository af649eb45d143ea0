#pragma once

#include <optional>
#include <string_view>

// What a log says about its run beside the outcomes of tests: the official harness's signatures.
// Pure, linear in the log.
namespace eval::judges::swe {

// True if some test runner says that it ran at least one test ("Tests: 3 passed", "12 passing", "5
// specs, 0 failures"). Reporters that print failures only leave no other trace of a clean run.
bool shows_a_run(std::string_view log);

// "Timeout error: 1800 seconds exceeded", which the official harness appends to a log it cut off.
bool says_timeout(std::string_view log);

struct FailureSign {
  std::string_view reason;      // "out_of_memory", "missing_module", ...
  bool is_environment = false;  // no patch can have caused it
};
// The first of the table that the log has.
std::optional<FailureSign> failure_sign(std::string_view log);

}  // namespace eval::judges::swe
