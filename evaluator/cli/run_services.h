#pragma once

#include "evaluator/cli/context.h"
#include "evaluator/settings.h"

namespace eval::cli {

// Which stages a command drives, and what it shows.
struct RunActions {
  bool generate = true;
  bool judge = true;
  bool judge_again = false;
  // With judge_again: testcases that a stored time answers are not run.
  bool use_earlier_times = false;
  int repeat = 0;  // judge again so often and show the flips; 0: not
  bool dry_run = false;
  bool json_events = false;
  bool no_html = false;
};

// Builds store, runner, sandbox and judge for `settings`, drives the run, prints the scoreboard and
// names the report. What `evalctl run`, `generate` and `judge` do once their settings are known.
ExitCode execute_run(const Context& context, evaluator::RunSettings settings,
                     const RunActions& actions);

}  // namespace eval::cli
