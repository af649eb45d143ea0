#include "problems/cms_score.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/regex.h"
#include "base/text.h"
#include "problems/map_reader.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

// What CMS itself asserts when it reads gen/GEN.
constexpr int kGenPoints = 100;

// Reads one line of gen/GEN at a time, as CMS's italy_yaml loader does.
class GenReader {
 public:
  GenReader(const fs::path& file, Findings& findings) : file_(file), findings_(findings) {}

  GenFile read(std::string_view text) {
    for (const std::string_view line : split_lines(text)) {
      ++line_;
      read_line(trim(line));
    }
    for (std::size_t i = 0; i < gen_.groups.size(); ++i) {
      if (gen_.groups[i].testcases == 0)
        findings_.fault("empty-subtask", fmt::format("subtask {} has no testcase", i),
                        file_.string(), "add testcases after its `# ST:` line, or remove it");
    }
    return std::move(gen_);
  }

 private:
  void read_line(std::string_view line) {
    const std::size_t hash = line.find('#');
    const std::string_view testcase = trim(line.substr(0, hash));
    const std::string_view comment =
        hash == std::string_view::npos ? std::string_view{} : trim(line.substr(hash + 1));
    const bool is_copy = comment.starts_with("COPY:");
    const bool is_subtask = comment.starts_with("ST:");
    if (int{!testcase.empty()} + int{is_copy} + int{is_subtask} > 1) {
      fault("a testcase and a command stand in one line", "give each a line of its own");
    } else if (is_subtask) {
      open_group(trim(comment.substr(3)));
    } else if (is_copy || !testcase.empty()) {
      ++gen_.testcases;
      if (!gen_.groups.empty()) ++gen_.groups.back().testcases;
    }
  }

  void open_group(std::string_view points) {
    const auto value = parse_integer(points);
    if (!value || *value < 0 || *value > kGenPoints) {
      fault(fmt::format("\"{}\" is no number of points", shorten(to_valid_utf8(points), 40)),
            fmt::format("write `# ST: POINTS`, a whole number up to {}", kGenPoints));
      return;
    }
    if (gen_.groups.empty() && gen_.testcases > 0)
      fault("there are testcases before the first subtask", "put them after a `# ST:` line");
    gen_.groups.push_back({static_cast<int>(*value), 0});
  }

  void fault(std::string what, std::string help) {
    findings_.fault("bad-value", std::move(what), fmt::format("{}: line {}", file_.string(), line_),
                    std::move(help));
  }

  const fs::path& file_;
  Findings& findings_;
  GenFile gen_;
  std::size_t line_ = 0;
};

// One element of score_type_parameters: [points, testcases, threshold], or a map with these names.
struct GroupParameter {
  double points = 0;
  Json testcases;
  std::optional<double> threshold;
};

class GroupReader {
 public:
  GroupReader(Import& import, Aggregation aggregation, std::string where)
      : import_(import), aggregation_(aggregation), where_(std::move(where)) {
    for (const Testcase& testcase : import_.task.testcases) names_.push_back(testcase.name);
  }

  void read(const Json& parameters) {
    std::vector<Subtask> groups;
    for (const Json& element : parameters) {
      where_group_ = fmt::format("score_type_parameters of subtask {}", groups.size());
      const auto parameter = read_parameter(element);
      if (!parameter) return;
      const auto members = members_of(parameter->testcases);
      if (!members) return;
      Subtask group = testcase_group(fmt::format("subtask{}", groups.size()), parameter->points,
                                     aggregation_, *members);
      group.threshold = parameter->threshold.value_or(1);
      groups.push_back(std::move(group));
    }
    if (groups.empty()) return fault("score_type_parameters are empty", "list the subtasks");
    warn_of_unused(groups);
    set_groups(import_, std::move(groups));
    mark_worthless_as_samples(import_);
  }

 private:
  std::optional<GroupParameter> read_parameter(const Json& element) {
    GroupParameter parameter;
    const Json none;
    const auto at = [&](std::size_t index, std::string_view key) -> const Json& {
      if (element.is_array()) return index < element.size() ? element[index] : none;
      const Json* member = find_member(element, key);
      return member == nullptr ? none : *member;
    };
    const Json& points = at(0, "max_score");
    parameter.testcases = at(1, "testcases");
    const Json& threshold = at(2, "threshold");
    const bool needs_threshold = aggregation_ == Aggregation::Threshold;
    if (threshold.is_number()) parameter.threshold = threshold.get<double>();
    if (!points.is_number() || points.get<double>() < 0 || parameter.testcases.is_null() ||
        (needs_threshold && !parameter.threshold)) {
      fault(fmt::format("{} should be [points, testcases{}], but is {}", where_group_,
                        needs_threshold ? ", threshold" : "", shorten(to_json_line(element), 60)),
            "points are a number from 0 on");
      return std::nullopt;
    }
    parameter.points = points.get<double>();
    return parameter;
  }

