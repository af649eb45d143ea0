#include "runners/local/engine/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/check.h"

namespace eval::runners::local {
namespace {

std::span<const TokenId> shared_part(const Sequence& sequence) {
  return std::span(sequence.tokens).first(static_cast<std::size_t>(sequence.shared_tokens()));
}

bool uses_seen(const SampleRule& rule) {
  return rule.repetition_penalty != 1 || rule.presence_penalty != 0 || rule.frequency_penalty != 0;
}

SampleRule rule_of(const Sequence& sequence) {
  SampleRule rule = sequence.request.rule;
  rule.position = static_cast<std::uint32_t>(sequence.length());
  if (uses_seen(rule)) {
    rule.seen = sequence.tokens;
    rule.prompt_tokens = static_cast<std::int32_t>(sequence.request.prompt.size());
  }
  return rule;
}

}  // namespace

Scheduler::Scheduler(const SchedulerOptions& options)
    : options_(options), pool_(options.slots, options.pages), prompts_(pool_, options.prompts_max) {
  EVAL_CHECK(options.slots >= 1 && options.pages >= pages_for(options.context));
  EVAL_CHECK(options.running_max >= 1 && options.prompts_max >= 1);
  EVAL_CHECK(options.prefill_budget >= kPageTokens);
}

Result<SequenceId> Scheduler::add(CompletionRequest request, Time now) {
  const auto prompt_tokens = static_cast<std::int64_t>(request.prompt.size());
  if (request.prompt.empty()) return fail(ErrorCode::BadInput, "the prompt has no tokens");
  if (prompt_tokens >= options_.context) {
    return fail(ErrorCode::BadInput,
                fmt::format("the prompt has {} tokens, which leaves no room in a context of {}",
                            prompt_tokens, options_.context),
                {}, "raise --context, if the model and the memory allow it");
  }
  const std::int64_t room = options_.context - prompt_tokens;
  request.max_tokens = request.max_tokens > 0 ? std::min(request.max_tokens, room) : room;
  Sequence sequence;
  sequence.id = ++last_id_;
  sequence.tokens = request.prompt;
  sequence.request = std::move(request);
  sequence.prompt_key = PromptCache::key_of(shared_part(sequence));
  sequence.completion.prompt_tokens = prompt_tokens;
  sequence.added_at = now;
  waiting_.emplace(sequence.id, std::move(sequence));
  return last_id_;
}

void Scheduler::cancel(SequenceId id) {
  waiting_.erase(id);
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  pool_.release(std::move(found->second.state));
  running_.erase(found);
}

bool Scheduler::is_awaited(const PromptState& prompt) const {
  return std::ranges::any_of(
      waiting_, [&](const auto& entry) { return entry.second.prompt_key == prompt.key; });
}

bool Scheduler::has_other_waiter(const PromptState& prompt, const Sequence& sequence) const {
  return std::ranges::any_of(waiting_, [&](const auto& entry) {
    return entry.first != sequence.id && entry.second.prompt_key == prompt.key;
  });
}

// A cached prompt that gives at least a page back: first one that nobody waits for.
bool Scheduler::evict_for_running() {
  const auto gives_pages = [&](const PromptState& prompt) {
    return pool_.pages_of_its_own(prompt.state) > 0;
  };
  return prompts_.evict([&](const PromptState& p) { return gives_pages(p) && !is_awaited(p); }) ||
         prompts_.evict(gives_pages);
}

void Scheduler::preempt_youngest() {
  auto node = running_.extract(std::prev(running_.end()));
  Sequence& sequence = node.mapped();
  pool_.release(std::move(sequence.state));
  sequence.state = {};
  sequence.completion.preemptions += 1;
  counts_.preemptions += 1;
  waiting_.insert(std::move(node));
}

// Every running sequence gets a page for its next token, the oldest first. True if somebody had to go.
bool Scheduler::make_room() {
  bool preempted = false;
  for (auto it = running_.begin(); it != running_.end();) {
    SequenceState& state = it->second.state;
    if (pool_.reserve(state, state.tokens + 1)) {
      ++it;
    } else if (!evict_for_running()) {
      const bool is_youngest = std::next(it) == running_.end();
      // Alone with an empty cache it has the whole pool, which holds a whole context.
      EVAL_CHECK(running_.size() > 1);
      preempt_youngest();
      preempted = true;
      if (is_youngest) break;
    }
  }
  return preempted;
}

// The prompt of `sequence`, with pages but nothing computed. nullptr if it has to wait. The head of the
// queue may push out prompts that others behind it wait for.
PromptState* Scheduler::begin_prompt(const Sequence& sequence, bool is_head) {
  const std::span<const TokenId> tokens = shared_part(sequence);
  // A page for each running sequence stays free, so that the prompt is not given up at once.
  const std::int64_t wanted =
      pages_for(sequence.shared_tokens()) + static_cast<std::int64_t>(running_.size());
  const auto may_go = [&](const PromptState& prompt) { return is_head || !is_awaited(prompt); };
  while (prompts_.is_full() || pool_.free_slots() < 1 || pool_.free_pages() < wanted) {
    if (!prompts_.evict(may_go)) return nullptr;
  }
  return prompts_.create(sequence.prompt_key, tokens, plan_.ops);
}

// Gives a waiting sequence its state: a copy of its prompt's, or that itself where memory is short
// and nobody else needs it. False if it has to wait.
bool Scheduler::start(Sequence& sequence, PromptState& prompt, bool is_head) {
  const std::int64_t headroom = static_cast<std::int64_t>(running_.size());
  const std::int64_t all = pages_for(sequence.length());
  const std::int64_t by_fork = all - sequence.shared_tokens() / kPageTokens + headroom;
  const auto may_go = [&](const PromptState& other) {
    return &other != &prompt && (is_head || !is_awaited(other));
  };
  while (pool_.free_slots() < 1 || pool_.free_pages() < by_fork) {
    if (!prompts_.evict(may_go)) break;
  }
  prompts_.touch(prompt);
  if (pool_.free_slots() >= 1 && pool_.free_pages() >= by_fork) {
    sequence.state = *pool_.fork(prompt.state, plan_.ops);
    counts_.forks += 1;
    counts_.shared += sequence.shared_tokens();
    return pool_.reserve(sequence.state, sequence.length());
  }
  const std::int64_t by_taking =
      all - static_cast<std::int64_t>(prompt.state.pages.size()) + headroom;
  const bool may_take = !has_other_waiter(prompt, sequence) || (is_head && running_.empty());
  if (!may_take || pool_.free_pages() < by_taking) return false;
  sequence.state = prompts_.take_over(prompt);
  return pool_.reserve(sequence.state, sequence.length());
}

// Where a piece from `from` on ends: at `end`, or where the budget ends, and there on a page's edge.
std::int64_t Scheduler::piece_end(std::int64_t from, std::int64_t end) const {
  if (end - from <= budget_left_) return end;
  return (from + budget_left_) / kPageTokens * kPageTokens;
}

void Scheduler::plan_prompt_piece(PromptState& prompt) {
  const std::int64_t from = prompt.state.tokens;
  const auto size = static_cast<std::int64_t>(prompt.tokens.size());
  // The budget may leave one token behind a page's edge, and a piece of one token may have other bits:
  // so that token is a piece of its own always.
  const bool has_lone_last =
      !options_.pieces_match_decode && size % kPageTokens == 1 && from < size - 1;
  const std::int64_t end = piece_end(from, has_lone_last ? size - 1 : size);
  prompt.is_planned = true;
  if (end <= from) {
    budget_left_ = 0;  // less than a page is left of it
    return;
  }
  budget_left_ -= end - from;
  planned_prompts_.push_back(&prompt);
  planned_lengths_.push_back(end - from);
}

void Scheduler::admit(Time now) {
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    if (std::ssize(running_) >= options_.running_max) return;
    Sequence& sequence = it->second;
    const bool is_head = it == waiting_.begin();
    PromptState* prompt = prompts_.find(sequence.prompt_key, shared_part(sequence));
    if (prompt == nullptr) {
      if (budget_left_ <= 0) return;
      prompt = begin_prompt(sequence, is_head);
    }
    if (prompt == nullptr) return;
    if (!sequence.was_started) {
      sequence.was_started = true;
      sequence.started_at = now;
      sequence.completion.queue_time = now - sequence.added_at;
    }
    if (!prompt->is_ready()) {
      if (!prompt->is_planned) plan_prompt_piece(*prompt);
      if (budget_left_ <= 0) return;
      ++it;
      continue;
    }
    if (!start(sequence, *prompt, is_head)) return;
    running_.insert(waiting_.extract(it++));
  }
}

