#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "problems/grading.h"

// Groups of the legacy dialect (testdata.yaml) and DOMjudge's reading of the same files.
namespace eval::problems {
namespace {

// Values of testdata.yaml in force for a group: its own, else the nearest ancestor's.
struct Settings {
  bool stops = true;
  bool custom_grader = false;
  std::vector<std::string> grader_flags;
  double accept_score = 1;
  double reject_score = 0;
  std::optional<std::pair<double, double>> range;
};

void read_choice(MapReader& reader, std::string_view key, std::string_view yes, std::string_view no,
                 bool& value) {
  const auto word = reader.text(key);
  if (!word) return;
  if (*word == yes || *word == no) {
    value = *word == yes;
  } else {
    reader.wrong_type(key, fmt::format("{} or {}", yes, no), *reader.member(key));
  }
}

Settings read_settings(const DataGroup& group, Settings settings, Findings& findings) {
  MapReader reader(group.settings, group.settings_file, findings);
  read_choice(reader, "on_reject", "break", "continue", settings.stops);
  read_choice(reader, "grading", "custom", "default", settings.custom_grader);
  if (auto flags = reader.words("grader_flags")) settings.grader_flags = std::move(*flags);
  if (const auto score = reader.number("accept_score")) settings.accept_score = *score;
  if (const auto score = reader.number("reject_score")) settings.reject_score = *score;
  if (const auto range = read_range(reader)) settings.range = range;
  return settings;
}

// The flags of the default grader; of conflicting ones the last counts.
void apply_grader_flags(const Settings& settings, const std::string& where, bool is_root,
                        Subtask& subtask, Findings& findings) {
  subtask.aggregation = Aggregation::Sum;
  subtask.verdict_mode = VerdictMode::WorstError;
  bool accept_if_any = false;
  for (const std::string& flag : settings.grader_flags) {
    if (flag == "sum") {
      subtask.aggregation = Aggregation::Sum;
    } else if (flag == "avg") {
      subtask.aggregation = Aggregation::Average;
    } else if (flag == "min") {
      subtask.aggregation = Aggregation::Min;
    } else if (flag == "max") {
      subtask.aggregation = Aggregation::Max;
    } else if (flag == "worst_error" || flag == "no_errors") {
      subtask.verdict_mode = VerdictMode::WorstError;
    } else if (flag == "first_error") {
      subtask.verdict_mode = VerdictMode::FirstError;
    } else if (flag == "always_accept") {
      subtask.verdict_mode = VerdictMode::AlwaysAccept;
    } else if (flag == "accept_if_any_accepted") {
      accept_if_any = true;
    } else if (flag == "ignore_sample") {
      // Only the root has a sample to ignore; groups inherit the flag without effect.
      subtask.ignore_samples = is_root;
    } else if (!settings.custom_grader) {
      findings.warning("grader-flag", fmt::format("the grader flag \"{}\" is not known", flag),
                       where, "remove it, or write `grading: custom`");
    }
  }
  if (accept_if_any && subtask.verdict_mode != VerdictMode::AlwaysAccept)
    subtask.verdict_mode = VerdictMode::AcceptIfAny;
}

// The most points a member can give; nullopt if there is no bound.
using Bound = std::optional<double>;

// The bound of a group from those of its members, before its own range.
Bound combined_bound(Aggregation aggregation, const std::vector<Bound>& members) {
  if (members.empty()) return 0;
  const bool all_bounded =
      std::all_of(members.begin(), members.end(), [](const Bound& b) { return b.has_value(); });
  if (aggregation == Aggregation::Min) {
    Bound least;
    for (const Bound& bound : members) {
      if (bound && (!least || *bound < *least)) least = bound;
    }
    return least;
  }
  if (!all_bounded) return std::nullopt;
  double sum = 0;
  double most = -INFINITY;
  for (const Bound& bound : members) {
    sum += *bound;
    most = std::max(most, *bound);
  }
  if (aggregation == Aggregation::Max) return most;
  return aggregation == Aggregation::Average ? sum / static_cast<double>(members.size()) : sum;
}

class LegacyBuilder {
 public:
  LegacyBuilder(const TestData& data, bool checker_scores, bool is_scoring,
                const std::optional<fs::path>& grader, Findings& findings)
      : data_(data),
        checker_scores_(checker_scores),
        is_scoring_(is_scoring),
        grader_(grader),
        findings_(findings) {}

  Subtask build() { return build(data_.root, Settings{}).first; }

