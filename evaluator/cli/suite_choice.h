#pragma once

#include "evaluator/cli/context.h"
#include "evaluator/settings.h"
#include "problems/suite.h"

namespace eval::cli {

// The problems that `settings` ask for: its suite, narrowed by release and dates (LiveCodeBench), names,
// pattern and limit; never empty. Settles `settings.semantics` where the suite has a choice of them, and
// says it in the suite's title; and `settings.extraction` where the suite asks for predictions. Narrates which problems are refused and why. Usage for names that are not
// there and for semantics of another kind of suite.
Result<problems::Suite> load_selected_suite(const Context& context,
                                            evaluator::RunSettings& settings);

}  // namespace eval::cli
