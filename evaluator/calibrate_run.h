#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "evaluator/calibration.h"
#include "evaluator/store/store.h"
#include "judges/judge.h"
#include "problems/proof_set.h"

namespace eval::evaluator {

struct CalibrationOptions {
  std::string grader;  // proof::grader_key of `judge`
  std::uint64_t seed = 0;
  int jobs = 4;   // proofs marked at once
  int limit = 0;  // at most so many proofs, in set order; 0: all
  // Called after each proof, one call at a time: proofs done, and all there are.
  std::function<void(int done, int all)> progress = {};
};

// Has `judge` mark the proofs of `set` that people have marked, and compares. What was marked before is
// taken from the store's verdict cache, so a calibration that was stopped goes on from there. The card is
// stored and returned. People's mark of a proof is the mean of theirs. An Error is of our machinery (no
// reply, a failing store, a stop); BadInput for a set without marked proofs.
Result<GraderCard> run_calibration(const problems::ProofSet& set, judges::Judge& judge,
                                   Store& store, const Clock& clock,
                                   const CalibrationOptions& options, std::stop_token stop);

}  // namespace eval::evaluator
