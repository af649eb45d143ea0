#include "runners/local/engine/memory_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hash_backend.h"

namespace eval::runners::local {
namespace {

using eval::testing::HashBackend;
using ::testing::HasSubstr;

// One attention and one MLP layer: 3 MiB of BF16 weights.
ModelConfig config() {
  ModelConfig config;
  config.vocabulary = 1024;
  config.hidden = 256;
  config.context_max = 8192;
  config.layers = {
      {AttentionShape{.heads = 4, .kv_heads = 4, .head_dim = 64, .rope = {}, .window = {}}, 0},
      {MlpShape{.width = 1024, .gated = true}, 0}};
  return config;
}

TEST(WeightBytes, CountsEveryTensorOfTheModel) {
  // Embedding and head 2 * 1024 * 256, attention 4 * 256 * 256, MLP 3 * 1024 * 256; three norms.
  const std::int64_t exact = 2 * 1024 * 256;
  const std::int64_t dense = 4 * 256 * 256 + 3 * 1024 * 256;
  const std::int64_t vectors = 3 * 256 * 4;
  const auto bytes = [](std::int64_t n) { return Bytes{static_cast<std::uint64_t>(n)}; };
  EXPECT_EQ(weight_bytes(config(), WeightFormat::BF16), bytes(2 * (exact + dense) + vectors));
  EXPECT_EQ(weight_bytes(config(), WeightFormat::F32), bytes(4 * (exact + dense) + vectors));
  EXPECT_EQ(weight_bytes(config(), WeightFormat::Int8), bytes(2 * exact + dense + vectors));
}

TEST(WeightBytes, KnowsThe30BModel) {
  // Section 1 of the published config of Nemotron-3-Nano-30B-A3B: 31.58 billion parameters.
  ModelConfig config;
  config.vocabulary = 131072;
  config.hidden = 2688;
  const MambaShape mamba{.heads = 64, .head_dim = 64, .groups = 8, .state = 128};
  const MoeShape moe{.experts = 128,
                     .experts_per_token = 6,
                     .expert_width = 1856,
                     .shared_width = 3712,
                     .scaling = 2.5F};
  const AttentionShape attention{
      .heads = 32, .kv_heads = 2, .head_dim = 128, .rope = {}, .window = {}};
  for (int i = 0; i < 23; ++i) config.layers.push_back({mamba, i});
  for (int i = 0; i < 23; ++i) config.layers.push_back({moe, i});
  for (int i = 0; i < 6; ++i) config.layers.push_back({attention, i});
  const double billions =
      static_cast<double>(weight_bytes(config, WeightFormat::BF16).count) / 2 / 1e9;
  EXPECT_NEAR(billions, 31.58, 0.01);
}

TEST(MemoryPlan, FillsTheBudgetWithPagesUpToWhatCanBeUsed) {
  const HashBackend backend;
  const auto plan =
      plan_memory(config(), backend, {.budget = Bytes::mib(64), .context = 8192, .concurrency = 8});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->schedule.slots, 12);
  EXPECT_EQ(plan->schedule.running_max, 8);
  EXPECT_EQ(plan->schedule.pages, 12 * 129);
  EXPECT_LE(plan->total(), plan->budget);
}

TEST(MemoryPlan, TakesFewerPagesThanCouldBeUsedWhenMemoryIsShort) {
  const HashBackend backend;
  const auto plan =
      plan_memory(config(), backend, {.budget = Bytes::mib(20), .context = 8192, .concurrency = 8});
  ASSERT_TRUE(plan);
  EXPECT_GE(plan->schedule.pages, 128 + 8);
  EXPECT_LT(plan->schedule.pages, 12 * 129);
  EXPECT_LE(plan->total(), plan->budget);
}

TEST(MemoryPlan, ChoosesHowManySequencesRunWhereNobodySays) {
  const HashBackend backend;
  const auto plan = plan_memory(config(), backend, {.budget = Bytes::mib(30), .context = 4096});
  ASSERT_TRUE(plan);
  EXPECT_GE(plan->schedule.running_max, 2);
  EXPECT_LT(plan->schedule.running_max, 32);
  const auto roomy = plan_memory(config(), backend, {.budget = Bytes::gib(1), .context = 4096});
  EXPECT_EQ(roomy->schedule.running_max, 32);
}

TEST(MemoryPlan, TakesTheModelsContextUpToTheDefault) {
  const HashBackend backend;
  ModelConfig long_one = config();
  long_one.context_max = 1 << 20;
  const MemoryRequest request{.budget = Bytes::gib(1), .concurrency = 1};
  EXPECT_EQ(plan_memory(config(), backend, request)->schedule.context, 8192);
  EXPECT_EQ(plan_memory(long_one, backend, request)->schedule.context, kContextDefault);
}

TEST(MemoryPlan, GoesToTheLongestContext) {
  const HashBackend backend;
  ModelConfig long_one = config();
  long_one.context_max = 1 << 20;
  const auto plan = plan_memory(
      long_one, backend, {.budget = Bytes::gib(1), .context = kContextMax, .concurrency = 1});
  ASSERT_TRUE(plan);
  EXPECT_GE(plan->schedule.pages, kContextMax / kPageTokens);
  const auto beyond =
      plan_memory(long_one, backend, {.budget = Bytes::gib(1), .context = kContextMax + 1});
  EXPECT_EQ(beyond.error().code, ErrorCode::Usage);
}

TEST(MemoryPlan, RefusesWhatDoesNotFitAndSaysWhatWould) {
  const HashBackend backend;
  const auto plan =
      plan_memory(config(), backend, {.budget = Bytes::mib(14), .context = 8192, .concurrency = 4});
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().what, HasSubstr("4 sequences with a context of 8192 tokens need"));
  EXPECT_THAT(plan.error().help, HasSubstr("--context "));
  // What it says is true.
  const auto at = plan.error().help.find("--context ") + 10;
  const std::int64_t fitting = std::stoll(plan.error().help.substr(at));
  const MemoryRequest same{.budget = Bytes::mib(14), .context = fitting, .concurrency = 4};
  EXPECT_TRUE(plan_memory(config(), backend, same));
  const MemoryRequest more{
      .budget = Bytes::mib(14), .context = fitting + kPageTokens, .concurrency = 4};
  EXPECT_FALSE(plan_memory(config(), backend, more));
}

