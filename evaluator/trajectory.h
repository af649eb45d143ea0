#pragma once

#include <string_view>
#include <vector>

#include "evaluator/attempt.h"
#include "reports/report_model.h"

namespace eval::evaluator {

// The turns of an attempt as a report shows them; empty for one that has a single turn and did not act.
// Costs are told where `strategy`, the name in the manifest, has prices.
std::vector<reports::TurnView> trajectory_of(const Attempt& attempt, std::string_view strategy);

}  // namespace eval::evaluator
