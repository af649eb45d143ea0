#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "evaluator/manifest.h"
#include "evaluator/repro_rows.h"
#include "runners/runner.h"

namespace eval::evaluator {

struct ReproOptions {
  double share = 0.1;                 // of the stored completions, at least one
  std::vector<int> at_once = {3};     // replayed once for each, so many in flight
  std::uint64_t seed = 1;             // which share, and the orders
  bool other_runner_is_fine = false;  // go on although the runner has another fingerprint
  std::function<void(int done, int total)> progress = {};  // one call at a time
};

// Asks `runner` again for a share of `stored`, in shuffled orders and other company than the run's, and
// compares the hashes of the tokens. Usage if the runner is not the one that the run names, NotFound
// if nothing is stored; a completion that cannot be had again (an Error of the runner) is one too.
Result<ReproCheck> verify_repro(const std::vector<StoredCompletion>& stored,
                                const RunManifest& manifest, runners::Runner& runner,
                                const ReproOptions& options, const Clock& clock,
                                std::stop_token stop);

}  // namespace eval::evaluator
