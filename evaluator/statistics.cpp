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

constexpr double kRounding = 1e-9;  // far above what rounding does to sums of shares

// The number of equal tries of one weight whose mean has the variance of this weighted mean, if a try's
// variance is the same everywhere: 1 / sum(weight^2 / tries).
int independent_tries(std::span<const ProblemShare> problems, double most) {
  double inverse = 0;
  for (const ProblemShare& problem : problems) {
    const double weight = problem.maximum / most;
    inverse += weight * weight / problem.tries;
  }
  return static_cast<int>(std::floor(1 / inverse + kRounding));
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

ShareInterval share_interval(std::span<const ProblemShare> problems, bool is_rate,
                             std::uint64_t seed) {
  const int n = static_cast<int>(problems.size());
  if (n == 0) return {wilson_interval(0, 0), 0, "wilson"};
  std::vector<double> values;
  std::vector<double> maxima;
  double sum = 0;
  double most = 0;
  int whole = 0;
  int none = 0;
  for (const ProblemShare& problem : problems) {
    EVAL_CHECK(problem.maximum > 0 && problem.tries >= 1);
    values.push_back(problem.value);
    maxima.push_back(problem.maximum);
    sum += problem.value;
    most += problem.maximum;
    whole += problem.value == problem.maximum ? 1 : 0;
    none += problem.value == 0 ? 1 : 0;
  }
  if (n > 1 && (whole == n || none == n || (is_rate && whole + none == n))) {
    return {wilson_interval(whole, n), n, "wilson"};
  }
  const Interval spread = bootstrap_share_interval(values, maxima, seed);
  const int tries = independent_tries(problems, most);
  const Interval floor = wilson_interval(std::min(sum / most, 1.0) * tries, tries);
  const double width = spread.high - spread.low;
  if (width < (is_rate ? floor.high - floor.low : kRounding)) return {floor, tries, "wilson"};
  return {spread, n, "bootstrap"};
}

}  // namespace eval::evaluator
