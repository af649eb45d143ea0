#pragma once

#include <memory>
#include <string_view>

#include "judges/judge.h"
#include "judges/language.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// TestResult::run_status of an answer that was not evaluated, because it repeats the call it should give the
// value of. The official metric leaves such answers out of its list.
inline constexpr std::string_view kPredictionNotRun = "not run";

// Judges PredictionTask (problems/prediction_task.h) by LiveCodeBench's metrics. An answer is an Answer and
// stands for a Python expression; it is evaluated in a box (predict.py) and what comes out is compared
// here: the expected output never meets the answer. AC if Python's `==` holds, else WA; TLE and MLE where
// the limits end it (3 s for code execution, as officially; 10 s where there officially is none).
//
// Not as officially, on purpose: an answer that is right whatever is expected is wrong. Those are objects with
// an equality of their own, names by which the evaluator's own variables are reached, and `== 1 or 2`, of
// which only the 1 counts.
//
// JE where the expected output of a row cannot be evaluated or compared: then no answer can be right.
std::unique_ptr<Judge> make_prediction_judge(sandbox::Sandbox& sandbox, const Languages& languages);

// True if a spelled value holds something that is equal to nothing (python_value.h).
bool has_incomparable(std::string_view spelled);

}  // namespace eval::judges