TEST(MemoryPlan, RefusesABudgetBelowTheWeights) {
  const HashBackend backend;
  const auto plan = plan_memory(config(), backend, {.budget = Bytes::mib(2)});
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().what, HasSubstr("for the weights"));
  EXPECT_THAT(plan.error().help, HasSubstr("--dtype int8"));
}

TEST(MemoryPlan, TakesTheWeightsAsTheyAreOnceTheyAreLoaded) {
  const HashBackend backend;
  MemoryRequest request{.budget = Bytes::mib(24), .context = 8192, .concurrency = 8};
  const auto before = plan_memory(config(), backend, request);
  request.weights = Bytes::mib(5);
  const auto after = plan_memory(config(), backend, request);
  ASSERT_TRUE(before && after);
  EXPECT_LT(after->schedule.pages, before->schedule.pages);
  EXPECT_LE(after->total(), after->budget);
}

TEST(MemoryPlan, IsDescribedPartByPart) {
  const HashBackend backend;
  const auto plan =
      plan_memory(config(), backend, {.budget = Bytes::mib(64), .context = 1024, .concurrency = 2});
  ASSERT_TRUE(plan);
  const std::string text = describe(*plan);
  for (const char* part : {"memory plan of 64 MiB", "weights", "bf16", "514 tokens a step",
                           "2 sequences at once", "up to 1024 tokens a sequence", "total"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(MemoryPlan, IsTheBackendsToAllocate) {
  HashBackend backend;
  const auto plan =
      plan_memory(config(), backend, {.budget = Bytes::mib(64), .context = 1024, .concurrency = 2});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->limits.rows, 514);
  EXPECT_EQ(plan->limits.logit_rows, 2);
  EXPECT_EQ(plan->limits.pieces, 6);
}

}  // namespace
}  // namespace eval::runners::local
