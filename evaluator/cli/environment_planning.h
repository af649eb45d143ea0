#pragma once

#include <memory>
#include <string>
#include <vector>

#include "evaluator/cli/context.h"
#include "evaluator/pipeline/run.h"
#include "evaluator/settings.h"
#include "evaluator/store/store.h"
#include "judges/swe/environment.h"
#include "judges/swe/environment_plan.h"

namespace eval::cli {

// A plan with what it was made from.
struct EnvironmentPlanning {
  judges::swe::EnvironmentPlan plan;
  std::vector<judges::swe::PlannedInstance> instances;
  std::vector<const problems::Problem*> problems;  // as the instances
  std::vector<Error> faults;                       // images that could not be asked about
  Bytes memory;                                    // of this machine, to be had now
  std::optional<Bytes> disk;  // absent where nothing is pulled into a place of ours
};

// Plans `attempts[i]` evaluations of each of the problems. `store` may be null: no history.
Result<EnvironmentPlanning> plan_instances(const Context& context,
                                           const evaluator::RunSettings& settings,
                                           const std::vector<const problems::Problem*>& problems,
                                           const std::vector<int>& attempts,
                                           judges::swe::EnvironmentSource& source,
                                           evaluator::Store* store);

// For people, a line each; problems with the plan begin with "warning: ".
std::vector<std::string> plan_lines(const EnvironmentPlanning& planning);
Json to_json(const EnvironmentPlanning& planning);
// One row for each instance, in order.
std::string plan_table(const EnvironmentPlanning& planning);

// Plans what is left of the run, says so, and makes the run keep to it: its order, how many at once (unless
// the user says), images pulled ahead. Returns the environments to use. Problems of `config` must stay where
// they are.
Result<std::shared_ptr<judges::swe::EnvironmentSource>> plan_and_obey(
    const Context& context, const evaluator::RunSettings& settings, evaluator::RunConfig& config,
    const runners::Runner* runner, evaluator::Store& store, const Clock& clock,
    std::shared_ptr<judges::swe::EnvironmentSource> source);

}  // namespace eval::cli
