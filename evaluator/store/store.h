#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "evaluator/attempt.h"
#include "evaluator/manifest.h"
#include "evaluator/repro_rows.h"
#include "evaluator/selftest_record.h"
#include "evaluator/store/grading_rows.h"
#include "evaluator/store/snapshot.h"

namespace eval::evaluator {

struct RunSummary {
  RunManifest manifest;
  int attempts_planned = 0;
  int attempts_generated = 0;  // generated or beyond
  int attempts_judged = 0;
  int attempts_failed = 0;
};

// What earlier runs in this file cost, for --dry-run. Absent where there is nothing to go by.
struct CostHistory {
  std::optional<double> completion_tokens_per_attempt;
  std::optional<double> judge_ms_per_attempt;
  int attempts = 0;  // the sample behind both
};

enum class OpenMode { ReadWrite, ReadOnly };

// One SQLite file (WAL) that holds everything of its runs. FORMAT.md in this folder is the manual of
// its schema. Thread-safe: one connection behind a mutex, so there is one writer per process. Every
// call is one transaction, on the disk when it returns: after kill -9, or without power, a call has
// happened wholly or not at all.
class Store {
 public:
  // Creates the file (ReadWrite) or opens it, migrating an older schema forward. BadInput for a
  // file that is no database or of a newer schema (nothing is changed then); Io for a read-only or
  // full disk.
  static Result<std::unique_ptr<Store>> open(const fs::path& path, OpenMode mode,
                                             const Clock& clock);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Takes the exclusive right to work on the run until the Store is closed or the process dies (a
  // lock on a file beside the database, held by the kernel). Busy, naming the holder's process id, if
  // another process has it.
  Result<void> lock_run(const std::string& run_id);

  // Makes the calls in `work` one transaction, for the price of one: they happen all or not at all. `work`
  // returns the first Error of a call, and then none has happened. Other threads wait meanwhile.
  Result<void> together(const std::function<Result<void>()>& work);

  // Starts the run or finds it: writes manifest, problem snapshots and all planned attempts in one
  // transaction. An existing run with the same manifest_key is left as it is; another manifest under
  // the same id is Usage, naming the fields that differ; so is a package whose content changed since
  // the run began, because its verdicts could not be compared within the run.
  struct PlannedAttempt {
    std::string problem_id;
    int index = 0;
    std::uint64_t seed = 0;
  };
  Result<void> begin_run(const RunManifest& manifest, const std::vector<ProblemSnapshot>& problems,
                         const std::vector<PlannedAttempt>& attempts);

  // The box that judges the run from here on; the same as the last one noted is not noted again.
  Result<void> note_sandbox(const std::string& run_id, const SandboxNote& note);
  // All of them, oldest first. Empty: nothing was judged in a box, or before schema 5.
  Result<std::vector<SandboxNote>> sandboxes(const std::string& run_id);

  // Every completion of the run that has a token hash, in plan order and by turn.
  Result<std::vector<StoredCompletion>> stored_completions(const std::string& run_id);
  // What replays of the run came to, oldest first.
  Result<void> add_repro_check(const std::string& run_id, const ReproCheck& check);
  Result<std::vector<ReproCheck>> repro_checks(const std::string& run_id);

  Result<std::vector<RunSummary>> runs();
  // NotFound with the closest id. An empty id means the only or the latest run.
  Result<RunSummary> find_run(std::string_view run_id);
  Result<std::vector<ProblemSnapshot>> problems(const std::string& run_id);

  // All attempts in plan order. `with_texts` false leaves prompts out and the texts of generations,
  // submissions, compile logs and testcases empty (score needs none of them).
  Result<std::vector<Attempt>> attempts(const std::string& run_id, bool with_texts);
  Result<Attempt> attempt(const std::string& run_id, const std::string& problem_id, int index);

  // Each appends rows about one attempt and moves its state, in one transaction. A turn has one
  // generation: a second is Internal. An error leaves a judged attempt judged, since its judgement
  // stands; any other attempt becomes failed until a later call succeeds.
  Result<void> add_generation(std::int64_t attempt_id, int turn, const runners::Prompt& prompt,
                              const runners::Generation& generation);
  Result<void> add_judgement(std::int64_t attempt_id,
                             const std::optional<ExtractedSubmission>& submission,
                             const judges::Judgement& judgement);
  Result<void> add_error(std::int64_t attempt_id, const AttemptError& error);

  // The verdict cache: a judgement by Judge::cache_key, marked from_cache. Only verdicts that chance
  // cannot change back are worth keeping; JE and IE are never stored.
  Result<std::optional<judges::Judgement>> cached_judgement(const std::string& key);
  Result<void> cache_judgement(const std::string& key, const judges::Judgement& judgement);

  // The request cache: a reply by the hash of its canonical request, marked from_cache.
  Result<std::optional<runners::Generation>> cached_generation(const std::string& key);
  Result<void> cache_generation(const std::string& key, const runners::Generation& generation);

  // Facts worth deriving once (a package's time limit), by content key.
  Result<std::optional<std::string>> fact(const std::string& key);
  Result<void> set_fact(const std::string& key, const std::string& value);

  // Proof grading: cards of graders (the latest of one name counts), forms given out, and the marks
  // people entered in them. A mark for a code that the form does not have is BadInput, and then none
  // of the call is stored.
  Result<void> add_card(const CardRow& card);
  Result<std::optional<CardRow>> latest_card(const std::string& grader);
  Result<std::vector<CardRow>> cards();
  Result<void> add_form(const GradeFormRow& form);
  Result<GradeFormRow> find_form(const std::string& name);
  Result<void> add_human_marks(const std::string& form, const std::vector<HumanMarkRow>& marks);
  // All marks of a run's attempts, oldest first, with their graders.
  Result<std::vector<HumanMarkRow>> human_marks(const std::string& run_id);

  Result<CostHistory> cost_history(const std::string& suite, const std::string& model);

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace eval::evaluator
