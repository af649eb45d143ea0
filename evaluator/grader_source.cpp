#include "evaluator/grader_source.h"

#include <algorithm>
#include <utility>

#include "evaluator/replay_source.h"
#include "judges/answer/answer_judge.h"

namespace eval::evaluator {

Result<GraderPool> make_graders(const RunSettings& settings, const runners::GenerationCache& cache,
                                const std::string& api_key) {
  GraderPool pool;
  for (const std::string& name : settings.graders) {
    RunSettings of_grader = settings;
    of_grader.model = name;
    of_grader.base_url = settings.grader_url;
    auto runner = make_runner(of_grader, problems::Suite{}, cache, api_key);
    if (!runner) {
      Error error = std::move(runner).error().in("grader " + name);
      if (settings.grader_url.empty() && error.code == ErrorCode::Usage) {
        error.help = "give --grader-url http://HOST:PORT/v1";
      }
      return fail(std::move(error));
    }
    judges::proof::ProofGrader grader;
    grader.name = name;
    grader.runner = runner->get();
    grader.sampling.temperature = settings.grader_temperature;
    grader.sampling.max_tokens = settings.grader_max_tokens;
    pool.graders.push_back(std::move(grader));
    pool.runners.push_back(*std::move(runner));
  }
  return pool;
}

Result<judges::proof::ProofJudgeOptions> proof_judge_options(const RunSettings& settings,
                                                             const GraderPool& pool) {
  judges::proof::ProofJudgeOptions options;
  options.procedure = EVAL_TRY(judges::proof::procedure_from_name(settings.grading));
  options.graders = pool.graders;
  options.ask.seed = settings.seed;
  options.canaries = settings.canaries;
  return options;
}

bool has_programs(const problems::Suite& suite) {
  return std::ranges::any_of(suite.problems, [](const problems::Problem& problem) {
    return std::holds_alternative<problems::ProgramTask>(problem.task);
  });
}

bool has_proofs(const problems::Suite& suite) {
  return std::ranges::any_of(suite.problems, [](const problems::Problem& problem) {
    const auto* task = std::get_if<problems::ProofTask>(&problem.task);
    return task != nullptr && !task->is_answer_only;
  });
}

Result<ProofJudges> make_proof_judges(const RunSettings& settings, const problems::Suite& suite,
                                      const GraderPool& pool) {
  ProofJudges made;
  judges::answer::AnswerJudgeOptions answers;
  answers.ask.seed = settings.seed;
  if (!pool.graders.empty()) answers.model = pool.graders.front();
  made.answer = judges::answer::make_answer_judge(std::move(answers));
  if (!has_proofs(suite)) return made;
  if (pool.graders.empty()) {
    return fail(
        ErrorCode::Usage, "the suite has proofs, and no proof grader is named", {},
        "add --grader http:NAME and --grader-url; or `evalctl generate`, and `evalctl grade "
        "export` for people to mark them");
  }
  auto options = EVAL_TRY(proof_judge_options(settings, pool));
  made.proof = EVAL_TRY(judges::proof::make_proof_judge(std::move(options)));
  return made;
}

}  // namespace eval::evaluator
