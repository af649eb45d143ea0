#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "sandbox/bench/accuracy.h"
#include "sandbox/bench/speed.h"

namespace eval::sandbox::bench {

struct BenchOptions {
  bool quick = false;  // a tenth of the work: to see that it works, not to quote
  bool accuracy = true;
  // For the one-shot command lines; empty: left out. evalctl-box lies beside it, or is left out too.
  fs::path evalctl = {};
  std::function<void(const std::string&)> progress = {};
  std::stop_token stop = {};
};

// An aim of the sandbox and what was measured. Aims on wall time are shown, never a reason to fail:
// only CPU ratios are stable on a busy machine.
struct Aim {
  std::string what;
  double limit = 0;
  bool at_least = false;  // else at most
  double measured = 0;
  bool met() const { return at_least ? measured >= limit : measured <= limit; }
};

struct BenchReport {
  std::string cpu_source;
  std::vector<SpeedRow> speed;
  std::optional<Accuracy> accuracy;
};

Result<BenchReport> run_bench(const BenchOptions& options);

// The aims that `report` has figures for.
std::vector<Aim> aims_of(const BenchReport& report);

std::string bench_text(const BenchReport& report);
Json bench_json(const BenchReport& report);

}  // namespace eval::sandbox::bench
