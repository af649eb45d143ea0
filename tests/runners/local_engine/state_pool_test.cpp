#include "runners/local/engine/state_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eval::runners::local {
namespace {

using ::testing::ElementsAre;

TEST(StatePool, ClearsASlotForANewState) {
  StatePool pool(2, 4);
  std::vector<StateOp> ops;
  const auto state = pool.create(ops);
  ASSERT_TRUE(state);
  EXPECT_THAT(ops, ElementsAre(StateOp{StateOp::Kind::ClearSlot, 0, state->slot}));
  EXPECT_EQ(pool.free_slots(), 1);
}

TEST(StatePool, ReservesWholePages) {
  StatePool pool(1, 4);
  std::vector<StateOp> ops;
  auto state = *pool.create(ops);
  EXPECT_TRUE(pool.reserve(state, 1));
  EXPECT_TRUE(pool.reserve(state, kPageTokens));
  EXPECT_EQ(pool.free_pages(), 3);
  EXPECT_TRUE(pool.reserve(state, kPageTokens + 1));
  EXPECT_EQ(pool.free_pages(), 2);
}

TEST(StatePool, ChangesNothingWhenPagesAreMissing) {
  StatePool pool(1, 2);
  std::vector<StateOp> ops;
  auto state = *pool.create(ops);
  EXPECT_FALSE(pool.reserve(state, 2 * kPageTokens + 1));
  EXPECT_EQ(pool.free_pages(), 2);
  EXPECT_TRUE(state.pages.empty());
}

TEST(StatePool, ForkSharesWholePagesAndCopiesTheLastAndTheSlot) {
  StatePool pool(2, 5);
  std::vector<StateOp> ops;
  auto state = *pool.create(ops);
  ASSERT_TRUE(pool.reserve(state, 2 * kPageTokens + 10));
  state.tokens = 2 * kPageTokens + 10;
  ops.clear();
  const auto copy = pool.fork(state, ops);
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->pages[0], state.pages[0]);
  EXPECT_EQ(copy->pages[1], state.pages[1]);
  EXPECT_NE(copy->pages[2], state.pages[2]);
  EXPECT_THAT(ops, ElementsAre(StateOp{StateOp::Kind::CopySlot, state.slot, copy->slot},
                               StateOp{StateOp::Kind::CopyPage, state.pages[2], copy->pages[2]}));
}

TEST(StatePool, KeepsASharedPageUntilTheLastHolderLetsGo) {
  StatePool pool(2, 2);
  std::vector<StateOp> ops;
  auto state = *pool.create(ops);
  ASSERT_TRUE(pool.reserve(state, kPageTokens));
  state.tokens = kPageTokens;
  auto copy = *pool.fork(state, ops);
  EXPECT_EQ(pool.pages_of_its_own(state), 0);
  pool.release(std::move(state));
  EXPECT_EQ(pool.free_pages(), 1);
  EXPECT_EQ(pool.pages_of_its_own(copy), 1);
  pool.release(std::move(copy));
  EXPECT_EQ(pool.free_pages(), 2);
  EXPECT_EQ(pool.free_slots(), 2);
}

TEST(StatePool, DoesNotForkWithoutASlotOrAPage) {
  StatePool pool(2, 1);
  std::vector<StateOp> ops;
  auto state = *pool.create(ops);
  ASSERT_TRUE(pool.reserve(state, 10));
  state.tokens = 10;
  EXPECT_FALSE(pool.fork(state, ops));
  EXPECT_EQ(pool.free_slots(), 1);
  EXPECT_EQ(ops.size(), 1U);  // that of create()
}

}  // namespace
}  // namespace eval::runners::local
