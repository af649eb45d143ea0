#include "evaluator/calibration.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/check.h"
#include "base/random.h"
#include "evaluator/statistics.h"
#include "judges/proof/procedure.h"

namespace eval::evaluator {
namespace {

using judges::proof::kMarkMax;
using judges::proof::whole_mark;
using Pairs = std::vector<MarkPair>;
using Figure = std::function<std::optional<double>(const Pairs&)>;

std::optional<double> ratio(double part, double whole) {
  if (whole <= 0) return std::nullopt;
  return part / whole;
}

double count_if(const Pairs& pairs, const std::function<bool(int people, int grader)>& holds) {
  return static_cast<double>(std::count_if(pairs.begin(), pairs.end(), [&](const MarkPair& pair) {
    return holds(whole_mark(pair.people), whole_mark(pair.grader));
  }));
}

// Cohen 1968: 1 - (observed weighted disagreement) / (that expected of independent markers).
std::optional<double> kappa(const Pairs& pairs) {
  const MarkTable table = mark_table(pairs);
  std::array<double, kMarks> rows{};
  std::array<double, kMarks> columns{};
  for (std::size_t i = 0; i < kMarks; ++i) {
    for (std::size_t j = 0; j < kMarks; ++j) {
      rows[i] += table[i][j];
      columns[j] += table[i][j];
    }
  }
  double observed = 0;
  double expected = 0;
  for (std::size_t i = 0; i < kMarks; ++i) {
    for (std::size_t j = 0; j < kMarks; ++j) {
      const double distance = static_cast<double>(i) - static_cast<double>(j);
      observed += distance * distance * table[i][j];
      expected += distance * distance * rows[i] * columns[j] / static_cast<double>(pairs.size());
    }
  }
  if (expected <= 0) return std::nullopt;
  return 1 - observed / expected;
}

std::optional<double> correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n;
  const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / n;
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  if (xx <= 0 || yy <= 0) return std::nullopt;
  return xy / std::sqrt(xx * yy);
}

// Ranks from 1; ties share the mean of theirs.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> result(values.size());
  for (std::size_t start = 0; start < order.size();) {
    std::size_t end = start;
    while (end < order.size() && values[order[end]] == values[order[start]]) ++end;
    const double rank = (static_cast<double>(start + end) + 1) / 2;
    for (std::size_t i = start; i < end; ++i) result[order[i]] = rank;
    start = end;
  }
  return result;
}

std::vector<double> column(const Pairs& pairs, double MarkPair::*member) {
  std::vector<double> values;
  for (const MarkPair& pair : pairs) values.push_back(pair.*member);
  return values;
}

// A share of proofs: part and whole, for Wilson; or any other number.
struct Definition {
  const char* name;
  const char* label;
  std::function<bool(int, int)> part;   // empty: no share
  std::function<bool(int, int)> whole;  // which proofs count
  Figure value;
};

Definition share(const char* name, const char* label, std::function<bool(int, int)> whole,
                 std::function<bool(int, int)> part) {
  return {name, label, part, whole, [part, whole](const Pairs& pairs) {
            return ratio(count_if(pairs, [&](int a, int b) { return whole(a, b) && part(a, b); }),
                         count_if(pairs, whole));
          }};
}

std::vector<Definition> definitions() {
  const auto all = [](int, int) { return true; };
  const auto people_solved = [](int people, int) { return people >= kSolvedMark; };
  const auto grader_solved = [](int, int grader) { return grader >= kSolvedMark; };
  const auto people_nothing = [](int people, int) { return people <= kOvergradeHumanMax; };
  std::vector<Definition> list;
  list.push_back(share("exact", "same mark", all, [](int a, int b) { return a == b; }));
  list.push_back(share("within 1", "at most one apart", all,
                       [](int a, int b) { return std::abs(a - b) <= 1; }));
  list.push_back({"kappa", "quadratic-weighted kappa", {}, {}, kappa});
  list.push_back({"pearson", "Pearson correlation", {}, {}, [](const Pairs& pairs) {
                    return correlation(column(pairs, &MarkPair::people),
                                       column(pairs, &MarkPair::grader));
                  }});
  list.push_back({"spearman", "Spearman rank correlation", {}, {}, [](const Pairs& pairs) {
                    return correlation(ranks(column(pairs, &MarkPair::people)),
                                       ranks(column(pairs, &MarkPair::grader)));
                  }});
  list.push_back({"mae", "mean absolute error / 7", {}, {}, [](const Pairs& pairs) {
                    double sum = 0;
                    for (const MarkPair& pair : pairs) sum += std::abs(pair.people - pair.grader);
                    return ratio(sum / kMarkMax, static_cast<double>(pairs.size()));
                  }});
  list.push_back(share("solved precision", "solved by the grader: also by people", grader_solved,
                       people_solved));
  list.push_back(
      share("solved recall", "solved by people: also by the grader", people_solved, grader_solved));
  list.push_back(
      {"solved f1", "harmonic mean of the two", {}, {}, [=](const Pairs& pairs) {
         const double both = count_if(
             pairs, [&](int a, int b) { return people_solved(a, b) && grader_solved(a, b); });
         return ratio(2 * both, count_if(pairs, people_solved) + count_if(pairs, grader_solved));
       }});
  list.push_back(share("overgrade", "0 or 1 from people, solved by the grader", people_nothing,
                       grader_solved));
  return list;
}

