#include "evaluator/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include <nlohmann/json.hpp>

#include "base/random.h"

namespace eval::evaluator {
namespace {

using ::testing::DoubleNear;

const CardFigure& figure(const GraderCard& card, std::string_view name) {
  for (const CardFigure& candidate : card.figures) {
    if (candidate.name == name) return candidate;
  }
  ADD_FAILURE() << "no figure " << name;
  return card.figures.front();
}

double value(const GraderCard& card, std::string_view name) {
  return figure(card, name).estimate.value().value;
}

// Ten proofs whose figures can be worked out by hand.
const std::vector<MarkPair> kTen = {{"a", 7, 7}, {"b", 7, 6}, {"c", 7, 0}, {"d", 6, 7},
                                    {"e", 3, 2}, {"f", 1, 1}, {"g", 1, 7}, {"h", 0, 0},
                                    {"i", 0, 0}, {"j", 0, 1}};

TEST(Calibration, FiguresAreThoseWorkedOutByHand) {
  const GraderCard card = calibrate(kTen, 1);
  EXPECT_EQ(card.proofs, 10);
  EXPECT_DOUBLE_EQ(value(card, "exact"), 0.4);
  EXPECT_DOUBLE_EQ(value(card, "within 1"), 0.8);
  EXPECT_DOUBLE_EQ(value(card, "mae"), (0 + 1 + 7 + 1 + 1 + 0 + 6 + 0 + 0 + 1) / 70.0);
  EXPECT_DOUBLE_EQ(value(card, "solved precision"), 3.0 / 4);
  EXPECT_DOUBLE_EQ(value(card, "solved recall"), 3.0 / 4);
  EXPECT_DOUBLE_EQ(value(card, "solved f1"), 3.0 / 4);
  EXPECT_DOUBLE_EQ(value(card, "overgrade"), 1.0 / 5);
  // Sums: people 32, grader 31, squares 194 and 189, products 49+42+0+42+6+1+7+0+0+0 = 147.
  EXPECT_NEAR(value(card, "pearson"),
              (147 - 32 * 31 / 10.0) / std::sqrt((194 - 102.4) * (189 - 96.1)), 1e-12);
  // Disagreement observed 0+1+49+1+1+0+36+0+0+1 = 89; expected 194 + 189 - 2*32*31/10 = 184.6.
  EXPECT_NEAR(value(card, "kappa"), 1 - 89 / 184.6, 1e-12);
  EXPECT_EQ(card.table[7][0], 1);
  EXPECT_EQ(card.table[0][0], 2);
  EXPECT_EQ(figure(card, "overgrade").estimate->n, 5);
}

TEST(Calibration, SpearmanAveragesTheRanksOfTies) {
  const std::vector<MarkPair> pairs = {{"a", 0, 1}, {"b", 1, 1}, {"c", 2, 3}};
  // Ranks 1, 2, 3 against 1.5, 1.5, 3.
  EXPECT_NEAR(value(calibrate(pairs, 1), "spearman"), 1.5 / std::sqrt(2 * 1.5), 1e-12);
}

TEST(Calibration, EveryIntervalHoldsItsValueAndIsReproducible) {
  const GraderCard card = calibrate(kTen, 1);
  for (const CardFigure& f : card.figures) {
    ASSERT_TRUE(f.estimate) << f.name;
    EXPECT_LE(f.estimate->low, f.estimate->value) << f.name;
    EXPECT_GE(f.estimate->high, f.estimate->value) << f.name;
    EXPECT_LT(f.estimate->low, f.estimate->high) << f.name;
  }
  EXPECT_EQ(calibrate(kTen, 1), card);
  EXPECT_NE(calibrate(kTen, 2), card);
}

TEST(Calibration, WhatIsNotDefinedHasNoEstimate) {
  const std::vector<MarkPair> same = {{"a", 0, 0}, {"b", 0, 0}};
  const GraderCard card = calibrate(same, 1);
  EXPECT_FALSE(figure(card, "kappa").estimate);
  EXPECT_FALSE(figure(card, "pearson").estimate);
  EXPECT_FALSE(figure(card, "solved recall").estimate);
  EXPECT_DOUBLE_EQ(value(card, "exact"), 1);
  EXPECT_LT(figure(card, "exact").estimate->low, 0.5);  // two proofs prove little
  EXPECT_FALSE(figure(calibrate({}, 1), "exact").estimate);
}

TEST(Calibration, ProofsOfOneProblemAreDrawnTogether) {
  std::vector<MarkPair> pairs;
  for (int problem = 0; problem < 6; ++problem) {
    for (int i = 0; i < 20; ++i) {
      pairs.push_back({std::to_string(problem), 7, problem < 3 ? 7.0 : 0.0});
    }
  }
  const auto clustered = *figure(calibrate(pairs, 1), "exact").estimate;
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].problem = std::to_string(i);
  const auto apart = *figure(calibrate(pairs, 1), "exact").estimate;
  EXPECT_EQ(clustered.method, "bootstrap over problems");
  EXPECT_GT(clustered.high - clustered.low, 3 * (apart.high - apart.low));
}

TEST(Calibration, EveryCellOfTheTableHasItsShareWithAnInterval) {
  GraderCard card;
  card.table[7][7] = 10;
  const Json shares = to_json(card)["table_shares"];
  EXPECT_NEAR(shares[7][7][0].get<double>(), 1, 1e-12);
  EXPECT_NEAR(shares[7][7][1].get<double>(), 0.7225, 5e-5);  // 10 of 10: Wilson 1927
  EXPECT_NEAR(shares[7][0][2].get<double>(), 0.2775, 5e-5);
  EXPECT_TRUE(shares[0][0].is_null());
}

TEST(Calibration, CardsSurviveJson) {
  GraderCard card = calibrate(kTen, 1);
  card.grader = "http:x | rubric-0-7-v1:median-3";
  card.set = "set@1234";
  card.canaries_passed = 2;
  EXPECT_EQ(*card_from_json(to_json(card)), card);
  Json broken = to_json(card);
  broken["table"][3] = Json::array({1, 2});
  EXPECT_FALSE(card_from_json(broken));
}

// A grader that is right with 70 %, one off with 20 % and anywhere with 10 %.
double chance(int people, int grader) {
  const int neighbours = (people > 0 ? 1 : 0) + (people < 7 ? 1 : 0);
  double p = 0.1 / 8;
  if (people == grader) p += 0.7;
  if (std::abs(people - grader) == 1) p += 0.2 / neighbours;
  return p;
}

int draw(int people, SplitMix64& random) {
  double u = random.uniform();
  for (int mark = 0; mark < 7; ++mark) {
    u -= chance(people, mark);
    if (u < 0) return mark;
  }
  return 7;
}

MarkTable simulated(int proofs, std::uint64_t seed) {
  SplitMix64 random(seed);
  std::vector<MarkPair> pairs;
  for (int i = 0; i < proofs; ++i) {
    const int people = static_cast<int>(random.below(8));
    pairs.push_back({std::to_string(i), static_cast<double>(people),
                     static_cast<double>(draw(people, random))});
  }
  return mark_table(pairs);
}

TEST(Calibration, RecoversAKnownConfusionMatrixWithinItsIntervals) {
  int inside = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const MarkTable table = simulated(800, seed);
    for (int people = 0; people < 8; ++people) {
      for (int mark = 0; mark < 8; ++mark) {
        const auto share = *table_share(table, people, mark);
        const double truth = chance(people, mark);
        inside += share.low <= truth && truth <= share.high ? 1 : 0;
      }
    }
  }
  // 320 intervals of 95 %: 304 expected, with a standard deviation of four.
  EXPECT_GE(inside, 292);
}

