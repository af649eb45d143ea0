#pragma once

#include <atomic>
#include <chrono>
#include <stop_token>

#include "judges/steps/program.h"
#include "judges/submission.h"
#include "problems/problem.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// One judging: what is the same for all its testcases. Views of what the caller keeps alive.
struct Session {
  sandbox::Sandbox& sandbox;
  const problems::Problem& problem;
  const problems::ProgramTask& task;
  const Program* program = nullptr;      // nullptr: the submission is outputs
  const OutputFiles* outputs = nullptr;  // nullptr: the submission is a program
  const Program* checker = nullptr;      // nullptr: task.checker.comparison decides
  const Program* interactor = nullptr;   // of the task types that have one
  std::chrono::milliseconds cpu_time{0};
  bool alone = false;  // sandbox::Limits::alone of the submission's runs
  // Whether this task's manager and stub use their FIFOs the other way round (meet_manager finds out);
  // nullptr: they do not.
  std::atomic<bool>* fifos_are_swapped = nullptr;
  std::stop_token stop = {};
};

}  // namespace eval::judges
