#pragma once

#include <vector>

namespace eval::sandbox::bench {

struct Quantiles {
  double p10 = 0;
  double median = 0;
  double p90 = 0;
  double p95 = 0;
  double max = 0;
};

// All 0 if there are no values.
Quantiles quantiles_of(std::vector<double> values);
double median_of(std::vector<double> values);

}  // namespace eval::sandbox::bench