// Proofs by problem: what a bootstrap draws again.
std::vector<std::vector<MarkPair>> clusters_of(const Pairs& pairs) {
  std::map<std::string, std::vector<MarkPair>> by_problem;
  for (const MarkPair& pair : pairs) by_problem[pair.problem].push_back(pair);
  std::vector<std::vector<MarkPair>> clusters;
  for (auto& [problem, members] : by_problem) clusters.push_back(std::move(members));
  return clusters;
}

Pairs resample(const std::vector<std::vector<MarkPair>>& clusters, SplitMix64& random) {
  Pairs drawn;
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    const auto& cluster = clusters[random.below(clusters.size())];
    drawn.insert(drawn.end(), cluster.begin(), cluster.end());
  }
  return drawn;
}

double percentile(const std::vector<double>& sorted, double q) {
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(std::lround(q * last))];
}

class Calibrator {
 public:
  Calibrator(const Pairs& pairs, std::uint64_t seed)
      : pairs_(pairs), clusters_(clusters_of(pairs)), seed_(seed) {
    is_clustered_ = clusters_.size() < pairs.size();
  }

  std::vector<CardFigure> figures() const {
    const std::vector<Definition> all = definitions();
    std::vector<CardFigure> result;
    std::vector<std::size_t> open;  // those whose interval is a bootstrap's
    for (const Definition& definition : all) {
      result.push_back({definition.name, definition.label, std::nullopt});
      const auto value = definition.value(pairs_);
      if (!value) continue;
      reports::Estimate estimate;
      estimate.value = estimate.low = estimate.high = *value;
      const bool is_share = static_cast<bool>(definition.part);
      estimate.n = static_cast<int>(is_share ? count_if(pairs_, definition.whole)
                                             : static_cast<double>(pairs_.size()));
      if (is_share && (!is_clustered_ || *value <= 0 || *value >= 1)) {
        const Interval interval = wilson_interval(*value * estimate.n, estimate.n);
        estimate.low = interval.low;
        estimate.high = interval.high;
        estimate.method = "wilson";
      } else {
        estimate.method = is_clustered_ ? "bootstrap over problems" : "bootstrap";
        open.push_back(result.size() - 1);
      }
      result.back().estimate = estimate;
    }
    bootstrap(all, open, result);
    return result;
  }

 private:
  // Every figure from the same resamples.
  void bootstrap(const std::vector<Definition>& all, const std::vector<std::size_t>& open,
                 std::vector<CardFigure>& figures) const {
    if (open.empty()) return;
    SplitMix64 random(seed_);
    std::vector<std::vector<double>> values(all.size());
    for (int i = 0; i < kBootstrapResamples; ++i) {
      const Pairs drawn = resample(clusters_, random);
      for (const std::size_t index : open) {
        // A resample in which the figure is not defined says nothing about it.
        if (const auto value = all[index].value(drawn)) values[index].push_back(*value);
      }
    }
    for (const std::size_t index : open) {
      std::vector<double>& sorted = values[index];
      if (sorted.empty()) continue;
      std::sort(sorted.begin(), sorted.end());
      reports::Estimate& estimate = *figures[index].estimate;
      estimate.low = std::min(estimate.value, percentile(sorted, (1 - kConfidence) / 2));
      estimate.high = std::max(estimate.value, percentile(sorted, (1 + kConfidence) / 2));
    }
  }

  const Pairs& pairs_;
  const std::vector<std::vector<MarkPair>> clusters_;
  const std::uint64_t seed_;
  bool is_clustered_ = false;
};

}  // namespace

MarkTable mark_table(std::span<const MarkPair> pairs) {
  MarkTable table{};
  for (const MarkPair& pair : pairs) {
    ++table[static_cast<std::size_t>(whole_mark(pair.people))]
           [static_cast<std::size_t>(whole_mark(pair.grader))];
  }
  return table;
}