 private:
  std::pair<Subtask, Bound> build(const DataGroup& group, const Settings& inherited) {
    const Settings settings = read_settings(group, inherited, findings_);
    Subtask subtask;
    subtask.name = group.name;
    subtask.title = last_part(group.name);
    subtask.accept_score = settings.accept_score;
    subtask.reject_score = settings.reject_score;
    subtask.stop_at_first_error = settings.stops;
    subtask.range = settings.range;
    subtask.grader_flags = settings.grader_flags;
    apply_grader_flags(settings, group.settings_file, group.name == "data", subtask, findings_);
    if (settings.custom_grader) use_custom_grader(group, subtask);

    std::vector<Bound> bounds;
    for (const DataGroup::Item& item : group.items) {
      if (!item.is_group) {
        subtask.order.push_back({false, item.index});
        bounds.push_back(checker_scores_
                             ? upper(settings.range)
                             : Bound(std::max(settings.accept_score, settings.reject_score)));
        continue;
      }
      const DataGroup& below = group.groups[item.index];
      if (!has_testcases(below)) continue;
      auto [member, bound] = build(below, settings);
      subtask.order.push_back({true, subtask.subtasks.size()});
      subtask.subtasks.push_back(std::move(member));
      if (!(subtask.ignore_samples && below.name == "sample")) bounds.push_back(bound);
    }
    const Bound bound = is_scoring_ ? set_points(subtask, bounds) : std::nullopt;
    return {std::move(subtask), bound};
  }

  static Bound upper(const std::optional<std::pair<double, double>>& range) {
    return range && std::isfinite(range->second) ? Bound(range->second) : std::nullopt;
  }

  // Full marks of the group: the upper end of its range, or less if the members cannot reach it.
  Bound set_points(Subtask& subtask, const std::vector<Bound>& members) {
    Bound bound = combined_bound(subtask.aggregation, members);
    const Bound range_end = upper(subtask.range);
    // A custom grader may give what it likes within the range.
    if (!subtask.custom_grader.empty() || !bound) {
      bound = range_end;
    } else if (range_end) {
      bound = std::min(*bound, *range_end);
    }
    const bool members_agree =
        std::all_of(members.begin(), members.end(), [&](const Bound& b) { return b == bound; });
    // `points` scales the least member's fraction, so it must be what each member is a fraction of.
    const bool scales = subtask.custom_grader.empty() && subtask.aggregation == Aggregation::Min;
    if (!scales || members_agree) subtask.points = bound;
    return bound;
  }

  void use_custom_grader(const DataGroup& group, Subtask& subtask) {
    if (grader_) {
      subtask.custom_grader = *grader_;
    } else {
      findings_.fault("grader-missing", "grading is `custom`, but there is no grader",
                      group.settings_file, "add it in graders/, or write `grading: default`");
    }
  }

  const TestData& data_;
  const bool checker_scores_;
  const bool is_scoring_;
  const std::optional<fs::path>& grader_;
  Findings& findings_;
};

// DOMjudge counts `accept_score` once for a whole group, inherits nothing, adds what has no flag, and
// takes scores from the checker instead where it writes them (SubmissionService of DOMjudge 9).
Subtask domjudge_group(const DataGroup& group, bool checker_scores, Findings& findings) {
  const Settings settings = read_settings(group,
                                          Settings{.stops = true,
                                                   .custom_grader = false,
                                                   .grader_flags = {},
                                                   .accept_score = 0,
                                                   .reject_score = 0,
                                                   .range = {}},
                                          findings);
  Subtask subtask;
  subtask.name = group.name;
  subtask.title = last_part(group.name);
  subtask.stop_at_first_error = settings.stops;
  subtask.range = settings.range;
  subtask.grader_flags = settings.grader_flags;
  apply_grader_flags(settings, group.settings_file, group.name == "data", subtask, findings);
  subtask.verdict_mode = VerdictMode::FirstError;
  std::vector<Bound> bounds;
  for (const DataGroup::Item& item : group.items) {
    if (!item.is_group) {
      subtask.order.push_back({false, item.index});
      continue;
    }
    const DataGroup& below = group.groups[item.index];
    if (!has_testcases(below)) continue;
    Subtask member = domjudge_group(below, checker_scores, findings);
    const bool scores = !below.settings.is_null();
    if (!scores && below.name == "sample") subtask.ignore_samples = true;
    if (!(subtask.ignore_samples && below.name == "sample")) bounds.push_back(member.points);
    subtask.order.push_back({true, subtask.subtasks.size()});
    subtask.subtasks.push_back(std::move(member));
  }
  const bool range_ends = settings.range && std::isfinite(settings.range->second);
  if (!subtask.subtasks.empty()) {
    // There the points of a part count even when the whole is not accepted.
    subtask.verdict_mode = VerdictMode::AcceptIfAny;
    subtask.points = combined_bound(subtask.aggregation, bounds);
  } else if (checker_scores) {
    subtask.points = range_ends ? Bound(settings.range->second) : std::nullopt;
  } else {
    subtask.aggregation = Aggregation::AllOrNothing;
    subtask.points = subtask.accept_score = settings.accept_score;
  }
  return subtask;
}

}  // namespace

Subtask legacy_subtasks(const TestData& data, const Checker& checker, bool is_scoring,
                        const std::optional<fs::path>& grader, Findings& findings) {
  return LegacyBuilder(data, checker.gives_score, is_scoring, grader, findings).build();
}

Subtask domjudge_subtasks(const TestData& data, const Checker& checker, Findings& findings) {
  return domjudge_group(data.root, checker.gives_score, findings);
}

}  // namespace eval::problems
