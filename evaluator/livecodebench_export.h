#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "evaluator/attempt.h"
#include "evaluator/store/store.h"
#include "problems/problem.h"

namespace eval::evaluator {

// A run as LiveCodeBench's own "_eval_all.json", by its scenario:
//
//   code generation         by question id: what was written, extracted (code_list) and graded, with metadata
//   self-repair             the same, with the programs before the repair (original_code_list)
//   test output prediction  by question and test: pred_list and graded_list
//   code execution          likewise; an answer that repeats the call is missing from graded_list, and from
//                           pass@1, as officially (unless all do, which are wrong then)
//
// The store keeps neither starter code nor test data: these are taken from `data_set`, the suite of the run.
// Without it (null) starter code is left out, where there may be some, and metadata has no inputs and no
// expected outputs. BadInput if the run is not of LiveCodeBench; attempts without a verdict count as graded False,
// as there.
Result<Json> livecodebench_eval_all(Store& store, const std::string& run_id,
                                    const problems::Suite* data_set);

// The program of an attempt as LiveCodeBench has it: its extraction ends without the newline that ours adds.
// Empty if there is none.
std::string livecodebench_code(const Attempt& attempt);

}  // namespace eval::evaluator
