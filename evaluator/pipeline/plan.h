#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluator/pipeline/run.h"
#include "evaluator/submission_maker.h"

// Helpers of plan_run that the run itself needs too.
namespace eval::evaluator {

// Attempts to plan for a problem, see RunConfig::attempts.
int attempts_to_plan(const RunConfig& config, const runners::Runner* runner,
                     std::string_view problem_id);

// The prompt of a run as its manifest names it: "evalctl-program-1", with the languages asked for behind
// it if the user chose them: "evalctl-program-1 [cpp20, python3]". They change the prompt, so they
// are part of what must agree. Templates of several kinds are joined by " + ".
std::string prompt_name(const RunConfig& config);

// The languages in such a name, for judging without the configuration that generated.
std::vector<std::string> languages_of_prompt_name(std::string_view name);

// How submissions of the run are made.
SubmissionOptions submission_options(const RunConfig& config);

// Whether this can be run at all, before anything is written: problems there, template and strategy
// known and fitting. Faults come together.
Result<void> check_config(const RunConfig& config);

}  // namespace eval::evaluator
