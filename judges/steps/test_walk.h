#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "judges/judgement.h"
#include "judges/steps/grading.h"
#include "problems/problem.h"

namespace eval::judges {

// One testcase run and checked.
struct TestRun {
  TestResult result;
  std::optional<double> fraction;  // of the full score, where the checker gave one
  // What the time limit is about, where that is not the CPU time of all: the slowest of several
  // passes or programs.
  std::optional<std::chrono::microseconds> slowest_cpu = std::nullopt;

  std::chrono::microseconds timed_cpu() const { return slowest_cpu.value_or(result.cpu_time); }
};

// Goes through a problem's subtasks in their order, runs what must be run and grades on the way up.
//
// A subtask that stops at its first error runs no later member; one whose required subtasks were not
// accepted runs nothing. A testcase that is listed in several subtasks, or whose data are the same
// bytes as another's, is run once. With `run_all` the members after a stop are run and reported too,
// but count for nothing.
class TestWalk {
 public:
  using RunTestcase = std::function<Result<TestRun>(const problems::Testcase&)>;
  using CustomGrader =
      std::function<Result<Outcome>(const problems::Subtask&, std::span<const Outcome>)>;

  TestWalk(const problems::ProgramTask& task, bool run_all, RunTestcase run, CustomGrader grade)
      : task_(task), run_all_(run_all), run_(std::move(run)), grade_(std::move(grade)) {}

  // The outcome of the root; fills `judgement.tests` and `judgement.subtasks`. An Error is the first
  // that the callbacks gave.
  Result<Outcome> walk(Judgement& judgement);

 private:
  Result<Outcome> walk_subtask(const problems::Subtask& subtask, Judgement& judgement);
  Result<Outcome> walk_member(const problems::Subtask& subtask,
                              const problems::Subtask::Member& member, Judgement& judgement);
  // The first required subtask that was not accepted, nullptr if all were.
  const std::string* unmet_requirement(const problems::Subtask& subtask) const;
  Outcome without_requirement(const problems::Subtask& subtask, const std::string& required) const;
  Result<Outcome> walk_testcase(const problems::Subtask& subtask,
                                const problems::Testcase& testcase, Judgement& judgement);

  const problems::ProgramTask& task_;
  const bool run_all_;
  RunTestcase run_;
  CustomGrader grade_;
  std::map<std::string, TestRun> runs_;  // by content key of the testcase
  std::set<std::string> reported_;       // names of testcases in judgement.tests
  std::map<std::string, Verdict> subtask_verdicts_;
};

// The testcases that a walk asks for, in that order, if nothing stops it early: each once, equal ones left out.
std::vector<const problems::Testcase*> walk_order(const problems::ProgramTask& task);

}  // namespace eval::judges
