#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "problems/grading.h"

// Groups of the 2023-07 and 2025-09 dialects (test_group.yaml), section "Result aggregation".
namespace eval::problems {
namespace {

struct Settings {
  bool states_score = false;
  std::optional<double> max_score;  // nullopt: unbounded
  Aggregation aggregation = Aggregation::AllOrNothing;
  std::vector<std::string> require_pass;
};

std::optional<Aggregation> aggregation_of(std::string_view word) {
  if (word == "pass-fail") return Aggregation::AllOrNothing;
  if (word == "sum") return Aggregation::Sum;
  if (word == "min") return Aggregation::Min;
  return std::nullopt;
}

// "sample" and "secret/..." as they are; a bare group name is one below secret/.
std::string full_group_name(const std::string& name) {
  if (name == "sample" || name == "secret" || name.starts_with("secret/")) return name;
  return "secret/" + name;
}

void read_score_keys(MapReader& reader, std::string_view score_key,
                     std::string_view aggregation_key, Settings& settings) {
  if (const auto text = reader.text(score_key)) {
    settings.states_score = true;
    settings.max_score.reset();
    if (*text != "unbounded") settings.max_score = reader.number(score_key);
    if (settings.max_score && *settings.max_score < 0)
      reader.wrong_type(score_key, "0 or more, or unbounded", *reader.member(score_key));
  }
  if (const auto word = reader.text(aggregation_key)) {
    if (const auto aggregation = aggregation_of(*word)) {
      settings.aggregation = *aggregation;
    } else {
      reader.wrong_type(aggregation_key, "pass-fail, sum or min", *reader.member(aggregation_key));
    }
  }
  if (const auto names = reader.words("require_pass")) {
    for (const std::string& name : *names) settings.require_pass.push_back(full_group_name(name));
  }
}

Settings read_settings(const DataGroup& group, Settings settings, Findings& findings) {
  MapReader reader(group.settings, group.settings_file, findings);
  read_score_keys(reader, "max_score", "score_aggregation", settings);
  // The drafts kept these keys in a map of their own: {score, aggregation, require_pass}.
  for (const std::string_view key : {"scoring", "grading"}) {
    const Json* map = reader.member(key);
    if (map == nullptr || !map->is_object()) continue;
    MapReader scoring(*map, fmt::format("{}: {}", group.settings_file, key), findings);
    read_score_keys(scoring, "score", "aggregation", settings);
    scoring.report_unknown_keys();
  }
  return settings;
}

bool is_test_group(const DataGroup& group) {
  return !group.settings_file.empty();
}

class ModernBuilder {
 public:
  ModernBuilder(const TestData& data, Dialect dialect, Findings& findings)
      : data_(data), dialect_(dialect), findings_(findings) {}

  Subtask build() {
    Subtask root;
    root.name = root.title = "data";
    root.aggregation = Aggregation::Sum;
    root.stop_at_first_error = false;
    root.ignore_samples = true;
    for (const DataGroup& group : data_.root.groups) {
      if (!has_testcases(group)) continue;
      Subtask subtask = group.name == "sample" ? sample(group) : secret(group);
      if (group.name == "secret") root.points = subtask.points;
      root.order.push_back({true, root.subtasks.size()});
      root.subtasks.push_back(std::move(subtask));
      known_.insert(group.name);
    }
    return root;
  }

 private:
  // Samples are run, but give no points; a failed one stops nothing.
  static Subtask sample(const DataGroup& group) {
    Subtask subtask;
    subtask.name = subtask.title = "sample";
    subtask.points = 0;
    subtask.accept_score = 0;
    subtask.stop_at_first_error = false;
    add_testcases(group, subtask);
    return subtask;
  }

