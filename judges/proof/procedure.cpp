#include "judges/proof/procedure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace eval::judges::proof {
namespace {

constexpr std::pair<MarkAggregation, std::string_view> kAggregations[] = {
    {MarkAggregation::Mean, "mean"},        {MarkAggregation::Min, "min"},
    {MarkAggregation::Median, "median"},    {MarkAggregation::Majority, "majority"},
    {MarkAggregation::AnyZero, "any-zero"},
};

struct PresetRow {
  Preset preset;
  std::string_view name;
  MarkAggregation aggregation;
  int gradings;
};
constexpr PresetRow kPresets[] = {
    {Preset::ProofAutoGrader, "proofautograder", MarkAggregation::Mean, 1},
    {Preset::MathArena, "matharena", MarkAggregation::Min, 3},
    {Preset::Verifier, "verifier", MarkAggregation::Mean, 8},
    {Preset::Rubric, "rubric-0-7", MarkAggregation::Median, 3},
};

Failure unknown(std::string_view name) {
  const auto close = closest_match(name, procedure_names());
  return fail(ErrorCode::Usage, fmt::format("there is no grading procedure \"{}\"", name), {},
              close ? fmt::format("did you mean \"{}\"?", *close)
                    : "known: " + join(procedure_names(), ", ") +
                          ", each with :AGGREGATION-COUNT (mean, min, median, majority, any-zero)");
}

// "any-zero-64" -> aggregation and count.
bool read_aggregation(std::string_view text, Procedure& procedure) {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos) return false;
  const auto count = parse_integer(text.substr(dash + 1));
  if (!count || *count < 1 || *count > kGradingsMax) return false;
  for (const auto& [aggregation, name] : kAggregations) {
    if (name != text.substr(0, dash)) continue;
    procedure.aggregation = aggregation;
    procedure.gradings = static_cast<int>(*count);
    return true;
  }
  return false;
}

}  // namespace

std::string_view mark_aggregation_name(MarkAggregation aggregation) {
  for (const auto& [value, name] : kAggregations) {
    if (value == aggregation) return name;
  }
  return "";
}

std::string_view preset_name(Preset preset) {
  for (const PresetRow& row : kPresets) {
    if (row.preset == preset) return row.name;
  }
  return "";
}

std::string Procedure::name() const {
  return fmt::format("{}-v{}:{}-{}", preset_name(preset), version,
                     mark_aggregation_name(aggregation), gradings);
}

std::vector<std::string> procedure_names() {
  std::vector<std::string> names;
  for (const PresetRow& row : kPresets) names.emplace_back(row.name);
  names.emplace_back("any-zero-64");
  return names;
}

Result<Procedure> procedure_from_name(std::string_view name) {
  Procedure procedure;
  if (name.starts_with("any-zero-")) {
    procedure.preset = Preset::ProofAutoGrader;
    if (!read_aggregation(name, procedure)) return unknown(name);
    return procedure;
  }
  const std::size_t colon = name.find(':');
  std::string_view head = name.substr(0, colon);
  if (head.ends_with("-v1")) head.remove_suffix(3);
  const auto row = std::ranges::find(kPresets, head, &PresetRow::name);
  if (row == std::end(kPresets)) return unknown(name);
  procedure.preset = row->preset;
  procedure.aggregation = row->aggregation;
  procedure.gradings = row->gradings;
  if (colon != std::string_view::npos && !read_aggregation(name.substr(colon + 1), procedure)) {
    return unknown(name);
  }
  return procedure;
}

double aggregate_marks(std::span<const double> marks, MarkAggregation aggregation) {
  EVAL_CHECK(!marks.empty());
  std::vector<double> sorted(marks.begin(), marks.end());
  std::sort(sorted.begin(), sorted.end());
  const double mean =
      std::accumulate(sorted.begin(), sorted.end(), 0.0) / static_cast<double>(sorted.size());
  switch (aggregation) {
    case MarkAggregation::Mean:
      return mean;
    case MarkAggregation::Min:
      return sorted.front();
    case MarkAggregation::Median:
      return sorted[(sorted.size() - 1) / 2];
    case MarkAggregation::Majority: {
      std::map<double, int> counts;
      for (const double mark : sorted) ++counts[mark];
      return std::max_element(counts.begin(), counts.end(),
                              [](const auto& a, const auto& b) { return a.second < b.second; })
          ->first;
    }
    case MarkAggregation::AnyZero:
      return sorted.front() <= 0 ? 0 : mean;
  }
  return 0;
}

int whole_mark(double mark) {
  // Means of thirds and the like come within rounding of a half.
  constexpr double kRounding = 1e-9;
  return static_cast<int>(std::clamp(std::ceil(mark - 0.5 - kRounding), 0.0, kMarkMax));
}

Verdict verdict_of_mark(double mark) {
  const int whole = whole_mark(mark);
  if (whole == static_cast<int>(kMarkMax)) return Verdict::AC;
  return whole == 0 ? Verdict::WA : Verdict::PC;
}

int quorum(int gradings) {
  return gradings / 2 + 1;
}

}  // namespace eval::judges::proof
