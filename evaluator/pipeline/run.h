#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "evaluator/agent_world.h"
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
  problems::Suite suite;  // already filtered
  std::string model;      // as given
  std::string strategy = "single_shot";
  std::optional<double> minutes_per_attempt;  // ICPC time model, see manifest.h
  std::string profile = "default";            // these four: see manifest.h
  double time_factor = 1;
  std::optional<int> submission_cap;
  std::string submission_scope = "task";
  std::string semantics;        // see manifest.h
  std::string environments;     // see manifest.h
  std::string training_cutoff;  // see manifest.h
  std::string prompt_template;  // see prompt.h; empty: the default of each kind of task
  std::string run_id;           // empty: derived from all that must agree when a run is resumed
  // Per problem; nullopt: all a recording has, else 1. A recording that has fewer gives what it has;
  // where it has none one attempt is planned and fails, so that the problem stays in the denominator.
  std::optional<int> attempts;
  std::uint64_t seed = 0;
  runners::SamplingParams sampling;
  std::optional<LocalChoice> local;  // see manifest.h
  ExtractionRule extraction = ExtractionRule::LastBlock;
  std::vector<std::string> preferred_languages;  // language ids the prompt asks for, first is best
  int generate_workers = 0;                      // 0: Runner::preferred_concurrency
  int judge_workers = 1;
  // A stage is tried so often while it fails with an Error that time may mend (Infrastructure, Io, Busy,
  // Internal). Others are final at once: Network comes after the runner's own retries, and what is
  // missing or malformed stays so.
  int infrastructure_tries = 3;
  std::chrono::milliseconds retry_pause{200};  // before the second try; doubles
  // Generations waiting to be judged; a full queue holds generation back, so memory stays bounded.
  std::size_t queue_capacity = 64;
  // How long a runner or judge may take to obey `stop`. With commits it stays under two seconds.
  std::chrono::milliseconds stop_grace{1'500};
  bool generate = true;  // stages to drive: `evalctl generate` and `evalctl judge` drive one
  bool judge = true;
  // Judge what has a judgement already; appends. Reads no cached verdict, since chance or a mended judge
  // is why one judges again.
  bool judge_again = false;
  // With judge_again: a testcase whose verdict the times of the latest judgement decide is not run (a
  // changed time limit). The packages must then be as they were.
  bool use_earlier_times = false;
  bool use_verdict_cache = true;
  // Ids of problems in the order in which they are worked on; others come behind, as they are planned. It
  // decides nothing but time and space.
  std::vector<std::string> work_order;
  // What programs are judged in, for the store; absent where none are.
  std::optional<SandboxNote> sandbox;
};

// Progress, as events, each after what it tells of is committed: within about a tenth of a second.
// Called on the thread that called run(), one at a time.
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
  Observer observer;          // may be empty
  OpenWorld open_world = {};  // for strategies that act; may be empty for others
};

struct RunOutcome {
  std::string run_id;
  bool interrupted = false;
  int planned = 0, generated = 0, judged = 0, failed = 0;
  // Workers inside a runner or judge that did not obey `stop` in time. They still use it (and its
  // caches): with any left the caller must end the process without destroying the services.
  int workers_left = 0;
};

// What a run would do, without doing it.
struct RunPlan {
  RunManifest manifest;
  std::vector<ProblemSnapshot> problems;
  std::vector<Store::PlannedAttempt> attempts;
};
// Seeds are derive_seed(config.seed, problem, index) without the top bit, which servers with signed
// seeds refuse.
RunPlan plan_run(const RunConfig& config, const runners::Runner* runner, const Clock& clock);

// Plans or resumes, drives the stages, returns when all is done or `stop` was requested (then what was
// in flight is cancelled, what was complete is committed, and the outcome says interrupted).
//
// Resuming skips what is committed: a generated attempt is judged, a judged one left alone, a failed
// one is tried again from the stage that failed. With `generate` off the run must exist (an empty
// run_id is the latest); its manifest then decides the extraction rule, problems missing from
// config.suite are left as they are, and a package that changed since is refused unless judge_again.
//
// An Error is about the run as a whole, a failing store first of all; what was committed stays, and no
// worker is left.
// Failures of single attempts, unexpected exceptions in a runner or judge among them, are stored with
// the attempt and counted in the outcome.
Result<RunOutcome> run(const RunConfig& config, const Services& services, std::stop_token stop);

}  // namespace eval::evaluator
