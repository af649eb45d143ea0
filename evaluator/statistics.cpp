#include "evaluator/statistics.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <vector>

#include "base/check.h"
#include "base/random.h"

namespace eval::evaluator {
namespace {

// The q-quantile of sorted values by linear interpolation (type 7 of Hyndman & Fan 1996).
double quantile(const std::vector<double>& sorted, double q) {
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(position));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double share = position - std::floor(position);
  return sorted[below] + share * (sorted[above] - sorted[below]);
}

}  // namespace

double normal_quantile(double p) {
  EVAL_CHECK(p > 0 && p < 1);
  return boost::math::quantile(boost::math::normal_distribution<double>(), p);
}

Interval wilson_interval(double successes, int trials, double confidence) {
  EVAL_CHECK(trials >= 0 && successes >= 0 && successes <= trials);
  if (trials == 0) return {0, 1};
  const double n = trials;
  const double z = normal_quantile((1 + confidence) / 2);
  const double share = successes / n;
  const double centre = share + z * z / (2 * n);
  const double spread = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  // At the ends the exact bound is 0 or 1, which rounding would miss.
  const double low = successes <= 0 ? 0 : std::max(0.0, (centre - spread) / scale);
  const double high = successes >= n ? 1 : std::min(1.0, (centre + spread) / scale);
  return {low, high};
}

Interval bootstrap_mean_interval(std::span<const double> values, std::uint64_t seed, int resamples,
                                 double confidence) {
  const std::vector<double> ones(values.size(), 1.0);
  return bootstrap_share_interval(values, ones, seed, resamples, confidence);
}

Interval bootstrap_share_interval(std::span<const double> values, std::span<const double> maxima,
                                  std::uint64_t seed, int resamples, double confidence) {
  EVAL_CHECK(!values.empty() && maxima.size() == values.size() && resamples > 0);
  SplitMix64 random(seed);
  std::vector<double> shares;
  shares.reserve(static_cast<std::size_t>(resamples));
  for (int i = 0; i < resamples; ++i) {
    double sum = 0;
    double most = 0;
    for (std::size_t drawn = 0; drawn < values.size(); ++drawn) {
      const std::size_t problem = random.below(values.size());
      sum += values[problem];
      most += maxima[problem];
    }
    shares.push_back(sum / most);
  }
  std::sort(shares.begin(), shares.end());
  const double tail = (1 - confidence) / 2;
  return {quantile(shares, tail), quantile(shares, 1 - tail)};
}

}  // namespace eval::evaluator
