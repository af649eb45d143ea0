#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "problems/problem.h"
#include "runners/runner.h"

// What happens inside one attempt, between its first prompt and the generation that is judged.
namespace eval::evaluator {

// What a strategy decides from.
struct StrategyView {
  const problems::Problem& problem;
  const runners::Prompt& first;  // the problem's prompt
  // The generations of the turns so far, in the order of their turns.
  const std::vector<runners::Generation>& so_far;
  std::string_view prompt_template = {};  // that `first` was made by (prompt.h)
};

// What a reply of an acting strategy asks for.
struct ActionRequest {
  std::optional<std::string> script;  // to be run in the attempt's world
  std::string refusal;                // without a script: what is answered instead
};

// A value: its name goes into the manifest; its functions are pure, so that an attempt can be replayed
// and taken up again after any turn.
struct Strategy {
  std::string name;
  bool has_turns = false;  // more than the one turn: turns are stored one by one
  // The prompts of the next turns, which do not depend on each other; empty when the attempt is
  // complete. `so_far` may end anywhere: what is asked for is what follows it.
  std::function<std::vector<runners::Prompt>(const StrategyView& view)> next;
  // Set for a strategy that acts: its turns have an effect in the attempt's world (agent_world.h), one turn
  // at a time. What came of it is kept with the turn, as files of its generation: kObservationFile,
  // and kPatchFile once something was handed in. An attempt that is taken up again does its actions again, in
  // a fresh world.
  std::function<ActionRequest(const runners::Generation& generation)> action_of;
  std::chrono::seconds action_time{60};
  // So many first turns are judged as soon as they are there, and what came of it is kept with them, for
  // next() to read (feedback.h).
  int judged_turns = 0;
  // The turn whose generation is judged. Precondition: `so_far` is not empty.
  std::function<std::size_t(const StrategyView& view)> chosen;
};

// "single_shot"                          the problem's prompt once
// "generate_verify_refine:PRESET"        see strategies/refine.h
// "bash_agent"                           see strategies/bash_agent.h
// "verify_until"                         see strategies/verify_until.h
// "self_repair"                          see strategies/self_repair.h; takes no parameters
std::vector<std::string> strategy_names();

// All but the first and the last take parameters behind a colon, "generate_verify_refine:nemotron-cascade-2,rounds=4" or
// "verify_until:passes=3,tokens=500000". Usage for an unknown name or parameter, with the closest one,
// and for a value out of range.
Result<Strategy> strategy_from_name(std::string_view name);

}  // namespace eval::evaluator