GraderCard calibrate(std::span<const MarkPair> span, std::uint64_t seed) {
  const Pairs pairs(span.begin(), span.end());
  GraderCard card;
  card.proofs = static_cast<int>(pairs.size());
  card.seed = seed;
  card.table = mark_table(pairs);
  if (!pairs.empty()) {
    card.figures = Calibrator(pairs, seed).figures();
    return card;
  }
  for (const Definition& definition : definitions()) {
    card.figures.push_back({definition.name, definition.label, std::nullopt});
  }
  return card;
}

std::optional<reports::Estimate> table_share(const MarkTable& table, int people, int grader) {
  EVAL_CHECK(people >= 0 && people < static_cast<int>(kMarks) && grader >= 0 &&
             grader < static_cast<int>(kMarks));
  const auto& row = table[static_cast<std::size_t>(people)];
  const int n = std::accumulate(row.begin(), row.end(), 0);
  if (n == 0) return std::nullopt;
  const int count = row[static_cast<std::size_t>(grader)];
  const Interval interval = wilson_interval(count, n);
  return reports::Estimate{static_cast<double>(count) / n, interval.low, interval.high, n,
                           "wilson"};
}

namespace {

// Per cell [share, low, high], null where people never gave that mark.
Json shares_json(const MarkTable& table) {
  Json rows = Json::array();
  for (int people = 0; people < static_cast<int>(kMarks); ++people) {
    Json row = Json::array();
    for (int grader = 0; grader < static_cast<int>(kMarks); ++grader) {
      const auto share = table_share(table, people, grader);
      row.push_back(share ? Json{share->value, share->low, share->high} : Json());
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Json to_json(const GraderCard& card) {
  Json figures = Json::array();
  for (const CardFigure& figure : card.figures) {
    Json json = {{"name", figure.name}, {"label", figure.label}};
    if (figure.estimate) {
      json["value"] = figure.estimate->value;
      json["low"] = figure.estimate->low;
      json["high"] = figure.estimate->high;
      json["n"] = figure.estimate->n;
      json["method"] = figure.estimate->method;
    }
    figures.push_back(std::move(json));
  }
  return Json{{"grader", card.grader},
              {"set", card.set},
              {"set_hash", card.set_hash},
              {"proofs", card.proofs},
              {"without_mark", card.without_mark},
              {"canaries", card.canaries},
              {"canaries_passed", card.canaries_passed},
              {"figures", std::move(figures)},
              {"table", card.table},
              {"table_shares", shares_json(card.table)},
              {"seed", card.seed},
              {"created_ms", card.created_ms}};
}

Result<GraderCard> card_from_json(const Json& json) {
  GraderCard card;
  card.grader = EVAL_TRY(read_string(json, "grader"));
  card.set = EVAL_TRY(read_string(json, "set"));
  card.set_hash = EVAL_TRY(read_string(json, "set_hash"));
  card.proofs = static_cast<int>(EVAL_TRY(read_integer(json, "proofs", 0)));
  card.without_mark = static_cast<int>(EVAL_TRY(read_integer(json, "without_mark", 0)));
  card.canaries = static_cast<int>(EVAL_TRY(read_integer(json, "canaries", 0)));
  card.canaries_passed = static_cast<int>(EVAL_TRY(read_integer(json, "canaries_passed", 0)));
  card.seed = static_cast<std::uint64_t>(EVAL_TRY(read_integer(json, "seed", 0)));
  card.created_ms = EVAL_TRY(read_integer(json, "created_ms", 0));
  if (const Json* figures = find_member(json, "figures")) {
    for (const Json& entry : *figures) {
      CardFigure figure{EVAL_TRY(read_string(entry, "name")), EVAL_TRY(read_string(entry, "label")),
                        std::nullopt};
      if (find_member(entry, "value") != nullptr) {
        figure.estimate = reports::Estimate{EVAL_TRY(read_number(entry, "value", 0)),
                                            EVAL_TRY(read_number(entry, "low", 0)),
                                            EVAL_TRY(read_number(entry, "high", 0)),
                                            static_cast<int>(EVAL_TRY(read_integer(entry, "n", 0))),
                                            EVAL_TRY(read_string(entry, "method"))};
      }
      card.figures.push_back(std::move(figure));
    }
  }
  const Json* table = find_member(json, "table");
  const auto is_row = [](const Json& row) {
    return row.is_array() && row.size() == kMarks &&
           std::ranges::all_of(row, [](const Json& n) { return n.is_number_integer(); });
  };
  const bool is_table = table != nullptr && table->is_array() && table->size() == kMarks &&
                        std::ranges::all_of(*table, is_row);
  if (!is_table) return fail(ErrorCode::BadInput, "a grader's card has no table of 8 by 8 counts");
  card.table = table->get<MarkTable>();
  return card;
}

}  // namespace eval::evaluator
