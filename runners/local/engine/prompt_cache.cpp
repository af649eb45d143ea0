#include "runners/local/engine/prompt_cache.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace eval::runners::local {

// FNV-1a over the ids. Only a first look: find() compares the tokens themselves.
std::uint64_t PromptCache::key_of(std::span<const TokenId> tokens) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const TokenId token : tokens) {
    hash = (hash ^ static_cast<std::uint32_t>(token)) * 0x100000001b3;
  }
  return hash;
}

PromptState* PromptCache::find(std::uint64_t key, std::span<const TokenId> tokens) {
  for (PromptState& prompt : prompts_) {
    if (prompt.key == key && std::ranges::equal(prompt.tokens, tokens)) return &prompt;
  }
  return nullptr;
}

PromptState* PromptCache::create(std::uint64_t key, std::span<const TokenId> tokens,
                                 std::vector<StateOp>& ops) {
  const auto wanted = pages_for(static_cast<std::int64_t>(tokens.size()));
  if (is_full() || pool_.free_pages() < wanted) return nullptr;
  auto state = pool_.create(ops);
  if (!state) return nullptr;
  EVAL_CHECK(pool_.reserve(*state, static_cast<std::int64_t>(tokens.size())));
  PromptState& prompt = prompts_.emplace_back();
  prompt.key = key;
  prompt.tokens.assign(tokens.begin(), tokens.end());
  prompt.state = *std::move(state);
  touch(prompt);
  return &prompt;
}

bool PromptCache::evict(const std::function<bool(const PromptState&)>& may_go) {
  auto oldest = prompts_.end();
  for (auto it = prompts_.begin(); it != prompts_.end(); ++it) {
    if (!may_go(*it)) continue;
    if (oldest == prompts_.end() || it->last_used < oldest->last_used) oldest = it;
  }
  if (oldest == prompts_.end()) return false;
  pool_.release(std::move(oldest->state));
  prompts_.erase(oldest);
  return true;
}

SequenceState PromptCache::take_over(PromptState& prompt) {
  SequenceState state = std::move(prompt.state);
  prompts_.remove_if([&](const PromptState& other) { return &other == &prompt; });
  return state;
}

}  // namespace eval::runners::local
