#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "judges/language.h"
#include "judges/lcb/shim_protocol.h"
#include "problems/problem.h"
#include "sandbox/sandbox.h"

// Runs shim.py in a box.
namespace eval::judges {

// The interpreter a shim runs on.
struct ShimInterpreter {
  const Language* language = nullptr;
  LanguageTool tool;
  // What more than the interpreter decides what programs can do: "numpy", where it is installed.
  std::string modules;
};
Result<ShimInterpreter> find_shim_interpreter(const Languages& languages, std::string_view id);

// Of the shim itself, for cache keys and fingerprints.
std::string shim_hash();

struct ShimLimits {
  std::chrono::milliseconds cpu_time{0};
  std::chrono::milliseconds wall_time{0};
  Bytes memory;
  Bytes output;
  bool alone = false;
};

struct ShimRun {
  sandbox::ExecutionResult run;  // standard_output holds the frames
  std::string nonce;
  ShimFrames frames;  // views into `run`: do not move apart
};

// Infrastructure if the interpreter did not come up; Cancelled if `stop` was requested. `job.nonce` is
// set here.
Result<std::unique_ptr<ShimRun>> run_shim(sandbox::Sandbox& sandbox, const ShimInterpreter& python,
                                          ShimJob job, const ShimLimits& limits,
                                          std::stop_token stop);

// The bytes of a testcase's file. BadInput if they are not those it had when it was loaded: what is
// kept in a cache folder may have been changed.
Result<std::string> read_test_data(const problems::DataFile& file);

}  // namespace eval::judges
