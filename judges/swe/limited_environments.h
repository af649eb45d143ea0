#pragma once

#include <memory>

#include "judges/swe/environment.h"

namespace eval::judges::swe {

// `source` with at most `at_once` environments at a time: a further open() waits until one is gone, or is
// Cancelled. Judges and agents of one run share it, so that both together keep to the plan.
std::unique_ptr<EnvironmentSource> limit_environments(std::shared_ptr<EnvironmentSource> source,
                                                      int at_once);

}  // namespace eval::judges::swe