// What people would have given, drawn as the model says: probabilities from the posterior of each
// mark, then a mark for each problem.
std::vector<double> simulate_totals(const MarkTable& table, const std::vector<int>& marks,
                                    int runs) {
  SplitMix64 random(99);
  const auto exponential = [&] { return -std::log(1 - random.uniform()); };
  // A gamma variable of any shape (Marsaglia & Tsang 2000, with the boost for shapes below one).
  const auto normal = [&] {
    return std::sqrt(2 * exponential()) * std::cos(2 * 3.14159265358979 * random.uniform());
  };
  const auto gamma = [&](double shape) {
    double boost = 1;
    if (shape < 1) {
      boost = std::pow(1 - random.uniform(), 1 / shape);
      shape += 1;
    }
    const double d = shape - 1.0 / 3;
    while (true) {
      const double x = normal();
      const double v = std::pow(1 + x / std::sqrt(9 * d), 3);
      if (v > 0 && std::log(1 - random.uniform()) < x * x / 2 + d - d * v + d * std::log(v)) {
        return boost * d * v;
      }
    }
  };
  std::vector<double> counts(marks.size() * 7 + 1, 0);
  for (int run = 0; run < runs; ++run) {
    std::array<std::array<double, 8>, 8> posterior{};
    for (std::size_t mark = 0; mark < 8; ++mark) {
      for (std::size_t people = 0; people < 8; ++people) {
        posterior[mark][people] = gamma(table[people][mark] + 1.0 / 8);
      }
    }
    std::size_t total = 0;
    for (const int mark : marks) {
      const auto& weights = posterior[static_cast<std::size_t>(mark)];
      double sum = 0;
      for (const double w : weights) sum += w;
      double u = random.uniform() * sum;
      std::size_t people = 0;
      while (people < 7 && (u -= weights[people]) >= 0) ++people;
      total += people;
    }
    counts[total] += 1.0 / runs;
  }
  return counts;
}

