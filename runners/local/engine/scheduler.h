#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "runners/local/engine/prompt_cache.h"
#include "runners/local/engine/sequence.h"
#include "runners/local/engine/state_pool.h"

// Which sequences step together, and with what state. Pure: it plans steps, somebody else runs them.
//
// Theory of operation. Every step carries the next token of each running sequence and, within a budget,
// pieces of prompts. A prompt is prefilled once, all but its last token, and kept in a small cache;
// each request for it forks that state and begins with the last prompt token as its own first row. So
// all logits come from rows of one token, and a completion comes about in the same way whether the
// prompt was shared, and with whom.
//
// Requests are served in the order they came (by id), running ones before waiting ones. When pages run
// out, cached prompts go first, then the youngest running sequence loses slot and pages; it waits
// in front of all younger ones and is recomputed: prompt as a prompt, and what it had generated token
// by token as before (in long pieces where the backend gives the same bits). The oldest sequence is
// never preempted, so that work always gets done.
namespace eval::runners::local {

struct SchedulerOptions {
  std::int32_t slots = 0;           // at least 1
  std::int32_t pages = 0;           // at least those of one whole context
  std::int32_t running_max = 0;     // sequences that generate at once
  std::int32_t prompts_max = 4;     // cached prompts
  std::int64_t prefill_budget = 0;  // prompt tokens a step; at least kPageTokens
  std::int64_t context = 0;         // tokens of prompt and completion
  bool pieces_match_decode = false;
};

// The rows of a sequence or prompt in a step.
struct Advance {
  SequenceId id = 0;              // 0: of a prompt
  PromptState* prompt = nullptr;  // or of this prompt
  std::int32_t length = 0;
};

struct StepPlan {
  std::vector<StateOp> ops;  // before the step
  Step step;
  std::vector<SampleRule> rules;     // one per logit row
  std::vector<SequenceId> sampling;  // whose they are
  std::vector<Advance> advances;     // one per piece
};

struct Finished {
  SequenceId id = 0;
  Result<Completion> completion;
};

// What was done so far, in tokens where nothing else is said.
struct SchedulerCounts {
  std::int64_t steps = 0;
  std::int64_t prefilled = 0;  // of prompts
  std::int64_t shared = 0;     // prompt tokens that came by a fork instead
  std::int64_t generated = 0;
  std::int64_t recomputed = 0;  // rows of generated tokens computed a second time
  std::int64_t forks = 0;       // times
  std::int64_t preemptions = 0;
  std::int64_t rows_max = 0;  // of one step
  friend bool operator==(const SchedulerCounts&, const SchedulerCounts&) = default;
};

// Not thread-safe.
class Scheduler {
 public:
  using Time = std::chrono::nanoseconds;  // of any steady clock; only differences are told

  explicit Scheduler(const SchedulerOptions& options);

  // BadInput for an empty prompt, or one that leaves no room in the context.
  Result<SequenceId> add(CompletionRequest request, Time now);
  // Forgets the sequence; nothing if it is not there (any more). Not between plan() and complete().
  void cancel(SequenceId id);
  bool is_idle() const { return waiting_.empty() && running_.empty(); }
  std::int64_t running() const { return static_cast<std::int64_t>(running_.size()); }
  std::int64_t waiting() const { return static_cast<std::int64_t>(waiting_.size()); }

  // The next step: has rows unless idle. Valid until the next call.
  const StepPlan& plan(Time now);
  // What came of it, one token per rule; who is through leaves.
  std::vector<Finished> complete(std::span<const SampledToken> sampled, Time now);

  const SchedulerCounts& counts() const { return counts_; }

 private:
  using Sequences = std::map<SequenceId, Sequence>;

  bool make_room();
  bool evict_for_running();
  void preempt_youngest();
  void admit(Time now);
  PromptState* begin_prompt(const Sequence& sequence, bool is_head);
  bool start(Sequence& sequence, PromptState& prompt, bool is_head);
  bool is_awaited(const PromptState& prompt) const;
  bool has_other_waiter(const PromptState& prompt, const Sequence& sequence) const;
  void plan_prompt_piece(PromptState& prompt);
  void add_piece(std::span<const TokenId> tokens, const SequenceState& state, Advance advance);
  void add_running_rows();
  std::int64_t piece_end(std::int64_t from, std::int64_t end) const;
  void take_token(Sequence& sequence, const SampledToken& sampled, Time now,
                  std::vector<Finished>& finished);

  const SchedulerOptions options_;
  StatePool pool_;
  PromptCache prompts_;
  Sequences waiting_;  // by id: the order of service
  Sequences running_;
  SequenceId last_id_ = 0;
  StepPlan plan_;
  std::int64_t budget_left_ = 0;               // prompt tokens the planned step still takes
  std::vector<PromptState*> planned_prompts_;  // in the order of service
  std::vector<std::int64_t> planned_lengths_;
  SchedulerCounts counts_;
};

}  // namespace eval::runners::local
