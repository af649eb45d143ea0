#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "evaluator/store/store.h"
#include "problems/problem.h"
#include "runners/replay_runner.h"
#include "runners/runner.h"

// Attempts that begin with what was generated before.
namespace eval::evaluator {

// First turns from `source`: "run:ID", a run in `store` (null: there is none), or the path of a recording.
// What is known of their verdicts comes along as feedback (feedback.h), so that nothing is judged again:
// the latest judgement of a run's attempt, and "graded_list", "code_list" and "metadata" of LiveCodeBench's
// _eval_all.json. Problems are those of `suite`, whose test data a run's feedback is made of.
Result<runners::Recording> read_first_turns(const std::string& source, Store* store,
                                            const problems::Suite& suite);

// Answers turn 0 from `first` and asks `model` for all others. Attempts are those of `first`. `source` and a
// hash of what `first` holds become part of the description, and so of a run's identity.
std::unique_ptr<runners::Runner> make_first_turn_runner(runners::Recording first,
                                                        std::unique_ptr<runners::Runner> model,
                                                        const std::string& source);

}  // namespace eval::evaluator
