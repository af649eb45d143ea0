#pragma once

#include <stop_token>
#include <string>

#include "base/result.h"
#include "judges/judgement.h"
#include "judges/submission.h"
#include "problems/problem.h"

namespace eval::judges {

// The seam between the pipeline and a kind of task.
class Judge {
 public:
  virtual ~Judge() = default;

  // Compiles, runs and checks `submission`. What the submission does wrong, and a checker that
  // breaks (JE), are Judgements; an Error means that our machinery failed (no compiler, no box), and
  // becomes IE for the attempt. Thread-safe.
  virtual Result<Judgement> judge(const problems::Problem& problem, const Submission& submission,
                                  std::stop_token stop) = 0;

  // Hash of all that decides the verdict of `submission` besides chance: code, compiler and flags,
  // test bytes, checker, limits, judge version, box rung. Key of the verdict cache.
  virtual Result<std::string> cache_key(const problems::Problem& problem,
                                        const Submission& submission) = 0;
};

}  // namespace eval::judges
