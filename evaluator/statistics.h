#pragma once

#include <cstdint>
#include <span>
#include <string>

// Intervals for the numbers of a report. Pure; the same input and seed give the same result.
namespace eval::evaluator {

// Every interval in a report has this coverage.
inline constexpr double kConfidence = 0.95;

// Enough that the ends of a 95 % percentile interval are stable to about a hundredth of its width;
// Efron & Tibshirani 1993 (section 14.5) ask for 1000 or more.
inline constexpr int kBootstrapResamples = 2000;

struct Interval {
  double low = 0;
  double high = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};

// z such that a standard normal variable is at most z with probability `p`. Precondition: 0 < p < 1.
double normal_quantile(double p);

// Score interval of Wilson 1927 for a proportion: right also for 0 or all of few trials, where the
// textbook interval has no width. [0, 1] for no trials. `successes` may be fractional. Precondition: 0 <= successes <= trials.
Interval wilson_interval(double successes, int trials, double confidence = kConfidence);

// Percentile bootstrap (Efron 1979) of the share of full marks, sum(values) / sum(maxima), one value a
// problem: problems are drawn again with replacement, each with all its attempts. That is the resampling
// for two-stage data whose variance is right (Davison & Hinkley 1997, section 3.8): a problem's value already
// varies with its attempts, so drawing attempts again as well would count that variation twice, and would bias
// statistics that are not means (the best of n, pass@k for k > 1). A resample that happens to draw the heavy
// problems draws their maxima with them, so the ends stay within 0 .. 1. Without width where all problems have
// the same share: see share_interval. Precondition: not empty, as many maxima as values, each > 0.
Interval bootstrap_share_interval(std::span<const double> values, std::span<const double> maxima,
                                  std::uint64_t seed, int resamples = kBootstrapResamples,
                                  double confidence = kConfidence);

// One problem in a score.
struct ProblemShare {
  double value = 0;
  double maximum = 1;  // > 0
  int tries = 1;       // behind the value, >= 1: see share_interval
};

struct ShareInterval {
  Interval interval;   // of sum(value) / sum(maximum), within 0 .. 1
  int n = 0;           // independent units behind it: problems, or tries
  std::string method;  // "wilson", "bootstrap"
  friend bool operator==(const ShareInterval&, const ShareInterval&) = default;
};

// The 95 % interval of every score in a report; [0, 1] of no problems. `is_rate`: the values say how many
// tries are right, not points.
//
//   Each rate is 0 or 1, or every problem has    Wilson over problems: their resamples have little
//   full marks, or none a point; > 1 problem     spread or none, which is not certainty
//   Other rates                                  the wider of the bootstrap over problems and
//                                                Wilson over all tries as if they were independent
//   Other points                                 the bootstrap over problems; if that has no width
//                                                (one problem, or all have the same share), Wilson over tries
//
// Why Wilson over tries is a floor: tries of one problem are alike if anything, so the variance of a mean
// over problems is that of as many independent tries times a design effect 1 + (m - 1) rho >= 1, with m
// tries a problem and rho >= 0 (Kish 1965, section 5.4). Few problems can show less spread than that by
// chance, or none at all (each 1 of 2), and the bootstrap believes them. Points vary no more than a rate of
// the same mean does (Bhatia & Davis 2000), so for them it errs to the wide side, and only stands in.
//
// An attempt is a try of pass@1, avg@n and mean points. Of pass@k, n attempts make n / k tries (rounded
// down): so many disjoint groups of k they have, and pass@k, a mean over all groups, varies no more than the
// mean over these (Hoeffding 1948). All attempts are one try of what the best of them decides. Where
// tries or maxima differ, `n` is the number of equal tries with the same variance, rounded down.
ShareInterval share_interval(std::span<const ProblemShare> problems, bool is_rate,
                             std::uint64_t seed);

}  // namespace eval::evaluator
