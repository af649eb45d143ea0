#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "judges/judgement.h"
#include "judges/lcb/shim_protocol.h"
#include "problems/problem.h"
#include "sandbox/sandbox.h"

// From what came out of the box to what the official evaluator of LiveCodeBench says. Pure.
namespace eval::judges {

// TestResult::run_status of every result made here; TestResult::exit_code is then the evaluator's code.
inline constexpr std::string_view kOfficialStatus = "lcb-official";

// The codes of the official evaluator. It calls a right output True; 1 here.
enum class OfficialCode : int {
  Right = 1,
  Wrong = -2,
  TimedOut = -3,
  Failed = -4,  // an exception, also while loading
  Lost = -5,    // the process ended, or ran into the limit for all tests, and left no result
};

// What decides: the testcases in order with their expected outputs, whole.
struct OfficialTask {
  const problems::ProgramTask* task = nullptr;
  std::vector<std::string> expected;
};

// The results up to the first that is not right; or one alone, for the testcase where it happened, where the
// failure is none of a test and the official evaluator knows nothing of the tests before. They are all AC
// if and only if there is one for every testcase and the process came to its end. Precondition: there is a
// testcase; the run was not cancelled and sent "ready".
std::vector<TestResult> official_results(const OfficialTask& task, const ShimFrames& frames,
                                         const sandbox::ExecutionResult& run);

}  // namespace eval::judges
