#include "evaluator/recording_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "evaluator/agent_world.h"
#include "evaluator/feedback.h"
#include "runners/replay_runner.h"

namespace eval::evaluator {
namespace {

runners::Generation without_action(runners::Generation generation) {
  const bool has_acted = std::ranges::any_of(
      generation.files, [](const auto& file) { return file.name == kObservationFile; });
  if (has_acted) generation.files.clear();
  // What was judged between turns is judged again.
  std::erase_if(generation.files, [](const auto& file) { return file.name == kFeedbackFile; });
  return generation;
}

}  // namespace

Result<std::string> run_recording(Store& store, const std::string& run_id) {
  const RunSummary run = EVAL_TRY(store.find_run(run_id));
  std::string lines;
  std::set<std::string> ended;  // problems with an attempt that has no generation
  for (const Attempt& attempt : EVAL_TRY(store.attempts(run.manifest.run_id, true))) {
    if (attempt.generations.empty()) ended.insert(attempt.problem_id);
    if (ended.contains(attempt.problem_id)) continue;
    int turn = 0;
    for (const runners::Generation& generation : attempt.generations) {
      lines += runners::recording_line(attempt.problem_id, attempt.index,
                                       without_action(generation), turn++) +
               "\n";
    }
  }
  if (!lines.empty()) return lines;
  return fail(ErrorCode::BadInput,
              fmt::format("run \"{}\" has no generation to record", run.manifest.run_id));
}

}  // namespace eval::evaluator
