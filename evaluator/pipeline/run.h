#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "evaluator/extract.h"
#include "evaluator/manifest.h"
#include "evaluator/store/store.h"
#include "judges/judge.h"
#include "judges/verdict.h"
#include "problems/problem.h"
#include "runners/runner.h"

namespace eval::evaluator {

// What a run is asked to do, after flags, environment and file are merged.
struct RunConfig {
  problems::Suite suite;        // already filtered
  std::string model;            // as given
  std::string strategy = "single_shot";
  std::string run_id;           // empty: derived from suite, model and sampling
  std::optional<int> attempts;  // per problem; nullopt: all a recording has, else 1
  std::uint64_t seed = 0;
  runners::SamplingParams sampling;
  ExtractionRule extraction = ExtractionRule::LastBlock;
  std::vector<std::string> preferred_languages;  // language ids the prompt asks for, first is best
  int generate_workers = 0;     // 0: Runner::preferred_concurrency
  int judge_workers = 1;
  int infrastructure_tries = 3; // a stage that fails with an Error is tried this often
  bool generate = true;         // stages to drive: `evalctl generate` and `evalctl judge` drive one
  bool judge = true;
  bool judge_again = false;     // judge what has a judgement already; appends
  bool use_verdict_cache = true;
};

// Progress, as events. Called from the threads of the run, one at a time.
struct RunEvent {
  enum class Kind { Started, Generated, Judged, Failed, Finished };
  Kind kind = Kind::Started;
  std::string run_id;
  std::string problem_id;
  int attempt = 0;
  std::optional<judges::Verdict> verdict;
  std::optional<Error> error;
  double points = 0;
  std::int64_t completion_tokens = 0;
  int tests_run = 0;
  bool from_cache = false;
  // Totals including attempts finished in earlier sessions of the run.
  int planned = 0, generated = 0, judged = 0, failed = 0;
};
using Observer = std::function<void(const RunEvent&)>;

// The parts of the program a run uses; tests replace them. All must outlive the run.
struct Services {
  Store* store = nullptr;
  runners::Runner* runner = nullptr;  // may be null when only judging
  judges::Judge* judge = nullptr;     // may be null when only generating
  const Clock* clock = nullptr;
  Observer observer;                  // may be empty
};

struct RunOutcome {
  std::string run_id;
  bool interrupted = false;
  int planned = 0, generated = 0, judged = 0, failed = 0;
};

// What a run would do, without doing it.
struct RunPlan {
  RunManifest manifest;
  std::vector<ProblemSnapshot> problems;
  std::vector<Store::PlannedAttempt> attempts;
};
RunPlan plan_run(const RunConfig& config, const runners::Runner* runner, const Clock& clock);

// Plans or resumes, drives the stages, returns when all is done or `stop` was requested (then what was
// in flight is cancelled and nothing committed is lost). An Error is about the run as a whole;
// failures of single attempts are stored with them and counted in the outcome.
Result<RunOutcome> run(const RunConfig& config, const Services& services, std::stop_token stop);

}  // namespace eval::evaluator
