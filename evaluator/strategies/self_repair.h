#pragma once

#include <string>

#include "evaluator/strategy.h"

namespace eval::evaluator {

// self_repair: LiveCodeBench's scenario. The first turn is the problem's prompt; its program is judged. One
// that is accepted stands; for any other a second turn shows the program with what was wrong about it
// (livecodebench_prompt.h), and the program of that turn is judged. One repair, as officially.
Strategy self_repair_strategy(std::string name);

}  // namespace eval::evaluator
