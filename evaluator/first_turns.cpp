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

// The objects of a JSON list, of one object a line, or of the "eval" of one object.
Result<std::vector<Json>> entries_of(const fs::path& file) {
  const std::string content = EVAL_TRY(read_file(file));
  std::vector<Json> entries;
  if (trim(content).starts_with('[')) {
    const Json list = EVAL_TRY(parse_json(content, file.string()));
    for (const Json& entry : list) entries.push_back(entry);
    return entries;
  }
  const auto whole = parse_json(content, file.string());
  const Json* graded = whole ? find_member(*whole, "eval") : nullptr;
  if (graded != nullptr && graded->is_object()) {
    return std::vector<Json>(graded->begin(), graded->end());
  }
  for (const std::string_view line : split_lines(content)) {
    if (!trim(line).empty()) entries.push_back(EVAL_TRY(parse_json(line, file.string())));
  }
  return entries;
}

const Json* element_of(const Json& entry, std::string_view key, std::size_t index) {
  const Json* list = find_member(entry, key);
  return list != nullptr && list->is_array() && index < list->size() ? &(*list)[index] : nullptr;
}

// What LiveCodeBench's output says of one of its programs; nullopt if it does not say all of it.
std::optional<TurnFeedback> recorded_feedback(const Json& entry, std::size_t index) {
  const Json* graded = element_of(entry, "graded_list", index);
  const Json* code = element_of(entry, "code_list", index);
  const Json* metadata = element_of(entry, "metadata", index);
  if (graded == nullptr || code == nullptr || !graded->is_boolean() || !code->is_string()) {
    return std::nullopt;
  }
  TurnFeedback feedback{graded->get<bool>(), code->get<std::string>(), Json()};
  if (feedback.is_accepted) return feedback;
  if (metadata == nullptr || !metadata->is_string()) return std::nullopt;
  auto parsed = parse_json(metadata->get<std::string>(), "metadata");
  if (!parsed || !parsed->is_object()) return std::nullopt;
  feedback.metadata = *std::move(parsed);
  return feedback;
}

}  // namespace

Result<Recording> read_first_turns(const std::string& source, Store* store,
                                   const problems::Suite& suite) {
  if (source.starts_with(kRun)) {
    if (store != nullptr) return read_run(source.substr(kRun.size()), *store, suite);
    return fail(ErrorCode::NotFound, fmt::format("there is no database to find \"{}\" in", source));
  }
  Recording recording = EVAL_TRY(runners::read_recording(source));
  for (const Json& entry : EVAL_TRY(entries_of(source))) {
    const auto found = recording.find(read_string(entry, "question_id").value_or(""));
    if (found == recording.end()) continue;
    for (std::size_t i = 0; i < found->second.size(); ++i) {
      if (const auto feedback = recorded_feedback(entry, i)) {
        attach_feedback(found->second[i].front(), *feedback);
      }
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
