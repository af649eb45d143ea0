#include "problems/grading.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace eval::problems {
namespace {

Subtask flat_root(const TestData& data) {
  Subtask root;
  root.name = root.title = "data";
  root.points = 1;
  root.aggregation = Aggregation::AllOrNothing;
  for (const std::size_t index : all_testcases(data.root)) root.order.push_back({false, index});
  return root;
}

bool same_rules(const Subtask& a, const Subtask& b) {
  return a.verdict_mode == b.verdict_mode && a.stop_at_first_error == b.stop_at_first_error &&
         a.custom_grader == b.custom_grader;
}

// True if no group of a pass-fail problem treats its members otherwise than the root does.
bool can_be_flat(const Subtask& group, const Subtask& root) {
  const bool plain = group.verdict_mode == VerdictMode::FirstError ||
                     group.verdict_mode == VerdictMode::WorstError;
  if (!plain || group.ignore_samples || !group.custom_grader.empty() || !same_rules(group, root))
    return false;
  return std::all_of(group.subtasks.begin(), group.subtasks.end(),
                     [&](const Subtask& below) { return can_be_flat(below, root); });
}

void make_pass_fail(Subtask& subtask) {
  subtask.aggregation = Aggregation::AllOrNothing;
  subtask.points.reset();
  subtask.range.reset();
  for (Subtask& below : subtask.subtasks) make_pass_fail(below);
}

Subtask pass_fail_root(const TestData& data, const Checker& checker,
                       const std::optional<fs::path>& grader, Findings& findings) {
  Subtask flat = flat_root(data);
  if (data.style != GradingStyle::Legacy) return flat;
  Subtask nested = legacy_subtasks(data, checker, false, grader, findings);
  if (can_be_flat(nested, nested)) {
    flat.stop_at_first_error = nested.stop_at_first_error;
    // Where judging stops at the first error, the worst one is the first one.
    if (!flat.stop_at_first_error) flat.verdict_mode = nested.verdict_mode;
    return flat;
  }
  make_pass_fail(nested);
  nested.points = 1;
  return nested;
}

}  // namespace

Grading make_grading(const TestData& data, const PackageInfo& info, const Checker& checker,
                     const std::optional<fs::path>& grader, Findings& findings) {
  Grading grading;
  if (!info.is_scoring) {
    grading.root = pass_fail_root(data, checker, grader, findings);
    return grading;
  }
  switch (data.style) {
    case GradingStyle::Legacy:
      grading.root = legacy_subtasks(data, checker, true, grader, findings);
      break;
    case GradingStyle::Modern:
      grading.root = modern_subtasks(data, info.dialect, findings);
      break;
    case GradingStyle::Domjudge:
      grading.root = domjudge_subtasks(data, checker, findings);
      break;
  }
  if (grading.root.points) {
    grading.points_max = *grading.root.points;
    return grading;
  }
  grading.points_max = kPointsMaxDefault;
  findings.warning("score-unbounded",
                   fmt::format("the package states no highest score; {} is taken for full marks",
                               kPointsMaxDefault),
                   data.root.settings_file,
                   info.dialect == Dialect::Legacy
                       ? "add `range: 0 100` to data/testdata.yaml"
                       : "add `max_score` to the test_group.yaml files");
  return grading;
}

bool has_testcases(const DataGroup& group) {
  return !all_testcases(group).empty();
}

std::vector<std::size_t> all_testcases(const DataGroup& group) {
  std::vector<std::size_t> indices;
  for (const DataGroup::Item& item : group.items) {
    if (!item.is_group) {
      indices.push_back(item.index);
      continue;
    }
    const std::vector<std::size_t> below = all_testcases(group.groups[item.index]);
    indices.insert(indices.end(), below.begin(), below.end());
  }
  return indices;
}

std::string last_part(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return std::string(slash == std::string_view::npos ? name : name.substr(slash + 1));
}

std::optional<std::pair<double, double>> read_range(MapReader& reader) {
  const auto words = reader.words("range");
  if (!words) return std::nullopt;
  std::vector<double> bounds;
  for (const std::string& word : *words) {
    // "inf", "-inf" and "+inf" are among what the number parser takes.
    if (const auto bound = parse_double(word)) bounds.push_back(*bound);
  }
  if (bounds.size() == 2 && words->size() == 2 && bounds[0] <= bounds[1])
    return std::pair(bounds[0], bounds[1]);
  reader.wrong_type("range", "two numbers, the lower first", *reader.member("range"));
  return std::nullopt;
}

}  // namespace eval::problems
