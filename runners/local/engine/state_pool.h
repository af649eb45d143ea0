#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runners/local/model/step.h"

// Who holds which state slot and which pages. Bookkeeping alone: the memory is the backend's, and what
// has to be done to it comes out as StateOps.
namespace eval::runners::local {

// To be done in the order given, before the step that was planned with them.
struct StateOp {
  enum class Kind { ClearSlot, CopySlot, CopyPage };
  Kind kind = Kind::ClearSlot;
  std::int32_t from = 0;  // unused by ClearSlot
  std::int32_t to = 0;
  friend bool operator==(const StateOp&, const StateOp&) = default;
};

// Pages that hold the keys and values of `tokens` tokens.
constexpr std::int64_t pages_for(std::int64_t tokens) {
  return (tokens + kPageTokens - 1) / kPageTokens;
}

// What a sequence, or a finished prompt, holds. Made and given back by a StatePool only.
struct SequenceState {
  std::int32_t slot = 0;
  std::vector<std::int32_t> pages;  // page i has the tokens from i * kPageTokens on
  std::int64_t tokens = 0;          // how many are in the state; the pages may have room for more
};

class StatePool {
 public:
  StatePool(std::int32_t slots, std::int32_t pages);

  std::int64_t free_slots() const { return static_cast<std::int64_t>(slots_.size()); }
  std::int64_t free_pages() const { return static_cast<std::int64_t>(pages_.size()); }
  std::int64_t pages() const { return static_cast<std::int64_t>(references_.size()); }

  // A state without tokens. nullopt if no slot is free.
  std::optional<SequenceState> create(std::vector<StateOp>& ops);
  // Room for `tokens` tokens. False, and nothing changed, if too few pages are free.
  bool reserve(SequenceState& state, std::int64_t tokens);
  // A second state with the same tokens: whole pages are shared, the last one (that both go on to
  // write) and the slot are copied. nullopt if a slot or a page is missing.
  std::optional<SequenceState> fork(const SequenceState& state, std::vector<StateOp>& ops);
  // Pages that release() would make free: those nobody shares.
  std::int64_t pages_of_its_own(const SequenceState& state) const;
  void release(SequenceState state);

 private:
  std::int32_t take_page();

  std::vector<std::int32_t> slots_;       // free ones
  std::vector<std::int32_t> pages_;       // free ones
  std::vector<std::int32_t> references_;  // by page
};

}  // namespace eval::runners::local