  Subtask secret(const DataGroup& group) {
    Settings defaults;
    defaults.max_score = 100;
    defaults.aggregation = Aggregation::Sum;
    Settings settings = read_settings(group, defaults, findings_);
    const bool has_groups = std::any_of(group.groups.begin(), group.groups.end(), is_test_group);
    if (!has_groups) return leaf(group, settings);

    Subtask subtask = head(group, settings);
    const std::vector<Settings> members = group_settings(group, settings);
    double total = 0;
    for (const DataGroup::Item& item : group.items) {
      if (!item.is_group || !is_test_group(group.groups[item.index])) {
        findings_.error("mixed-groups", "secret/ has testcases outside its test data groups",
                        group.settings_file, "move them into a group with a test_group.yaml");
        if (!item.is_group) subtask.order.push_back({false, item.index});
        continue;
      }
      const DataGroup& below = group.groups[item.index];
      if (!has_testcases(below)) continue;
      Subtask member = leaf(below, members[item.index]);
      total += member.points.value_or(0);
      subtask.order.push_back({true, subtask.subtasks.size()});
      subtask.subtasks.push_back(std::move(member));
    }
    if (subtask.aggregation == Aggregation::Sum && subtask.points && total > *subtask.points) {
      findings_.error("max-score",
                      fmt::format("the groups give {} points, more than the {} of secret/", total,
                                  *subtask.points),
                      group.settings_file, "raise max_score of secret/, or lower the groups'");
    }
    return subtask;
  }

  // Settings of the groups of secret/, with the points that the 2023-07 drafts infer.
  std::vector<Settings> group_settings(const DataGroup& secret, const Settings& parent) {
    std::vector<Settings> all;
    std::size_t silent = 0;
    double stated = 0;
    for (const DataGroup& group : secret.groups) {
      all.push_back(read_settings(group, Settings{}, findings_));
      if (!all.back().states_score && has_testcases(group)) ++silent;
      stated += all.back().max_score.value_or(0);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].states_score || !has_testcases(secret.groups[i])) continue;
      const std::string& file = secret.groups[i].settings_file;
      if (dialect_ == Dialect::V2025_09 && parent.max_score) {
        findings_.fault("max-score", fmt::format("{} has no max_score", secret.groups[i].name),
                        file, "every group of a problem with a bounded score needs one");
      } else if (parent.max_score) {
        all[i].max_score = std::max(0.0, *parent.max_score - stated) / static_cast<double>(silent);
        findings_.warning("max-score",
                          fmt::format("{} states no score and gets an equal share of the rest",
                                      secret.groups[i].name),
                          file, "state its score");
      }
    }
    return all;
  }

  // A group whose members are all testcases, also those in its plain sub-directories.
  Subtask leaf(const DataGroup& group, const Settings& settings) {
    Subtask subtask = head(group, settings);
    add_testcases(group, subtask);
    if (!settings.max_score) {
      // Without a bound every accepted testcase must bring its own score.txt.
      subtask.accept_score = 0;
      if (settings.aggregation == Aggregation::AllOrNothing) {
        findings_.fault("max-score",
                        fmt::format("{} is pass-fail, but its score is unbounded", group.name),
                        group.settings_file, "add max_score to its test_group.yaml");
      }
    } else if (settings.aggregation == Aggregation::Sum) {
      subtask.accept_score = *settings.max_score / static_cast<double>(subtask.order.size());
    } else {
      subtask.accept_score = *settings.max_score;
    }
    return subtask;
  }

  Subtask head(const DataGroup& group, const Settings& settings) {
    Subtask subtask;
    subtask.name = group.name;
    subtask.title = last_part(group.name);
    subtask.points = settings.max_score;
    subtask.aggregation = settings.aggregation;
    subtask.stop_at_first_error = settings.aggregation != Aggregation::Sum;
    for (const std::string& name : settings.require_pass) {
      if (known_.contains(name)) subtask.requires_subtasks.push_back(name);
      // Without samples there is nothing to fail.
      if (known_.contains(name) || name == "sample") continue;
      findings_.fault(
          "require-pass",
          fmt::format("{} requires \"{}\", which is not an earlier group", group.name, name),
          group.settings_file, "name sample, or a group that comes before it");
    }
    known_.insert(group.name);
    return subtask;
  }

  static void add_testcases(const DataGroup& group, Subtask& subtask) {
    for (const std::size_t index : all_testcases(group)) subtask.order.push_back({false, index});
  }

  const TestData& data_;
  const Dialect dialect_;
  Findings& findings_;
  std::set<std::string> known_;  // groups that a later one may require
};

}  // namespace

Subtask modern_subtasks(const TestData& data, Dialect dialect, Findings& findings) {
  return ModernBuilder(data, dialect, findings).build();
}

}  // namespace eval::problems
