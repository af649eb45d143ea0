#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "judges/steps/check_outcome.h"
#include "judges/steps/verdict_of.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// One run of the submission on a testcase: the only one, or one pass of a multi-pass problem.
struct Pass {
  sandbox::FileSource input;
  Feedback feedback = {};  // what earlier passes left
};

// How the submission met a testcase once, and what was decided.
struct Meeting {
  CheckOutcome outcome;
  sandbox::ExecutionResult run;  // the submission's; several processes as one (merged())
  std::string output;            // what the submission wrote, as far as it is kept
  std::string transcript;        // the beginning of what was said; empty where nobody talked
};

// The runs of several processes of a submission as one: CPU time is their sum (as in CMS), wall time
// and memory their maximum, because each is held to the limit on its own; how it ended is told by the
// first in `order` that failed, else by the first.
sandbox::ExecutionResult merged(std::span<const sandbox::ExecutionResult> runs,
                                std::span<const std::size_t> order);

// What an interactor or a manager and the processes of a submission came to.
struct Interaction {
  std::span<const sandbox::ExecutionResult> submission;  // its processes
  std::span<const std::size_t> order;       // indices into `submission`, in the order they ended
  std::size_t ended_before_interactor = 0;  // how many of `order` did
  CheckOutcome interactor;                  // what it said
  std::chrono::microseconds cpu_limit{0};   // of each process, and of their sum
};

// Who is to blame. The first row that holds decides:
//   1. a process of the submission failed (RE, TLE, MLE, OLE) before the interactor ended, or waited
//      in vain (deadlock): its verdict, whatever the interactor did then
//   2. the interactor broke its protocol: JE
//   3. the interactor rejected before the submission ended: WA, however the submission ended then
//   4. a process failed after the interactor had accepted, or all of them together used more CPU time
//      than the limit: that verdict
//   5. what the interactor said
// A process that was killed because the interactor ended has not failed.
CheckOutcome decide_interaction(const Interaction& interaction);

}  // namespace eval::judges