void Scheduler::add_piece(std::span<const TokenId> tokens, const SequenceState& state,
                          Advance advance) {
  Step& step = plan_.step;
  Piece piece;
  piece.first_row = static_cast<std::int32_t>(step.rows());
  piece.length = advance.length;
  piece.position = static_cast<std::int32_t>(state.tokens);
  piece.slot = state.slot;
  piece.first_page = static_cast<std::int32_t>(step.pages.size());
  for (std::int64_t i = state.tokens; i < state.tokens + advance.length; ++i) {
    step.tokens.push_back(tokens[static_cast<std::size_t>(i)]);
    step.positions.push_back(static_cast<std::int32_t>(i));
    step.piece_of.push_back(static_cast<std::int32_t>(step.pieces.size()));
  }
  const std::int64_t pages = pages_for(state.tokens + advance.length);
  step.pages.insert(step.pages.end(), state.pages.begin(), state.pages.begin() + pages);
  step.pieces.push_back(piece);
  plan_.advances.push_back(advance);
}

void Scheduler::add_running_rows() {
  for (auto& [id, sequence] : running_) {
    const std::int64_t behind = sequence.length() - sequence.state.tokens;
    std::int64_t length = 1;
    if (behind > 1 && options_.pieces_match_decode) {
      const std::int64_t from = sequence.state.tokens;
      length = std::max<std::int64_t>(piece_end(from, sequence.length() - 1) - from, 1);
      budget_left_ -= length;
      EVAL_CHECK(pool_.reserve(sequence.state, from + length));
    }
    // The last prompt token is everybody's own first row; only what follows it is done twice.
    const bool is_again = behind > 1;
    if (is_again) counts_.recomputed += length;
    add_piece(sequence.tokens, sequence.state, {id, nullptr, static_cast<std::int32_t>(length)});
    if (is_again) continue;
    plan_.step.logit_rows.push_back(static_cast<std::int32_t>(plan_.step.rows() - 1));
    plan_.rules.push_back(rule_of(sequence));
    plan_.sampling.push_back(id);
  }
}

