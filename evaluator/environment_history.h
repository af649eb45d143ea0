#pragma once

#include <vector>

#include "evaluator/store/store.h"
#include "judges/swe/environment_plan.h"
#include "judges/swe/patch_judge.h"

// What evaluations of SWE-bench's instances took, in the store's facts: the plan of the next run goes by it.
namespace eval::evaluator {

// Keeps the last time and the highest peak of every instance. What cannot be kept is not missed by any
// verdict, so it is not reported. `store` has to outlive it.
judges::swe::KeepCost keep_costs(Store& store);

// Fills in time and memory of the instances that have a history.
void add_history(Store& store, std::vector<judges::swe::PlannedInstance>& instances);

}  // namespace eval::evaluator
