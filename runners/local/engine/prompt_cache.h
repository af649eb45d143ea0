#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <span>
#include <vector>

#include "runners/local/engine/state_pool.h"

namespace eval::runners::local {

// A prompt (without its last token) whose state is there, or on its way.
struct PromptState {
  std::uint64_t key = 0;
  std::vector<TokenId> tokens;
  SequenceState state;
  std::uint64_t last_used = 0;
  bool is_planned = false;  // has a piece in the step that is being planned
  bool is_ready() const { return state.tokens == static_cast<std::int64_t>(tokens.size()); }
};

// The prompts that can be forked. Small: it serves attempts of one problem, which come close together,
// and whatever it holds is given up before a running sequence is.
class PromptCache {
 public:
  PromptCache(StatePool& pool, std::int32_t capacity) : pool_(pool), capacity_(capacity) {}

  static std::uint64_t key_of(std::span<const TokenId> tokens);

  PromptState* find(std::uint64_t key, std::span<const TokenId> tokens);
  bool is_full() const { return static_cast<std::int32_t>(prompts_.size()) >= capacity_; }
  // A prompt with pages for all its tokens and none of them computed. nullptr without room.
  PromptState* create(std::uint64_t key, std::span<const TokenId> tokens,
                      std::vector<StateOp>& ops);
  void touch(PromptState& prompt) { prompt.last_used = ++uses_; }

  // Gives up the prompt least recently used for which `may_go` holds. False if there is none.
  bool evict(const std::function<bool(const PromptState&)>& may_go);
  // The state becomes the caller's, and the prompt is gone.
  SequenceState take_over(PromptState& prompt);

  std::list<PromptState>& prompts() { return prompts_; }

 private:
  StatePool& pool_;
  const std::int32_t capacity_;
  std::list<PromptState> prompts_;  // stable addresses
  std::uint64_t uses_ = 0;
};

}  // namespace eval::runners::local