const StepPlan& Scheduler::plan(Time now) {
  plan_ = {};
  planned_prompts_.clear();
  planned_lengths_.clear();
  for (PromptState& prompt : prompts_.prompts()) prompt.is_planned = false;
  budget_left_ = options_.prefill_budget;
  // Whoever was preempted would otherwise come back at once, into the pages it was to give away.
  if (!make_room()) admit(now);
  for (std::size_t i = 0; i < planned_prompts_.size(); ++i) {
    counts_.prefilled += planned_lengths_[i];
  }
  add_running_rows();
  for (std::size_t i = 0; i < planned_prompts_.size(); ++i) {
    PromptState& prompt = *planned_prompts_[i];
    add_piece(prompt.tokens, prompt.state,
              {0, &prompt, static_cast<std::int32_t>(planned_lengths_[i])});
  }
  EVAL_CHECK(is_idle() || plan_.step.rows() > 0);
  counts_.steps += 1;
  counts_.rows_max = std::max(counts_.rows_max, plan_.step.rows());
  return plan_;
}

void Scheduler::take_token(Sequence& sequence, const SampledToken& sampled, Time now,
                           std::vector<Finished>& finished) {
  Completion& completion = sequence.completion;
  if (std::isnan(sampled.logprob)) {
    finished.push_back(
        {sequence.id, fail(ErrorCode::Infrastructure, "the model gave logits that are not numbers",
                           fmt::format("token {}", sequence.length()),
                           "a BF16 or F32 --dtype may help; check the checkpoint")});
    return;
  }
  if (completion.tokens.empty()) completion.first_token_time = now - sequence.started_at;
  sequence.tokens.push_back(sampled.token);
  completion.tokens.push_back(sampled.token);
  completion.logprobs.push_back(sampled.logprob);
  if (sequence.request.rule.logprobs > 0) completion.sampled.push_back(sampled);
  counts_.generated += 1;
  const bool is_welcome = !sequence.request.on_token || sequence.request.on_token(sampled.token);
  const auto& stops = sequence.request.stop_ids;
  const bool is_stop = std::ranges::find(stops, sampled.token) != stops.end();
  const bool is_full = std::ssize(completion.tokens) >= sequence.request.max_tokens;
  if (is_welcome && !is_stop && !is_full) return;
  completion.finish_reason = is_stop || !is_welcome ? FinishReason::Stop : FinishReason::Length;
  completion.total_time = now - sequence.started_at;
  finished.push_back({sequence.id, std::move(completion)});
}

std::vector<Finished> Scheduler::complete(std::span<const SampledToken> sampled, Time now) {
  EVAL_CHECK(sampled.size() == plan_.sampling.size());
  for (const Advance& advance : plan_.advances) {
    SequenceState& state =
        advance.prompt != nullptr ? advance.prompt->state : running_.at(advance.id).state;
    state.tokens += advance.length;
  }
  std::vector<Finished> finished;
  for (std::size_t i = 0; i < sampled.size(); ++i) {
    take_token(running_.at(plan_.sampling[i]), sampled[i], now, finished);
  }
  for (const Finished& one : finished) cancel(one.id);
  plan_ = {};
  return finished;
}

}  // namespace eval::runners::local