TEST(TotalDistribution, AgreesWithADirectSimulation) {
  const MarkTable table = simulated(120, 3);
  const std::vector<int> marks = {7, 7, 7, 7, 7, 0};
  std::vector<KnownMark> known;
  for (const int mark : marks) known.push_back({static_cast<double>(mark), false});
  const TotalDistribution total = total_distribution(table, known);
  constexpr int kRuns = 20'000;
  const std::vector<double> counts = simulate_totals(table, marks, kRuns);
  for (const int cutoff : {19, 28, 35}) {
    double simulated_share = 0;
    for (std::size_t i = static_cast<std::size_t>(cutoff); i < counts.size(); ++i) {
      simulated_share += counts[i];
    }
    const double p = total.at_least(cutoff);
    EXPECT_THAT(simulated_share, DoubleNear(p, 5 * std::sqrt(p * (1 - p) / kRuns) + 1e-4))
        << cutoff;
  }
}

TEST(TotalDistribution, OfAPerfectGraderIsItsMarks) {
  MarkTable table{};
  for (std::size_t i = 0; i < 8; ++i) table[i][i] = 100'000;
  const std::vector<KnownMark> marks = {{7, false}, {7, false}, {5, false}, {0, false}};
  const TotalDistribution total = total_distribution(table, marks);
  EXPECT_GT(total.probability[19], 0.999);
  EXPECT_EQ(total.low, 19);
  EXPECT_EQ(total.high, 19);
  EXPECT_NEAR(total.mean, 19, 0.01);
}

TEST(TotalDistribution, MarksOfPeopleAreCertainAndMissingOnesOpen) {
  const MarkTable empty{};
  const std::vector<KnownMark> people = {{7, true}, {6, true}};
  EXPECT_EQ(total_distribution(empty, people).probability[13], 1);
  const std::vector<KnownMark> open = {{7, true}, {std::nullopt, false}};
  const TotalDistribution total = total_distribution(empty, open);
  EXPECT_NEAR(total.probability[7], 1.0 / 8, 1e-12);
  EXPECT_NEAR(total.at_least(14), 1.0 / 8, 1e-12);
  // A mark the card has never seen says as little.
  const std::vector<KnownMark> unseen = {{3, false}};
  EXPECT_NEAR(total_distribution(empty, unseen).probability[0], 1.0 / 8, 1e-12);
}

TEST(TotalDistribution, SharedDoubtDoesNotAverageOut) {
  // Two observations of mark 7: one right, one worth nothing. Six problems with that mark are either
  // mostly right or mostly not; independent draws would pile up in the middle.
  MarkTable table{};
  table[7][7] = 1;
  table[0][7] = 1;
  const std::vector<KnownMark> six(6, KnownMark{7, false});
  const TotalDistribution total = total_distribution(table, six);
  double sum = 0;
  for (const double p : total.probability) sum += p;
  EXPECT_NEAR(sum, 1, 1e-9);
  EXPECT_GT(total.probability[42], 0.04);  // 0.47^6 would be 0.011
  EXPECT_GT(total_distribution(table, std::vector<KnownMark>(70, KnownMark{7, false})).mean, 200);
}

}  // namespace
}  // namespace eval::evaluator
