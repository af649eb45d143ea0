#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "sandbox/bench/measurement.h"
#include "sandbox/sandbox.h"

// How exactly a sandbox measures and how fast it stops what goes over a limit.
namespace eval::sandbox::bench {

struct AccuracyOptions {
  int tries = 20;               // of each measurement
  fs::path program;             // the benchmark's target
  fs::path folder;              // for a file of 400 MiB (sparse), which programs read
  std::vector<int> cores = {};  // as the sandbox was made with; for the report only
  std::function<void(const std::string&)> progress = {};
  std::stop_token stop = {};
};

struct MemoryRow {
  int touched_mib = 0;
  bool reads_files = false;    // 400 MiB that nobody had read before
  double worst_error_mib = 0;  // signed; what an empty program takes is taken off
};

// CPU time of the same work alone and with a neighbour that does the same.
struct NeighbourRow {
  std::string load;  // "integer", "memory", "page faults"
  double alone_ms = 0;
  double alone_spread = 0;  // (max - min) / min
  double together_ms = 0;
  double factor = 0;  // of medians
};

struct Accuracy {
  std::string isolation;
  Quantiles overshoot_ms;   // CPU time over the limit when a busy program is stopped
  Quantiles bomb_empty_ms;  // 500 processes: from the end of the first to an empty box
  std::vector<MemoryRow> memory;
  int limit_runs = 0;      // programs of 0.9 x their limit (measured alone), two at once
  int limit_false = 0;     // of these, told to be over it
  double limit_worst = 0;  // largest CPU time seen as a part of the limit
  std::vector<NeighbourRow> neighbours;
};

// `sandbox` needs two boxes.
Result<Accuracy> measure_accuracy(Sandbox& sandbox, const AccuracyOptions& options);

}  // namespace eval::sandbox::bench
