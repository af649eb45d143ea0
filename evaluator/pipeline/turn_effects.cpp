#include "evaluator/pipeline/turn_effects.h"

#include <optional>
#include <utility>

#include "evaluator/feedback.h"
#include "evaluator/pipeline/plan.h"
#include "evaluator/submission_maker.h"
#include "judges/language.h"

namespace eval::evaluator {
namespace {

// As the official extraction has it: without the newline that ours ends with.
std::string code_of(const std::optional<ExtractedSubmission>& submission) {
  if (!submission) return {};
  const auto* program = std::get_if<judges::SourceProgram>(&submission->submission);
  if (program == nullptr || program->files.empty()) return {};
  std::string code = program->files.front().content;
  if (submission->rule == "last-two-fences" && code.ends_with('\n')) code.pop_back();
  return code;
}

Result<judges::Judgement> verdict_on(Session& session, const WorkItem& work,
                                     const judges::Submission& submission) {
  const problems::Problem& problem = *work.problem;
  std::string key;
  if (session.config.use_verdict_cache) {
    key = EVAL_TRY(session.judge->cache_key(problem, submission));
    auto cached = EVAL_TRY(session.cached_judgement(key));
    if (cached) return *std::move(cached);
  }
  judges::Judgement judgement =
      EVAL_TRY(session.judge->judge(problem, submission, session.stop.get_token()));
  Record record;
  record.kind = Record::Kind::Verdict;
  record.work = work;
  record.judgement = judgement;
  record.cache_key = std::move(key);
  session.hand_over(std::move(record));
  return judgement;
}

}  // namespace

Result<void> act_on(Session& session, AgentWorld& world, runners::Generation& generation) {
  const ActionRequest request = session.strategy.action_of(generation);
  Observation observation{request.refusal, false, {}};
  if (request.script) {
    observation = EVAL_TRY(
        world.act(*request.script, session.strategy.action_time, session.stop.get_token()));
  }
  generation.files = {{std::string(kObservationFile), observation.text}};
  if (observation.submitted) {
    generation.files.push_back({std::string(kPatchFile), observation.patch});
  }
  return {};
}

Result<std::unique_ptr<AgentWorld>> open_world(Session& session, const WorkItem& work,
                                               const std::vector<runners::Generation>& so_far) {
  if (!session.open_world) {
    return fail(ErrorCode::Usage, "the strategy acts, and there is nowhere to act",
                work.problem->id, "give --environments (docs/swe-bench.md)");
  }
  auto world = EVAL_TRY(session.open_world(*work.problem, session.stop.get_token()));
  for (const runners::Generation& generation : so_far) {
    const ActionRequest request = session.strategy.action_of(generation);
    if (!request.script) continue;
    EVAL_TRY(world->act(*request.script, session.strategy.action_time, session.stop.get_token()));
  }
  return world;
}

Result<void> judge_turn(Session& session, const WorkItem& work, runners::Generation& generation) {
  if (feedback_of(generation)) return {};
  const SubmissionOptions options = submission_options(session.config);
  const MadeSubmission made =
      EVAL_TRY(make_submission(generation, *work.problem, options, judges::Languages::built_in()));
  TurnFeedback feedback;
  feedback.code = code_of(made.submission);
  if (!made.submission) {
    feedback.metadata = {{"error_code", -4},
                         {"error_message", "Error during testing: " + made.reason}};
  } else {
    const judges::Judgement judgement =
        EVAL_TRY(verdict_on(session, work, made.submission->submission));
    feedback.is_accepted = judgement.verdict == judges::Verdict::AC;
    if (!feedback.is_accepted) {
      feedback.metadata = EVAL_TRY(livecodebench_metadata(*work.problem, judgement));
    }
  }
  attach_feedback(generation, feedback);
  return {};
}

}  // namespace eval::evaluator
