#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "runners/local/cpu/cpu_backend_impl.h"

// The router and the routed experts of a mixture.
namespace eval::runners::local::cpu {
namespace {

// Groups kept by the sum of their two best corrected scores, the lowest group on ties
// (DeepSeek-V3's "noaux_tc"; with one group nothing is dropped).
std::vector<bool> kept_groups(const std::vector<float>& corrected, const MoeShape& shape) {
  const auto groups = static_cast<std::size_t>(shape.groups);
  const std::size_t width = corrected.size() / groups;
  std::vector<float> sums(groups);
  for (std::size_t g = 0; g < groups; ++g) {
    float best = -INFINITY, second = -INFINITY;
    for (std::size_t i = g * width; i < (g + 1) * width; ++i) {
      second = std::max(second, std::min(best, corrected[i]));
      best = std::max(best, corrected[i]);
    }
    sums[g] = best + (width > 1 ? second : 0.0F);
  }
  std::vector<bool> kept(groups, false);
  for (int n = 0; n < std::min(shape.groups_kept, shape.groups); ++n) {
    std::size_t best = groups;
    for (std::size_t g = 0; g < groups; ++g)
      if (!kept[g] && (best == groups || sums[g] > sums[best])) best = g;
    kept[best] = true;
  }
  return kept;
}

void route_row(const float* scores, const float* correction, const MoeShape& shape,
               std::int32_t* chosen, float* weights) {
  const auto experts = static_cast<std::size_t>(shape.experts);
  std::vector<float> plain(experts), corrected(experts);
  for (std::size_t e = 0; e < experts; ++e) {
    plain[e] = 1.0F / (1.0F + std::exp(-scores[e]));
    corrected[e] = plain[e] + correction[e];
  }
  if (shape.groups > 1) {
    const std::vector<bool> kept = kept_groups(corrected, shape);
    for (std::size_t e = 0; e < experts; ++e)
      if (!kept[e * kept.size() / experts]) corrected[e] = -INFINITY;
  }
  float sum = 0;
  for (int k = 0; k < shape.experts_per_token; ++k) {
    const auto best = std::max_element(corrected.begin(), corrected.end());
    const auto e = static_cast<std::size_t>(best - corrected.begin());
    *best = -INFINITY;
    chosen[k] = static_cast<std::int32_t>(e);
    weights[k] = plain[e];
    sum += plain[e];
  }
  for (int k = 0; k < shape.experts_per_token; ++k)
    weights[k] *= shape.scaling / (shape.normalise ? sum + 1e-20F : 1.0F);
}

// (row, k) pairs sorted by expert: place[row * k_per_row + k] is the pair's row among the sorted ones.
struct Assignment {
  std::vector<std::int64_t> place;
  std::vector<std::int64_t> source;  // the row of each sorted pair
  std::vector<std::int64_t> first;   // [experts + 1] first sorted pair of each expert
};
Assignment assign(Tensor chosen, std::size_t experts) {
  Assignment assignment;
  assignment.first.assign(experts + 1, 0);
  for (std::int64_t r = 0; r < chosen.rows; ++r)
    for (std::int64_t k = 0; k < chosen.cols; ++k)
      ++assignment.first[static_cast<std::size_t>(ids_of(chosen, r)[k]) + 1];
  for (std::size_t e = 0; e < experts; ++e) assignment.first[e + 1] += assignment.first[e];
  std::vector<std::int64_t> next = assignment.first;
  assignment.source.resize(static_cast<std::size_t>(chosen.rows * chosen.cols));
  for (std::int64_t r = 0; r < chosen.rows; ++r)
    for (std::int64_t k = 0; k < chosen.cols; ++k) {
      const std::int64_t place = next[static_cast<std::size_t>(ids_of(chosen, r)[k])]++;
      assignment.place.push_back(place);
      assignment.source[static_cast<std::size_t>(place)] = r;
    }
  return assignment;
}

std::vector<ProductGroup> groups_of(const Assignment& assignment,
                                    const std::vector<PackedMatrix>& matrices) {
  std::vector<ProductGroup> groups;
  for (std::size_t e = 0; e < matrices.size(); ++e) {
    const std::int64_t first = assignment.first[e];
    const std::int64_t rows = assignment.first[e + 1] - first;
    if (rows > 0) groups.push_back({&matrices[e], first, rows});
  }
  return groups;
}

}  // namespace

void CpuBackend::route(Tensor scores, const Vector& correction, const MoeShape& shape,
                       Tensor chosen, Tensor weights) {
  each_row(scores.rows, scores.cols * 16, [&](std::int64_t r) {
    route_row(row_of(scores, r), values_of(correction), shape, ids_of(chosen, r),
              row_of(weights, r));
  });
}

// Pairs are gathered by expert, so that each expert's weights are read once for all its rows; every
// pair keeps its own result, and a row adds its results in order of k.
void CpuBackend::experts(Tensor x, Tensor chosen, Tensor weights, const Experts& w, Tensor y) {
  const auto& all = static_cast<const CpuExperts&>(w);
  const Assignment assignment = assign(chosen, all.up().size());
  const std::int64_t pairs = x.rows * chosen.cols;
  const std::int64_t width = all.up().front().rows;
  const Element element = all.up().front().element;
  const std::size_t mark = scratch_mark();

  const PackedRows rows = pack_rows(x, element);
  const std::int64_t units = units_of(element, x.cols);
  const Tensor gathered = scratch(pairs, units, DType::I32);
  const Tensor scales = scratch(pairs, 1, DType::F32);
  each_row(pairs, units, [&](std::int64_t p) {
    const std::int64_t source = assignment.source[static_cast<std::size_t>(p)];
    std::copy_n(rows.units + source * rows.stride, units, units_at(gathered, p));
    row_of(scales, p)[0] = rows.scales ? rows.scales[source] : 1.0F;
  });
  const PackedRows inputs{
      .units = units_at(gathered, 0), .stride = units, .scales = row_of(scales, 0)};
  const Tensor hidden = scratch(pairs, width, DType::F32);
  grouped_product(groups_of(assignment, all.up()), inputs, nullptr, row_of(hidden, 0),
                  hidden.stride, kernels_, pool_, workers_);
  each_row(pairs, width,
           [&](std::int64_t p) { kernels_.relu2(row_of(hidden, p), width, row_of(hidden, p)); });
  const PackedRows activated = pack_rows(hidden, element);
  const Tensor results = scratch(pairs, y.cols, DType::F32);
  grouped_product(groups_of(assignment, all.down()), activated, nullptr, row_of(results, 0),
                  results.stride, kernels_, pool_, workers_);
  each_row(y.rows, y.cols * chosen.cols, [&](std::int64_t r) {
    std::fill_n(row_of(y, r), y.cols, 0.0F);
    for (std::int64_t k = 0; k < chosen.cols; ++k) {
      const std::int64_t place = assignment.place[static_cast<std::size_t>(r * chosen.cols + k)];
      kernels_.add_scaled(row_of(y, r), row_of(results, place), row_of(weights, r)[k], y.cols);
    }
  });
  scratch_release(mark);
}

}  // namespace eval::runners::local::cpu
