#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sandbox/box.h"
#include "sandbox/run_meter.h"
#include "sandbox/sandbox.h"

namespace eval::sandbox {

// The supervisor's ends of a program's output pipes.
struct OutputPipes {
  UniqueFd standard_output;
  UniqueFd standard_error;
};

struct WatchedRun {
  protocol::Reply reply;
  std::optional<RunStatus> ended_by;  // the limit that we enforced; the first only
  std::uint64_t oom_kills = 0;
  std::string standard_output;
  std::string standard_error;
  bool standard_error_cut = false;
};

// Watches the run just started in `box` until it has ended: collects its output, enforces the
// limits, honours `stop`. `cores`: how many the program can keep busy at once.
Result<WatchedRun> watch_run(Box& box, RunMeter& meter, const OutputPipes& pipes,
                             const Limits& limits, int cores, std::stop_token stop);

}  // namespace eval::sandbox
