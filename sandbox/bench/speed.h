#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "sandbox/bench/cpu_clock.h"
#include "sandbox/bench/measurement.h"

// How long and how much CPU time it takes to run an empty program: in a warm box on each rung that
// this machine offers, and by others.
namespace eval::sandbox::bench {

struct SpeedOptions {
  int rounds = 8;    // each measures every variant once, posix_spawn included
  int runs = 100;    // of a fast variant per round; command lines get a tenth
  fs::path program;  // the empty program
  // For the one-shot command lines; empty: left out. evalctl-box lies beside it, or is left out too.
  fs::path evalctl = {};
  std::function<void(const std::string&)> progress = {};
  std::stop_token stop = {};
};

// One variant with one number of workers. Ratios are to posix_spawn with as many workers in the same
// round: the median over the rounds, and their range.
struct SpeedRow {
  std::string variant;
  int workers = 1;
  int runs = 0;
  Quantiles wall_ms;      // of one run
  double cpu_ms = 0;      // per run, all processes; median over rounds
  double per_second = 0;  // median over rounds
  double wall_ratio = 0;  // of medians
  double wall_ratio_min = 0;
  double wall_ratio_max = 0;
  double cpu_ratio = 0;
  double rate_ratio = 0;  // of runs per second
};

Result<std::vector<SpeedRow>> measure_speed(const CpuClock& clock, const SpeedOptions& options);

}  // namespace eval::sandbox::bench
