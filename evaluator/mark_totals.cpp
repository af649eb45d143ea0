#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "evaluator/calibration.h"
#include "evaluator/statistics.h"
#include "judges/proof/procedure.h"

// From marks and a card to the distribution of a total.
namespace eval::evaluator {
namespace {

using Distribution = std::vector<double>;  // probability of 0, 1, 2, ...

// One observation spread over the eight marks: enough that nothing is impossible, little enough that
// ten real ones outweigh it.
constexpr long double kPrior = 1.0L / kMarks;
// Same marks beyond this many are taken as independent groups: factors of the formula below grow with
// the factorial of the number.
constexpr int kGroupMax = 60;

Distribution convolve(const Distribution& a, const Distribution& b) {
  Distribution sum(a.size() + b.size() - 1, 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) sum[i + j] += a[i] * b[j];
  }
  return sum;
}

// The sum of `count` draws with one unknown vector of probabilities, Dirichlet with `alpha`:
//
//   P(c_0, ..., c_7) = k! / (A)_k  *  prod over m of (alpha_m)_{c_m} / c_m!      A = sum of alpha
//
// with (x)_c the rising factorial, summed over all counts c with sum m c_m = total, one mark after the
// other: partial[j][s] is the sum over those with j draws and sum s so far.
Distribution dirichlet_multinomial(const std::array<long double, kMarks>& alpha, int count) {
  const auto k = static_cast<std::size_t>(count);
  const std::size_t top = k * (kMarks - 1);
  std::vector<std::vector<long double>> partial(k + 1, std::vector<long double>(top + 1, 0));
  partial[0][0] = 1;
  for (std::size_t mark = 0; mark < kMarks; ++mark) {
    std::vector<std::vector<long double>> next(k + 1, std::vector<long double>(top + 1, 0));
    long double factor = 1;
    for (std::size_t c = 0; c <= k; ++c) {
      if (c > 0)
        factor *= (alpha[mark] + static_cast<long double>(c) - 1) / static_cast<long double>(c);
      for (std::size_t j = 0; j + c <= k; ++j) {
        for (std::size_t s = 0; s + c * mark <= top; ++s) {
          next[j + c][s + c * mark] += partial[j][s] * factor;
        }
      }
    }
    partial = std::move(next);
  }
  const long double total = std::accumulate(partial[k].begin(), partial[k].end(), 0.0L);
  Distribution distribution;
  for (const long double weight : partial[k]) {
    distribution.push_back(static_cast<double>(weight / total));
  }
  return distribution;
}

Distribution certain(int mark) {
  Distribution distribution(static_cast<std::size_t>(mark) + 1, 0);
  distribution.back() = 1;
  return distribution;
}

}  // namespace

double TotalDistribution::at_least(double total) const {
  double sum = 0;
  for (std::size_t i = 0; i < probability.size(); ++i) {
    if (static_cast<double>(i) + 1e-9 >= total) sum += probability[i];
  }
  return std::min(sum, 1.0);
}

TotalDistribution total_distribution(const MarkTable& table, std::span<const KnownMark> marks) {
  Distribution sum = {1};
  std::map<int, int> same;  // the grader's mark -> problems
  for (const KnownMark& known : marks) {
    if (!known.mark) {
      sum = convolve(sum, Distribution(kMarks, 1.0 / kMarks));
    } else if (known.by_people) {
      sum = convolve(sum, certain(judges::proof::whole_mark(*known.mark)));
    } else {
      ++same[judges::proof::whole_mark(*known.mark)];
    }
  }
  for (const auto& [mark, count] : same) {
    std::array<long double, kMarks> alpha{};
    for (std::size_t people = 0; people < kMarks; ++people) {
      alpha[people] = kPrior + table[people][static_cast<std::size_t>(mark)];
    }
    for (int left = count; left > 0; left -= kGroupMax) {
      sum = convolve(sum, dirichlet_multinomial(alpha, std::min(left, kGroupMax)));
    }
  }
  TotalDistribution total;
  sum.resize(marks.size() * (kMarks - 1) + 1, 0);
  total.probability = std::move(sum);
  constexpr double kTail = (1 - kConfidence) / 2;
  double below = 0;
  bool has_low = false;
  bool has_high = false;
  for (std::size_t i = 0; i < total.probability.size(); ++i) {
    total.mean += static_cast<double>(i) * total.probability[i];
    below += total.probability[i];
    if (!has_low && below > kTail) {
      total.low = static_cast<int>(i);
      has_low = true;
    }
    if (!has_high && below >= 1 - kTail) {
      total.high = static_cast<int>(i);
      has_high = true;
    }
  }
  return total;
}

}  // namespace eval::evaluator
