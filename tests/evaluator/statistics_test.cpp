#include "evaluator/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"

namespace eval::evaluator {
namespace {

TEST(NormalQuantile, KnowsTheTextbookValues) {
  // Abramowitz & Stegun 1964, table 26.5, and every statistics table.
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-15);
  EXPECT_NEAR(normal_quantile(0.05), -1.6448536269514722, 1e-12);
}

TEST(WilsonInterval, GivesThePublishedExamplesOfNewcombe) {
  // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3
  // (score without continuity correction), printed to four places.
  const Interval common = wilson_interval(81, 263);
  EXPECT_NEAR(common.low, 0.2553, 5e-5);
  EXPECT_NEAR(common.high, 0.3662, 5e-5);
  const Interval rare = wilson_interval(15, 148);
  EXPECT_NEAR(rare.low, 0.0624, 5e-5);
  EXPECT_NEAR(rare.high, 0.1605, 5e-5);
  const Interval none = wilson_interval(0, 20);
  EXPECT_NEAR(none.low, 0, 5e-5);
  EXPECT_NEAR(none.high, 0.1611, 5e-5);
  const Interval one = wilson_interval(1, 29);
  EXPECT_NEAR(one.low, 0.0061, 5e-5);
  EXPECT_NEAR(one.high, 0.1718, 5e-5);
}

TEST(WilsonInterval, HasTheClosedFormForNoSuccess) {
  // With c = 0 the upper bound is z^2 / (n + z^2).
  const double z2 = std::pow(1.959963984540054, 2);
  EXPECT_NEAR(wilson_interval(0, 10).high, z2 / (10 + z2), 1e-12);
  EXPECT_EQ(wilson_interval(0, 10).low, 0);
}

TEST(WilsonInterval, IsSymmetricInSuccessAndFailure) {
  const Interval few = wilson_interval(3, 17);
  const Interval many = wilson_interval(14, 17);
  EXPECT_NEAR(few.low, 1 - many.high, 1e-12);
  EXPECT_NEAR(few.high, 1 - many.low, 1e-12);
}

TEST(WilsonInterval, SaysNothingAboutNoTrials) {
  EXPECT_EQ(wilson_interval(0, 0), (Interval{0, 1}));
}

// Of values that are shares of 1.
Interval bootstrap_mean_interval(const std::vector<double>& values, std::uint64_t seed,
                                 int resamples = kBootstrapResamples) {
  return bootstrap_share_interval(values, std::vector<double>(values.size(), 1.0), seed, resamples);
}

TEST(BootstrapMeanInterval, AgreesWithTheNormalIntervalOfALargeSample) {
  // 400 values, half 0 and half 1: standard error sqrt(0.25 / 400) = 0.025, so 0.5 +- 0.049.
  std::vector<double> values(400, 0.0);
  for (std::size_t i = 0; i < values.size(); i += 2) values[i] = 1;
  const Interval interval = bootstrap_mean_interval(values, 1);
  EXPECT_NEAR(interval.low, 0.5 - 1.96 * 0.025, 0.005);
  EXPECT_NEAR(interval.high, 0.5 + 1.96 * 0.025, 0.005);
}

TEST(BootstrapMeanInterval, KnowsAllResamplesOfTwoValues) {
  // The means of two draws from {0, 10} are 0, 5, 10 with weights 1/4, 1/2, 1/4: both tails of 2.5 %
  // lie in the outer quarters.
  EXPECT_EQ(bootstrap_mean_interval({0, 10}, 7), (Interval{0, 10}));
}

TEST(BootstrapShareInterval, DrawsMaximaWithTheirValues) {
  // Two draws from {1 of 1, 50 of 100}: the shares are 1, 51/101 and 1/2 with weights 1/4, 1/2, 1/4.
  const std::vector<double> values = {1, 50};
  const std::vector<double> maxima = {1, 100};
  EXPECT_EQ(bootstrap_share_interval(values, maxima, 7), (Interval{0.5, 1}));
}

TEST(BootstrapMeanInterval, HasNoWidthForEqualValues) {
  EXPECT_EQ(bootstrap_mean_interval({0.25, 0.25, 0.25}, 3), (Interval{0.25, 0.25}));
}

TEST(BootstrapMeanInterval, DependsOnTheSeedAlone) {
  std::vector<double> values;
  SplitMix64 random(99);
  for (int i = 0; i < 37; ++i) values.push_back(random.uniform());
  EXPECT_EQ(bootstrap_mean_interval(values, 5), bootstrap_mean_interval(values, 5));
  EXPECT_NE(bootstrap_mean_interval(values, 5), bootstrap_mean_interval(values, 6));
}

TEST(BootstrapMeanInterval, CoversTheTruthAsOftenAsItClaims) {
  // 60 problems of difficulty uniform in [0, 1], 4 attempts each: the true mean is 1/2. Over 400
  // such evaluations the interval must hold it about 95 % of the time (binomial sd 1.1 %).
  int covered = 0;
  SplitMix64 random(2024);
  for (int evaluation = 0; evaluation < 400; ++evaluation) {
    std::vector<double> values;
    for (int problem = 0; problem < 60; ++problem) {
      const double difficulty = random.uniform();
      int solved = 0;
      for (int attempt = 0; attempt < 4; ++attempt) solved += random.uniform() < difficulty ? 1 : 0;
      values.push_back(solved / 4.0);
    }
    const Interval interval = bootstrap_mean_interval(values, random.next(), 500);
    covered += interval.low <= 0.5 && 0.5 <= interval.high ? 1 : 0;
  }
  EXPECT_GE(covered, 364);  // 91 %
  EXPECT_LE(covered, 394);  // 98.5 %
}

// Ends of Wilson's interval below are by hand: (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).
void expect_wilson(const ShareInterval& share, double low, double high, int n) {
  EXPECT_EQ(share.method, "wilson");
  EXPECT_EQ(share.n, n);
  EXPECT_NEAR(share.interval.low, low, 5e-5);
  EXPECT_NEAR(share.interval.high, high, 5e-5);
}

TEST(ShareInterval, OfOneProblemIsThatOfItsTries) {
  const std::vector<ProblemShare> half = {{0.5, 1, 2}};
  expect_wilson(share_interval(half, true, 0), 0.0945, 0.9055, 2);  // 1 of 2
  const std::vector<ProblemShare> points = {{30, 60, 4}};
  expect_wilson(share_interval(points, false, 0), 0.1500, 0.8500, 4);  // 2 of 4
}

TEST(ShareInterval, IsThatOfTheTriesWhereProblemsDoNotDiffer) {
  const std::vector<ProblemShare> rates(4, {0.5, 1, 2});
  expect_wilson(share_interval(rates, true, 0), 0.2152, 0.7848, 8);  // 4 of 8
  // The same share of other maxima, which rounding must not tell apart: 1/3 of 0.3 and of 100.
  const std::vector<ProblemShare> points = {{0.3 / 3, 0.3, 1}, {100.0 / 3, 100, 1}};
  EXPECT_EQ(share_interval(points, false, 0).method, "wilson");
  EXPECT_GT(share_interval(points, false, 0).interval.high, 0.7);
}

// 30 of 40 tries, problems at 0.5 and 1 alike: the spread of the means has a standard error of
// 0.25 / sqrt(20) = 0.056, that of 40 independent tries is sqrt(0.75 * 0.25 / 40) = 0.068.
TEST(ShareInterval, IsNeverNarrowerThanThatOfIndependentTries) {
  std::vector<ProblemShare> rates(20, {0.5, 1, 2});
  for (std::size_t i = 0; i < 10; ++i) rates[i].value = 1;
  expect_wilson(share_interval(rates, true, 0), 0.5981, 0.8581, 40);
  // Points need not vary as much as right and wrong do: what they show is believed.
  EXPECT_EQ(share_interval(rates, false, 0).method, "bootstrap");
}

// Problems at 0.1 and 0.9 with ten tries: 0.4 / sqrt(20) = 0.089 of problems, sqrt(0.25 / 200) of tries.
TEST(ShareInterval, IsTheBootstrapsWhereProblemsDifferMoreThanTriesDo) {
  std::vector<ProblemShare> rates(20, {0.1, 1, 10});
  for (std::size_t i = 0; i < 10; ++i) rates[i].value = 0.9;
  const ShareInterval share = share_interval(rates, true, 1);
  EXPECT_EQ(share.method, "bootstrap");
  EXPECT_EQ(share.n, 20);
  EXPECT_NEAR(share.interval.low, 0.5 - 1.96 * 0.089, 0.02);
  EXPECT_NEAR(share.interval.high, 0.5 + 1.96 * 0.089, 0.02);
}

TEST(ShareInterval, OfProblemsRightOrWrongAsAWholeIsThatOfProblemsHoweverManyTries) {
  const std::vector<ProblemShare> rates(10, {1, 1, 64});
  expect_wilson(share_interval(rates, true, 0), 0.7225, 1, 10);
}

// 1 and 3 tries at one half: variance 1/4 (1/4 + 1/12) = 1/12, that of 3 tries.
TEST(ShareInterval, CountsTriesByTheirVariance) {
  const std::vector<ProblemShare> rates = {{0.5, 1, 1}, {0.5, 1, 3}};
  EXPECT_EQ(share_interval(rates, true, 0).n, 3);
  const std::vector<ProblemShare> thirds(3, {0.5, 1, 3});
  EXPECT_EQ(share_interval(thirds, true, 0).n, 9);
}

TEST(ShareInterval, SaysNothingAboutNoProblems) {
  EXPECT_EQ(share_interval({}, true, 0), (ShareInterval{{0, 1}, 0, "wilson"}));
}

}  // namespace
}  // namespace eval::evaluator
