#include "sandbox/bench/measurement.h"

#include <algorithm>
#include <cmath>

namespace eval::sandbox::bench {
namespace {

// The nearest rank.
double rank(const std::vector<double>& sorted, double part) {
  const double at = std::ceil(part * static_cast<double>(sorted.size())) - 1;
  return sorted[static_cast<std::size_t>(std::max(0.0, at))];
}

}  // namespace

Quantiles quantiles_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  return {rank(values, 0.1), rank(values, 0.5), rank(values, 0.9), rank(values, 0.95),
          values.back()};
}

double median_of(std::vector<double> values) {
  return quantiles_of(std::move(values)).median;
}

}  // namespace eval::sandbox::bench
