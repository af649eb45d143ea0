#pragma once

#include <string>

#include "evaluator/cli/context.h"
#include "evaluator/settings.h"
#include "evaluator/store/store.h"
#include "runners/http_runner.h"

namespace eval::cli {

// Which stages a command drives, and what it shows.
struct RunActions {
  bool generate = true;
  bool judge = true;
  bool judge_again = false;
  // With judge_again: testcases that a stored time answers are not run.
  bool use_earlier_times = false;
  int repeat = 0;  // judge again so often and show the flips; 0: not
  // The run is a control of SWE-bench: what fails it is told, and decides the exit code.
  bool is_control = false;
  // A file of LiveCodeBench whose own verdicts are held against those given; empty: none.
  std::string recorded;
  bool dry_run = false;
  bool json_events = false;
  bool no_html = false;
};

// Builds store, runner, sandbox and judge for `settings`, drives the run, prints the scoreboard and
// names the report. What `evalctl run`, `generate` and `judge` do once their settings are known.
ExitCode execute_run(const Context& context, evaluator::RunSettings settings,
                     const RunActions& actions);

// The key for a model's server, from EVALCTL_API_KEY or OPENAI_API_KEY; empty if there is none.
std::string api_key(const Context& context);

// The store's request cache, or no cache for nullptr. A lost entry costs time, never a result, so its
// failures are not reported.
runners::GenerationCache generation_cache(evaluator::Store* store);

}  // namespace eval::cli
