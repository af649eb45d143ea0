#pragma once

#include <memory>

#include "evaluator/cli/context.h"
#include "evaluator/grader_source.h"
#include "evaluator/pipeline/run.h"
#include "evaluator/settings.h"
#include "evaluator/store/store.h"
#include "judges/judge.h"
#include "judges/swe/environment.h"
#include "sandbox/sandbox.h"

namespace eval::cli {

// What judging needs, in the order it has to live: boxes and graders before the judge.
struct JudgeServices {
  std::unique_ptr<sandbox::Sandbox> box;  // null where there are no programs
  std::unique_ptr<evaluator::GraderPool> graders;
  std::unique_ptr<judges::Judge> judge;
};

// Where patches are tried and agents act; null if nothing says where.
Result<std::shared_ptr<judges::swe::EnvironmentSource>> open_environments(
    const Context& context, const evaluator::RunSettings& settings);

// Judges for every kind of task of the suite, and what they judge with. Boxes only where there are
// programs: proofs can be marked on a machine that cannot build any. `store` has to outlive the judge.
Result<JudgeServices> make_judging(const Context& context, const evaluator::RunSettings& settings,
                                   const evaluator::RunConfig& config, evaluator::Store* store,
                                   std::shared_ptr<judges::swe::EnvironmentSource> environments);

}  // namespace eval::cli
