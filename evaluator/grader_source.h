#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluator/settings.h"
#include "judges/judge.h"
#include "judges/proof/proof_judge.h"
#include "problems/problem.h"
#include "runners/http_runner.h"

// From the grading settings to judges of proofs and final answers.
namespace eval::evaluator {

// The graders of a run and the runners behind them, which they need as long as they live.
struct GraderPool {
  std::vector<std::unique_ptr<runners::Runner>> runners;
  std::vector<judges::proof::ProofGrader> graders;
};

// The runners `settings.graders` name, each as replay_source.h reads a model, at grader_url. Empty
// where none is named.
Result<GraderPool> make_graders(const RunSettings& settings, const runners::GenerationCache& cache,
                                const std::string& api_key);

// Options of a proof judge by `settings`; `pool` must outlive it.
Result<judges::proof::ProofJudgeOptions> proof_judge_options(const RunSettings& settings,
                                                             const GraderPool& pool);

bool has_programs(const problems::Suite& suite);
bool has_proofs(const problems::Suite& suite);  // answer-only problems do not count

// Judges for what `suite` has of proofs and answers. Usage for proofs without a grader.
struct ProofJudges {
  std::unique_ptr<judges::Judge> proof;
  std::unique_ptr<judges::Judge> answer;
};
Result<ProofJudges> make_proof_judges(const RunSettings& settings, const problems::Suite& suite,
                                      const GraderPool& pool);

}  // namespace eval::evaluator