  std::optional<std::vector<std::size_t>> members_of(const Json& testcases) {
    if (!kind_.empty() && kind_ != testcases.type_name()) {
      fault(fmt::format("{} names its testcases in another way than the first", where_group_),
            "give all as numbers, all as regular expressions, or all as lists of names");
      return std::nullopt;
    }
    kind_ = testcases.type_name();
    if (testcases.is_number_integer()) return next(testcases.get<std::int64_t>());
    if (testcases.is_string()) return matching(testcases.get<std::string>());
    if (testcases.is_array()) return named(testcases);
    fault(fmt::format("{} names no testcases", where_group_),
          "give a number of testcases, a regular expression or a list of names");
    return std::nullopt;
  }

  std::optional<std::vector<std::size_t>> next(std::int64_t count) {
    const auto left = static_cast<std::int64_t>(names_.size() - next_);
    if (count < 1 || count > left) {
      fault(fmt::format("{} asks for {} testcases, but {} are left", where_group_, count, left),
            "correct the numbers, or n_input");
      return std::nullopt;
    }
    std::vector<std::size_t> members;
    for (; count > 0; --count) members.push_back(next_++);
    return members;
  }

  std::optional<std::vector<std::size_t>> matching(const std::string& pattern) {
    const auto matched = match_beginnings(pattern, names_);
    if (!matched) {
      fault(fmt::format("{}: {}", where_group_, matched.error().what), "correct it");
      return std::nullopt;
    }
    std::vector<std::size_t> members;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if ((*matched)[i]) members.push_back(i);
    }
    if (!members.empty()) return members;
    fault(fmt::format("{}: \"{}\" matches no testcase", where_group_, shorten(pattern, 60)),
          "testcases are named 000, 001, ...");
    return std::nullopt;
  }

  std::optional<std::vector<std::size_t>> named(const Json& list) {
    std::vector<std::size_t> members;
    for (const Json& element : list) {
      const std::string name = scalar_text(element).value_or("");
      const auto found = std::find(names_.begin(), names_.end(), name);
      if (found == names_.end()) {
        fault(fmt::format("{}: there is no testcase \"{}\"", where_group_, shorten(name, 60)),
              "testcases are named 000, 001, ...");
        return std::nullopt;
      }
      members.push_back(static_cast<std::size_t>(found - names_.begin()));
    }
    if (!members.empty()) return members;
    fault(fmt::format("{} has no testcase", where_group_), "name some, or remove it");
    return std::nullopt;
  }

  void warn_of_unused(const std::vector<Subtask>& groups) {
    std::vector<bool> used(names_.size(), false);
    for (const Subtask& group : groups) {
      for (const Subtask::Member& member : group.order) used[member.index] = true;
    }
    const auto unused = std::count(used.begin(), used.end(), false);
    if (unused == 0) return;
    import_.findings.warning("testcase-unused",
                             fmt::format("{} testcases are in no subtask and not judged", unused),
                             where_, "add them to a subtask, or remove them");
  }

  void fault(std::string what, std::string help) {
    import_.findings.fault("bad-value", std::move(what), where_, std::move(help));
  }

  Import& import_;
  Aggregation aggregation_;
  std::string where_;
  std::string where_group_;
  std::vector<std::string> names_;
  std::string kind_;      // JSON type of the second element; the same in all
  std::size_t next_ = 0;  // first testcase not yet counted off
};

std::optional<Aggregation> aggregation_of(std::string_view type) {
  if (type == "GroupMin") return Aggregation::Min;
  if (type == "GroupMul") return Aggregation::Mul;
  if (type == "GroupThreshold") return Aggregation::Threshold;
  return std::nullopt;
}

}  // namespace

GenFile read_gen_file(const fs::path& file, Findings& findings) {
  const auto text = read_package_text(file, findings);
  return text ? GenReader(file, findings).read(*text) : GenFile{};
}

void set_cms_score_type(Import& import, std::string_view type, const Json& parameters,
                        const std::string& where) {
  if (type == "Sum") {
    const auto points = scalar_text(parameters);
    const auto value = points ? parse_double(*points) : std::nullopt;
    if (value && *value >= 0) return set_sum_of_testcases(import, *value);
    import.findings.fault("bad-value",
                          "score_type_parameters of Sum should be the points of a testcase, but "
                          "are " +
                              shorten(to_json_line(parameters), 60),
                          where);
    return;
  }
  const auto aggregation = aggregation_of(type);
  if (!aggregation) {
    return import.refuse(
        fmt::format("the score type \"{}\" is not done here", shorten(to_valid_utf8(type), 40)),
        where, "use Sum, GroupMin, GroupMul or GroupThreshold");
  }
  if (!parameters.is_array()) {
    import.findings.fault("bad-value", "score_type_parameters should be a list of subtasks", where);
    return;
  }
  GroupReader(import, *aggregation, where).read(parameters);
}

}  // namespace eval::problems
