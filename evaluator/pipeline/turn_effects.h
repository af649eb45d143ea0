#pragma once

#include <memory>
#include <vector>

#include "evaluator/agent_world.h"
#include "evaluator/pipeline/session.h"

// What a turn's reply has for consequences, beside being stored.
namespace eval::evaluator {

// Does what the reply asks for in the attempt's world; what came of it becomes part of the reply.
Result<void> act_on(Session& session, AgentWorld& world, runners::Generation& generation);

// A fresh world in which everything happened that the turns so far did.
Result<std::unique_ptr<AgentWorld>> open_world(Session& session, const WorkItem& work,
                                               const std::vector<runners::Generation>& so_far);

// Judges `generation`, which is a turn of `work`, and attaches what came of it (feedback.h), unless it brings
// its feedback along. The verdict goes to the cache, where the judging of the whole attempt finds it if
// this turn is the one that is judged. An Error is of the judge.
Result<void> judge_turn(Session& session, const WorkItem& work, runners::Generation& generation);

}  // namespace eval::evaluator
