#include "runners/local/model/sampling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "base/random.h"
#include "runners/local/model/philox.h"

namespace eval::runners::local {
namespace {

TokenId sample(std::span<const float> logits, const SampleRule& rule) {
  SampleScratch scratch;
  return sample_token(logits, rule, scratch).token;
}

// Every token that comes up in `draws` draws.
std::set<TokenId> drawn(std::span<const float> logits, SampleRule rule, std::uint32_t draws = 500) {
  std::set<TokenId> tokens;
  for (rule.position = 0; rule.position < draws; ++rule.position)
    tokens.insert(sample(logits, rule));
  return tokens;
}

// ln of 8, 4, 2, 1, 1 sixteenths, in an order of ids that is not theirs.
std::vector<float> sixteenths() {
  std::vector<float> logits;
  for (const float share : {1.0F, 4.0F, 1.0F, 8.0F, 2.0F}) logits.push_back(std::log(share / 16));
  return logits;
}

std::vector<float> random_logits(std::size_t count, std::uint64_t seed) {
  SplitMix64 random(seed);
  std::vector<float> logits(count);
  for (float& logit : logits) logit = static_cast<float>(12 * random.uniform());
  return logits;
}

// Random123 1.14, tests/kat_vectors, the three lines "philox4x32 10".
TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_EQ(philox4x32_10({0, 0, 0, 0}, {0, 0}),
            (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(
      philox4x32_10({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
      (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(
      philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
      (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, KeepsSeedAttemptAndPositionApart) {
  const std::set<std::uint64_t> bits = {philox_bits(1, 2, 3), philox_bits(3, 2, 1),
                                        philox_bits(2, 1, 3), philox_bits(1, 3, 2),
                                        philox_bits(std::uint64_t{1} << 32, 2, 3)};
  EXPECT_EQ(bits.size(), 5U);
}

TEST(SampleExp, IsWithinTwoUlp) {
  for (double x = -86.9; x <= 0; x += 0.0137) {
    const double got = sample_exp(static_cast<float>(x));
    const double want = std::exp(static_cast<double>(static_cast<float>(x)));
    EXPECT_NEAR(got / want, 1, 2e-7) << x;
  }
  EXPECT_EQ(sample_exp(0), 1.0F);
  EXPECT_EQ(sample_exp(-100), 0.0F);
  EXPECT_EQ(sample_exp(-std::numeric_limits<float>::infinity()), 0.0F);
}

TEST(Sample, GreedyTakesTheLowestIdOnTies) {
  const std::vector<float> logits = {1, 3, 2, 3};
  EXPECT_EQ(sample(logits, {.temperature = 0}), 1);
}

TEST(Sample, ReportsLogprobsBeforeTemperatureAndCuts) {
  SampleScratch scratch;
  const SampledToken sampled =
      sample_token(sixteenths(), {.temperature = 0.01F, .top_k = 1, .logprobs = 3}, scratch);
  EXPECT_EQ(sampled.token, 3);
  EXPECT_NEAR(sampled.logprob, std::log(0.5), 1e-6);
  ASSERT_EQ(sampled.likeliest.size(), 3U);
  EXPECT_EQ(sampled.likeliest[1].token, 1);
  EXPECT_NEAR(sampled.likeliest[1].logprob, std::log(0.25), 1e-6);
  EXPECT_EQ(sampled.likeliest[2].token, 4);
}

TEST(Sample, DrawsByProbability) {
  std::map<TokenId, double> share;
  constexpr std::uint32_t kDraws = 20000;
  const std::vector<float> logits = sixteenths();
  for (std::uint32_t i = 0; i < kDraws; ++i)
    share[sample(logits, {.seed = 7, .position = i})] += 1.0 / kDraws;
  const double four_sigma = 4 * std::sqrt(0.25 / kDraws);
  EXPECT_NEAR(share[3], 8.0 / 16, four_sigma);
  EXPECT_NEAR(share[1], 4.0 / 16, four_sigma);
  EXPECT_NEAR(share[4], 2.0 / 16, four_sigma);
  EXPECT_NEAR(share[0], 1.0 / 16, four_sigma);
}

TEST(Sample, TemperatureSharpensAndFlattens) {
  std::map<TokenId, double> share;
  constexpr std::uint32_t kDraws = 20000;
  const std::vector<float> logits = sixteenths();
  for (std::uint32_t i = 0; i < kDraws; ++i)
    share[sample(logits, {.temperature = 0.5F, .seed = 8, .position = i})] += 1.0 / kDraws;
  // Squares: 64, 16, 4, 1, 1 of 86.
  EXPECT_NEAR(share[3], 64.0 / 86, 4 * std::sqrt(0.25 / kDraws));
}

// Cuts that cut nothing take the other way through the code.
TEST(Sample, DrawsTheSameWithAndWithoutCuts) {
  const std::vector<float> logits = random_logits(5000, 3);
  for (std::uint32_t i = 0; i < 200; ++i) {
    SampleRule rule{.seed = 4, .position = i};
    const TokenId plain = sample(logits, rule);
    rule.min_p = 1e-30F;
    EXPECT_EQ(sample(logits, rule), plain);
    rule = {.temperature = 1.5F, .seed = 4, .position = i};
    const TokenId warm = sample(logits, rule);
    rule.top_k = 4999;  // drops the least likely, which is not drawn
    EXPECT_EQ(sample(logits, rule), warm);
  }
}

TEST(Sample, SurvivesATinyTemperature) {
  EXPECT_EQ(sample(sixteenths(), {.temperature = 1e-38F}), 3);
}

TEST(Sample, IsAPureFunctionOfSeedAttemptAndPosition) {
  const std::vector<float> logits = random_logits(500, 1);
  const SampleRule rule{.seed = 5, .attempt = 6, .position = 7};
  EXPECT_EQ(sample(logits, rule), sample(logits, rule));
  std::set<TokenId> others;
  for (std::uint32_t i = 0; i < 20; ++i) others.insert(sample(logits, {.seed = 5, .attempt = i}));
  EXPECT_GT(others.size(), 5U);
}

TEST(Sample, TopKKeepsLowerIdsAtTheEdge) {
  EXPECT_EQ(drawn(sixteenths(), {.top_k = 2}), (std::set<TokenId>{1, 3}));
  EXPECT_EQ(drawn(sixteenths(), {.top_k = 4}), (std::set<TokenId>{0, 1, 3, 4}));
}

TEST(Sample, TopPKeepsTheShortestPrefixThatReachesTheMass) {
  EXPECT_EQ(drawn(sixteenths(), {.top_p = 0.49F}), (std::set<TokenId>{3}));
  EXPECT_EQ(drawn(sixteenths(), {.top_p = 0.74F}), (std::set<TokenId>{1, 3}));
  EXPECT_EQ(drawn(sixteenths(), {.top_p = 0.76F}), (std::set<TokenId>{1, 3, 4}));
  EXPECT_EQ(drawn(sixteenths(), {.top_p = 0.9F}), (std::set<TokenId>{0, 1, 3, 4}));
  EXPECT_EQ(drawn(sixteenths(), {.top_p = 0}), (std::set<TokenId>{3}));
}

TEST(Sample, TopPWorksOnWhatTopKLeft) {
  // 8 and 4 of 12 are left: 0.6 of that is reached by the first alone.
  EXPECT_EQ(drawn(sixteenths(), {.top_k = 2, .top_p = 0.6F}), (std::set<TokenId>{3}));
}

TEST(Sample, MinPIsRelativeToTheLikeliest) {
  EXPECT_EQ(drawn(sixteenths(), {.min_p = 0.2F}), (std::set<TokenId>{1, 3, 4}));
  EXPECT_EQ(drawn(sixteenths(), {.min_p = 0.3F}), (std::set<TokenId>{1, 3}));
}

TEST(Sample, RepetitionPenaltyCountsPromptAndGeneration) {
  std::vector<float> logits = {2, -2, 2, 1};
  apply_penalties({.repetition_penalty = 2, .seen = {0, 1, 1, 3}, .prompt_tokens = 2}, logits);
  EXPECT_EQ(logits, (std::vector<float>{1, -4, 2, 0.5F}));
}

TEST(Sample, PresenceAndFrequencyCountTheGenerationAlone) {
  std::vector<float> logits = {2, 2, 2, 2};
  apply_penalties({.presence_penalty = 0.5F,
                   .frequency_penalty = 0.25F,
                   .seen = {0, 1, 1, 1, 3},
                   .prompt_tokens = 2},
                  logits);
  EXPECT_EQ(logits, (std::vector<float>{2, 1, 2, 1.25F}));
}

// The same cuts from a full sort, over random rows with many ties.
TEST(Sample, AgreesWithAFullSort) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    std::vector<float> logits = random_logits(300, seed);
    for (float& logit : logits) logit = std::floor(logit * 4) / 4;
    std::vector<TokenId> order(logits.size());
    std::iota(order.begin(), order.end(), 0);
    const auto x = [&](TokenId id) { return logits[static_cast<std::size_t>(id)]; };
    std::stable_sort(order.begin(), order.end(), [&](TokenId a, TokenId b) { return x(a) > x(b); });
    double total = 0;
    for (int i = 0; i < 40; ++i) total += std::exp(x(order[static_cast<std::size_t>(i)]));
    std::set<TokenId> nucleus;
    double mass = 0;
    for (std::size_t i = 0; i < 40 && mass < 0.5 * total; ++i) {
      mass += std::exp(x(order[i]));
      nucleus.insert(order[i]);
    }
    EXPECT_EQ(drawn(logits, {.top_k = 40, .top_p = 0.5F, .seed = seed}, 1000), nucleus) << seed;
  }
}

// A nucleus nearly all of which is far from the likeliest token: 40,000 tokens of exp(-9) each hold four
// fifths of the mass, and nine tenths are reached with the 35,300 lowest ids.
TEST(Sample, TopPReachesFarWhereTheMassIsFar) {
  std::vector<float> logits(40000, 0.0F);
  logits[7] = 9;
  const std::set<TokenId> ids = drawn(logits, {.top_p = 0.9F}, 50);
  EXPECT_LT(*ids.rbegin(), 35400);
  EXPECT_GT(*ids.rbegin(), 25000);
  EXPECT_GT(ids.size(), 25);
}

}  // namespace
}  // namespace eval::runners::local
