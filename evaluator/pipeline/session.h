#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/bounded_queue.h"
#include "evaluator/attempt.h"
#include "evaluator/pipeline/fresh_verdicts.h"
#include "evaluator/pipeline/run.h"
#include "evaluator/strategy.h"

// What the threads of one run() share. Owned by all of them together: a worker that is stuck in a
// runner when the run is interrupted outlives run(), and must find its queues when it wakes.
namespace eval::evaluator {

// One attempt that has something left to do. `problem` points into the session's config.
struct WorkItem {
  std::int64_t attempt_id = 0;
  const problems::Problem* problem = nullptr;
  int index = 0;
  std::uint64_t seed = 0;
  bool was_judged = false;  // has a judgement already (judge_again)
  bool resumes = false;     // has turns of an unfinished strategy in the store
};

struct Turn {
  runners::Prompt prompt;
  runners::Generation generation;
};

struct JudgeItem {
  WorkItem work;
  runners::Generation generation;
  // use_earlier_times: what was judged last, and how.
  std::optional<ExtractedSubmission> earlier_submission = std::nullopt;
  std::optional<judges::Judgement> earlier = std::nullopt;
};

// What a worker hands to the writer: everything of one stage of one attempt.
struct Record {
  // Verdict: of a turn that a strategy had judged, for the cache alone.
  enum class Kind { Turn, Verdict, Generated, Judged, Failed };
  Kind kind = Kind::Failed;
  WorkItem work;
  std::vector<AttemptError> errors;  // of the tries that failed; the last one is final if Failed
  // Generated: all turns of an attempt of one turn. Turn: one of several, with its number; the
  // Generated that follows when the strategy is complete has none.
  std::vector<Turn> turns;
  int first_turn = 0;
  std::int64_t completion_tokens = 0;             // Generated: of the whole attempt
  std::optional<ExtractedSubmission> submission;  // Judged
  judges::Judgement judgement;                    // Judged
  std::string cache_key;  // keep the judgement under it, if it is worth it; empty: do not
};

class Session {
 public:
  Session(RunConfig run_config, const Services& services, Strategy run_strategy);

  const RunConfig config;
  Store* const store;
  runners::Runner* const runner;
  judges::Judge* const judge;
  const Clock* const clock;
  const OpenWorld open_world;
  const Strategy strategy;
  std::string run_id;  // set before the threads start

  // In the order of work, set before the threads start.
  std::vector<WorkItem> to_generate;
  std::vector<WorkItem> generated;  // their generation is in the store

  BoundedQueue<JudgeItem> to_judge;
  BoundedQueue<Record> records;  // filled by hand_over()
  FreshVerdicts fresh_verdicts;
  std::stop_source stop;

  // Passes a finished stage on to the writer. Waits while there are many.
  void hand_over(Record record);
  // The cached judgement of that key, whether it is in the store or on its way there.
  Result<std::optional<judges::Judgement>> cached_judgement(const std::string& key);
  // Whether what the runner says to the problem can be read again from where it came from.
  bool is_recorded(const problems::Problem& problem) const;

  // The next item of `to_generate`, each once; nullptr when there is none or a stop was requested.
  const WorkItem* next_to_generate();

  // The prompt of a problem, made once. For a recording that has no use for it, an empty one if it
  // cannot be made.
  Result<runners::Prompt> prompt_for(const problems::Problem& problem);

  // Ends the run as a whole with this Error (the first one counts).
  void fail_run(Error error);
  std::optional<Error> run_error();

  // Bookkeeping of threads: the last producer closes `to_judge`, the last worker `records`.
  void set_threads(int producer_count, int worker_count);
  void producer_done();
  void judge_done();
  // Returns when all workers are done; or, after a stop, when the grace is over, and closes `records`
  // so that the writer can end.
  void wait_for_workers();
  int workers_left();

  // Sleeps; false if a stop came meanwhile.
  bool pause(std::chrono::milliseconds duration);

 private:
  void worker_done_locked();

  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::condition_variable_any changed_;
  int producers_ = 0;           // guarded by mutex_
  int workers_ = 0;             // producers and judges; guarded by mutex_
  std::optional<Error> error_;  // guarded by mutex_
  std::mutex prompts_mutex_;
  std::map<const problems::Problem*, Result<runners::Prompt>>
      prompts_;  // guarded by prompts_mutex_
};

}  // namespace eval::evaluator
