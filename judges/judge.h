#pragma once

#include <stop_token>
#include <string>
#include <utility>

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

  // judge(), but a testcase that `earlier` answers need not be run: a judgement of the same submission
  // and package, perhaps under another time limit. What it cannot answer, because it is of another
  // compiler, box, checker or memory limit or its program was killed, is run.
  virtual Result<Judgement> judge_with_times(const problems::Problem& problem,
                                             const Submission& submission, const Judgement& earlier,
                                             std::stop_token stop) {
    static_cast<void>(earlier);
    return judge(problem, submission, std::move(stop));
  }

  // Hash of all that decides the verdict of `submission` besides chance: code, compiler and flags,
  // test bytes, checker, limits, judge version, box rung. Key of the verdict cache.
  virtual Result<std::string> cache_key(const problems::Problem& problem,
                                        const Submission& submission) = 0;
};

}  // namespace eval::judges
