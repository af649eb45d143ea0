#include "runners/local/engine/state_pool.h"

#include <utility>

#include "base/check.h"

namespace eval::runners::local {

// The lists are stacks, filled so that low numbers are taken first.
StatePool::StatePool(std::int32_t slots, std::int32_t pages)
    : references_(static_cast<std::size_t>(pages), 0) {
  for (std::int32_t slot = slots; slot-- > 0;) slots_.push_back(slot);
  for (std::int32_t page = pages; page-- > 0;) pages_.push_back(page);
}

std::int32_t StatePool::take_page() {
  const std::int32_t page = pages_.back();
  pages_.pop_back();
  references_[static_cast<std::size_t>(page)] = 1;
  return page;
}

std::optional<SequenceState> StatePool::create(std::vector<StateOp>& ops) {
  if (slots_.empty()) return std::nullopt;
  SequenceState state;
  state.slot = slots_.back();
  slots_.pop_back();
  ops.push_back({StateOp::Kind::ClearSlot, 0, state.slot});
  return state;
}

bool StatePool::reserve(SequenceState& state, std::int64_t tokens) {
  const std::int64_t missing = pages_for(tokens) - static_cast<std::int64_t>(state.pages.size());
  if (missing > free_pages()) return false;
  for (std::int64_t i = 0; i < missing; ++i) state.pages.push_back(take_page());
  return true;
}

std::optional<SequenceState> StatePool::fork(const SequenceState& state,
                                             std::vector<StateOp>& ops) {
  const auto whole = static_cast<std::size_t>(state.tokens / kPageTokens);
  const bool has_rest = state.tokens % kPageTokens != 0;
  if (slots_.empty() || (has_rest && pages_.empty())) return std::nullopt;
  SequenceState copy;
  copy.tokens = state.tokens;
  copy.slot = slots_.back();
  slots_.pop_back();
  ops.push_back({StateOp::Kind::CopySlot, state.slot, copy.slot});
  for (std::size_t i = 0; i < whole; ++i) {
    copy.pages.push_back(state.pages[i]);
    references_[static_cast<std::size_t>(state.pages[i])] += 1;
  }
  if (has_rest) {
    copy.pages.push_back(take_page());
    ops.push_back({StateOp::Kind::CopyPage, state.pages[whole], copy.pages.back()});
  }
  return copy;
}

std::int64_t StatePool::pages_of_its_own(const SequenceState& state) const {
  std::int64_t count = 0;
  for (const std::int32_t page : state.pages) {
    count += references_[static_cast<std::size_t>(page)] == 1 ? 1 : 0;
  }
  return count;
}

void StatePool::release(SequenceState state) {
  slots_.push_back(state.slot);
  for (const std::int32_t page : state.pages) {
    std::int32_t& references = references_[static_cast<std::size_t>(page)];
    EVAL_CHECK(references > 0);
    if (--references == 0) pages_.push_back(page);
  }
}

}  // namespace eval::runners::local
