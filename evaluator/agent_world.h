#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "judges/swe/environment.h"
#include "problems/problem.h"

// Where the turns of an acting strategy have their effect.
namespace eval::evaluator {

// What came of one action.
struct Observation {
  std::string text;        // for the model; see observation_text()
  bool submitted = false;  // the action handed the work in: the attempt is complete
  std::string patch;       // what was handed in, normalised
};

// One attempt's world. Used by one thread at a time.
class AgentWorld {
 public:
  virtual ~AgentWorld() = default;
  // Runs `script` in a fresh shell in the repository; what it does is an Observation, an Error is a
  // failure of ours. After `time` it is killed.
  virtual Result<Observation> act(const std::string& script, std::chrono::seconds time,
                                  std::stop_token stop) = 0;
};

// A fresh world for an attempt at `problem`.
using OpenWorld =
    std::function<Result<std::unique_ptr<AgentWorld>>(const problems::Problem&, std::stop_token)>;

// Worlds that are environments of SWE-bench: the same boxes that judge, without network, their history
// sealed before the first action (judges/swe/integrity.h).
OpenWorld worlds_of(std::shared_ptr<judges::swe::EnvironmentSource> source);

// As mini-swe-agent shows it: exit code and output; of more than 10,000 characters the first and last 5,000,
// and how many lie between.
std::string observation_text(int exit_code, const std::string& output,
                             const std::string& exception);

// The first line of a command's output that hands the rest of it in as the patch.
inline constexpr std::string_view kSubmissionMarker = "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT";

// A printed diff without what is before it, with a final newline; empty if it holds no diff.
std::string normalised_patch(std::string_view printed);

// Names of what a turn's generation carries of its action (Generation::files).
inline constexpr std::string_view kObservationFile = "observation.txt";
inline constexpr std::string_view kPatchFile = "patch.diff";

}  // namespace eval::evaluator
