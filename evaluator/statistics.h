#pragma once

#include <cstdint>
#include <span>

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

// Percentile bootstrap (Efron 1979) of the mean of `values`, one value a problem: problems are
// drawn again with replacement, each with all its attempts. That is the resampling for two-stage data
// whose variance is right (Davison & Hinkley 1997, section 3.8): a problem's value already varies with
// its attempts, so drawing attempts again as well would count that variation twice, and would bias
// statistics that are not means (the best of n, pass@k for k > 1). Precondition: not empty.
Interval bootstrap_mean_interval(std::span<const double> values, std::uint64_t seed,
                                 int resamples = kBootstrapResamples,
                                 double confidence = kConfidence);

// The same for the share of full marks, sum(values) / sum(maxima), where problems have different
// maxima: a resample that happens to draw the heavy problems draws their maxima with them, so the
// ends stay within 0 .. 1. Precondition: as many maxima as values, each > 0.
Interval bootstrap_share_interval(std::span<const double> values, std::span<const double> maxima,
                                  std::uint64_t seed, int resamples = kBootstrapResamples,
                                  double confidence = kConfidence);

}  // namespace eval::evaluator
