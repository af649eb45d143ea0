#include "evaluator/first_turns.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "evaluator/feedback.h"
#include "evaluator/livecodebench_export.h"
#include "evaluator/recorded_feedback.h"

namespace eval::evaluator {
namespace {

using runners::Generation;
using runners::Recording;

constexpr std::string_view kRun = "run:";

class FirstTurnRunner final : public runners::Runner {
 public:
  FirstTurnRunner(std::unique_ptr<runners::Runner> first, std::unique_ptr<runners::Runner> model,
                  std::string description)
      : first_(std::move(first)), model_(std::move(model)), description_(std::move(description)) {}

  Result<Generation> generate(const runners::GenerationRequest& request,
                              std::stop_token stop) override {
    if (request.turn == 0) return first_->generate(request, std::move(stop));
    auto generation = model_->generate(request, stop);
    const bool is_missing = !generation && generation.error().code == ErrorCode::NotFound;
    if (!is_missing || !model_->attempts_available(request.problem_id)) return generation;
    // A recording of second turns alone has one for each attempt, and calls it the first.
    runners::GenerationRequest next = request;
    next.turn = request.turn - 1;
    return model_->generate(next, std::move(stop));
  }
  std::optional<int> attempts_available(std::string_view problem_id) const override {
    return first_->attempts_available(problem_id);
  }
  std::string description() const override { return description_; }
  int preferred_concurrency() const override { return model_->preferred_concurrency(); }

 private:
  const std::unique_ptr<runners::Runner> first_;
  const std::unique_ptr<runners::Runner> model_;
  const std::string description_;
};

// nullopt where there is no verdict yet.
Result<std::optional<TurnFeedback>> feedback_on(const Attempt& attempt,
                                                const problems::Problem& problem) {
  if (attempt.judgements.empty()) return std::nullopt;
  TurnFeedback feedback;
  feedback.is_accepted = attempt.verdict() == judges::Verdict::AC;
  feedback.code = livecodebench_code(attempt);
  if (!feedback.is_accepted) {
    feedback.metadata = EVAL_TRY(livecodebench_metadata(problem, attempt.judgements.back()));
  }
  return feedback;
}

Result<Recording> read_run(const std::string& run_id, Store& store, const problems::Suite& suite) {
  const RunSummary run = EVAL_TRY(store.find_run(run_id));
  Recording recording;
  for (const Attempt& attempt : EVAL_TRY(store.attempts(run.manifest.run_id, true))) {
    const auto problem =
        std::ranges::find(suite.problems, attempt.problem_id, &problems::Problem::id);
    if (problem == suite.problems.end()) continue;
    if (attempt.generations.empty()) {
      return fail(ErrorCode::BadInput,
                  fmt::format("attempt {} at \"{}\" of run \"{}\" has no generation", attempt.index,
                              attempt.problem_id, run.manifest.run_id),
                  {}, "finish that run first: the same command goes on with it");
    }
    Generation generation = attempt.generations.back();
    if (const auto feedback = EVAL_TRY(feedback_on(attempt, *problem))) {
      attach_feedback(generation, *feedback);
    }
    recording[attempt.problem_id].push_back({std::move(generation)});
  }
  if (!recording.empty()) return recording;
  return fail(ErrorCode::BadInput, fmt::format("run \"{}\" has no problem of suite \"{}\"",
                                               run.manifest.run_id, suite.name));
}

}  // namespace

Result<Recording> read_first_turns(const std::string& source, Store* store,
                                   const problems::Suite& suite) {
  if (source.starts_with(kRun)) {
    if (store != nullptr) return read_run(source.substr(kRun.size()), *store, suite);
    return fail(ErrorCode::NotFound, fmt::format("there is no database to find \"{}\" in", source));
  }
  Recording recording = EVAL_TRY(runners::read_recording(source));
  const RecordedFeedback recorded = EVAL_TRY(read_recorded_feedback(source));
  for (const auto& [id, feedback] : recorded) {
    const auto found = recording.find(id);
    if (found == recording.end()) continue;
    const std::size_t count = std::min(found->second.size(), feedback.size());
    for (std::size_t i = 0; i < count; ++i) {
      // Without metadata a repair has nothing to go on: such a program is judged again.
      if (!feedback[i] || (!feedback[i]->is_accepted && feedback[i]->metadata.is_null())) continue;
      attach_feedback(found->second[i].front(), *feedback[i]);
    }
  }
  return recording;
}

std::unique_ptr<runners::Runner> make_first_turn_runner(Recording first,
                                                        std::unique_ptr<runners::Runner> model,
                                                        const std::string& source) {
  std::string description = fmt::format("{}; first turns from {} ({})", model->description(),
                                        source, runners::recording_hash(first));
  return std::make_unique<FirstTurnRunner>(
      runners::make_replay_runner(std::move(first), "first turns from " + source), std::move(model),
      std::move(description));
}

}  // namespace eval::evaluator
