#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "judges/swe/environment.h"
#include "judges/swe/grade.h"
#include "judges/swe/spec.h"
#include "problems/problem.h"

// One patch evaluated in one environment, by the steps of the official harness (docs/swe-bench.md).
namespace eval::judges::swe {

struct EvaluationOptions {
  Harness harness = Harness::V5;
  std::chrono::seconds test_time{1800};  // the official limit, by wall clock
  Bytes memory = Bytes::gib(8);
  int processes = 4096;
  // Commands that take the place of the table's, where the environment asks for others.
  std::vector<std::string> test_commands = {};
  bool install = true;  // run the specification's install commands after the patch
  bool canary = true;   // where all tests passed, run one more that must fail; see canary.h
};

// How the patch went in: official tries in their order; the first that works counts.
enum class ApplyMethod { GitApply, ThreeWay, Reject, Patch, AlreadyApplied };
std::string_view apply_method_name(ApplyMethod method);  // "git apply", "git apply --3way", ...

struct Evaluation {
  Grade grade;
  std::string log;  // whole, with the official markers: can be graded again
  std::optional<ApplyMethod> applied = {};
  std::vector<std::string> restored = {};  // protected files the patch had touched; see integrity.h
  std::vector<std::string> history_removed = {};
  std::chrono::microseconds test_cpu_time{0};
  std::chrono::microseconds test_wall_time{0};
  std::optional<Bytes> memory_peak = {};
  std::string isolation = {};
  std::string environment = {};  // Environment::identity
};

// `diff`: not empty. Steps: seal the history; apply the patch; put protected files back; install; put the
// test files back and apply the test patch; run the tests, whose report is written outside the tree where
// the framework can; grade. What the patch does wrong is a grade; an Error is a failure of ours, and so is
// a test patch that does not apply, or history that cannot be sealed.
Result<Evaluation> evaluate(const problems::PatchTask& task, const RepositorySpec& spec,
                            const std::string& diff, Environment& environment,
                            const EvaluationOptions& options, std::stop_token stop);

}  // namespace eval::judges::swe
