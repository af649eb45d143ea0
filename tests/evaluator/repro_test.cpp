#include "evaluator/repro.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/hash.h"
#include "evaluator/attempt.h"
#include "tests/support/fake_runner.h"
#include "tests/support/manual_clock.h"

namespace eval::evaluator {
namespace {

using eval::testing::FakeRunner;
using eval::testing::ManualClock;

std::string hash_for(const runners::GenerationRequest& request) {
  return sha256_hex(request.problem_id + std::to_string(request.attempt) +
                    std::to_string(*request.sampling.seed));
}

class ReproTest : public ::testing::Test {
 protected:
  ReproTest() {
    manifest_.run_id = "r";
    manifest_.runner = "fake runner";
    manifest_.sampling.top_k = 7;
    for (int i = 0; i < 40; ++i) {
      StoredCompletion one;
      one.problem_id = "s/p" + std::to_string(i / 4);
      one.attempt = i % 4;
      one.turn = i % 2;
      one.attempt_seed = static_cast<std::uint64_t>(100 + i);
      runners::GenerationRequest request;
      request.problem_id = one.problem_id;
      request.attempt = one.attempt;
      request.sampling.seed = seed_of_turn(one.attempt_seed, one.turn);
      one.token_hash = hash_for(request);
      stored_.push_back(one);
    }
    runner_.answer = [](const runners::GenerationRequest& request, const std::stop_token&) {
      runners::Generation generation;
      generation.token_hash = hash_for(request);
      return generation;
    };
  }

  Result<ReproCheck> check(ReproOptions options) {
    return verify_repro(stored_, manifest_, runner_, options, clock_, {});
  }

  RunManifest manifest_;
  std::vector<StoredCompletion> stored_;
  FakeRunner runner_;
  ManualClock clock_;
};

TEST_F(ReproTest, AsksForAShareInEachWayWithTheSeedsOfTheRun) {
  const auto result = check({.share = 0.25, .at_once = {3, 8}});
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->stored, 40);
  EXPECT_EQ(result->replayed, 20);
  EXPECT_EQ(result->equal, 20);
  EXPECT_EQ(result->ways.size(), 2U);
  std::set<std::pair<std::string, int>> asked;
  for (const auto& request : runner_.requests()) {
    EXPECT_EQ(request.sampling.top_k, 7);
    asked.emplace(request.problem_id, request.attempt);
  }
  EXPECT_EQ(asked.size(), 10U);  // the same ones, twice
}

TEST_F(ReproTest, NamesWhatDiffers) {
  stored_[13].token_hash = "another";
  const auto result = check({.share = 1, .at_once = {2}});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->equal, 39);
  EXPECT_THAT(result->differing,
              ::testing::ElementsAre("s/p3 attempt 1 turn 1 (2 at once, shuffled)"));
}

TEST_F(ReproTest, RefusesAnotherRunnerUnlessAsked) {
  manifest_.runner = "local model on another machine";
  EXPECT_EQ(check({}).error().code, ErrorCode::Usage);
  EXPECT_TRUE(check({.other_runner_is_fine = true}));
}

TEST_F(ReproTest, FailsWhenACompletionCannotBeHadAgain) {
  runner_.answer = [](const runners::GenerationRequest&,
                      const std::stop_token&) -> Result<runners::Generation> {
    return fail(ErrorCode::Infrastructure, "no device");
  };
  EXPECT_EQ(check({}).error().what, "no device");
}

TEST_F(ReproTest, HasNothingToDoWithoutHashes) {
  stored_.clear();
  EXPECT_EQ(check({}).error().code, ErrorCode::NotFound);
}

TEST_F(ReproTest, RoundTripsThroughJson) {
  const auto result = check({.share = 0.5, .at_once = {3}});
  ASSERT_TRUE(result);
  EXPECT_EQ(*repro_check_from_json(to_json(*result)), *result);
}

}  // namespace
}  // namespace eval::evaluator
