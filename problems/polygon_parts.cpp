#include "problems/polygon_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

struct StandardChecker {
  std::string_view name;
  Comparison comparison;
  std::string_view flag;  // of the Tokens comparison
};

// Standard checkers of testlib that accept exactly what one of our comparisons accepts, provided the
// answer is what they ask of it (numbers without leading zeros, YES or NO, no blank lines at the
// end). Those with tolerances allow 1e-15 more than they say and are compiled from their source.
constexpr StandardChecker kStandardCheckers[] = {
    {"wcmp", Comparison::Tokens, "case_sensitive"},
    {"ncmp", Comparison::Tokens, "case_sensitive"},
    {"icmp", Comparison::Tokens, "case_sensitive"},
    {"hcmp", Comparison::Tokens, "case_sensitive"},
    {"yesno", Comparison::Tokens, ""},
    {"nyesno", Comparison::Tokens, ""},
    {"lcmp", Comparison::WhiteDiff, ""},
};

const StandardChecker* standard_checker(std::string_view name) {
  for (const StandardChecker& checker : kStandardCheckers) {
    if (name == fmt::format("std::{}.cpp", checker.name)) return &checker;
  }
  return nullptr;
}

// The source that an asset names, or its copy in the package's root.
std::optional<fs::path> source_of(Import& import, const XmlElement& asset,
                                  const std::string& where) {
  for (const std::string_view key : {"source", "copy"}) {
    const XmlElement* element = asset.child(key);
    if (element == nullptr || element->attribute("path").empty()) continue;
    const auto path = path_in_package(import, element->attribute("path"), key, where);
    if (path && is_file(*path)) return path;
  }
  return std::nullopt;
}

bool is_c_or_cpp(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".cpp" || extension == ".cc" || extension == ".cxx" || extension == ".c";
}

// A testlib program; nullopt after a fault.
std::optional<fs::path> testlib_program(Import& import, const XmlElement& asset,
                                        const std::string& where) {
  const auto source = source_of(import, asset, where);
  if (!source) {
    import.findings.fault("checker-missing",
                          fmt::format("the source of the {} \"{}\" is not in the package",
                                      asset.name, shorten(asset.attribute("name"), 40)),
                          where, "add it to files/");
    return std::nullopt;
  }
  if (is_c_or_cpp(*source)) return source;
  import.refuse(fmt::format("the {} is not written in C++", asset.name), source->string(),
                "write it with testlib.h");
  return std::nullopt;
}

void read_checker(Import& import, const XmlElement* asset, const std::string& where) {
  Checker& checker = import.task.checker;
  if (asset == nullptr) {
    import.findings.fault("checker-missing", "problem.xml names no checker", where,
                          "choose one in Polygon");
    return;
  }
  // What an interactor wrote is only seen by a program.
  const bool is_batch = import.task.type == TaskType::Batch;
  const StandardChecker* standard = standard_checker(asset->attribute("name"));
  if (standard != nullptr && is_batch) {
    checker.comparison = standard->comparison;
    if (standard->flag.empty()) return;
    for (Testcase& testcase : import.task.testcases)
      testcase.checker_args = {std::string(standard->flag)};
    return;
  }
  if (const std::string type = asset->attribute("type"); !type.empty() && type != "testlib")
    return import.refuse(fmt::format("the checker is of type \"{}\"", shorten(type, 40)), where,
                         "write it with testlib.h");
  const auto source = testlib_program(import, *asset, where);
  if (!source) return;
  checker.program = *source;
  checker.support_files = support_files_of(import, *source);
  checker.protocol = CheckerProtocol::Testlib;
  checker.gives_score = true;
}

void read_interactor(Import& import, const XmlElement* asset, const std::string& where) {
  if (asset == nullptr) return;
  const auto source = testlib_program(import, *asset, where);
  if (!source) return;
  Interactor interactor;
  interactor.program = *source;
  interactor.support_files = support_files_of(import, *source);
  interactor.protocol = CheckerProtocol::Testlib;
  import.task.type = TaskType::Interactive;
  import.task.interactor = std::move(interactor);
}

// Resources that are compiled with every solution: graders and their headers.
void read_graders(Import& import, const XmlElement* resources, const std::string& where) {
  if (resources == nullptr) return;
  auto& included = import.task.included;
  for (const XmlElement& file : resources->children) {
    const XmlElement* assets = file.child("assets");
    if (assets == nullptr) continue;
    const bool for_solutions =
        std::any_of(assets->children.begin(), assets->children.end(),
                    [](const XmlElement& asset) { return asset.attribute("name") == "solution"; });
    if (!for_solutions) continue;
    const auto path = path_in_package(import, file.attribute("path"), "file", where);
    if (!path) continue;
    if (!is_file(*path)) {
      import.findings.fault(
          "grader-missing",
          fmt::format("\"{}\" is not in the package", shorten(file.attribute("path"), 60)), where,
          "add it, or use the full package");
      continue;
    }
    const auto language = language_of_source(*path);
    included[language.value_or("cpp")].files.push_back(*path);
    if (language) included[*language].entry_point = path->filename().string();
  }
}

// Each test for itself, `points` of them together.
Subtask each_test_group(std::string name, const std::vector<PolygonTest>& tests) {
  double points = 0;
  for (const PolygonTest& test : tests) points += test.points.value_or(0);
  Subtask group = testcase_group(std::move(name), points, Aggregation::Sum, {});
  const double first = tests.empty() ? 0 : tests.front().points.value_or(0);
  const bool equal = std::all_of(tests.begin(), tests.end(), [&](const PolygonTest& test) {
    return test.points.value_or(0) == first;
  });
  group.accept_score = first;
  for (const PolygonTest& test : tests) {
    if (equal) {
      group.order.push_back({false, test.index});
      continue;
    }
    group.order.push_back({true, group.subtasks.size()});
    group.subtasks.push_back(testcase_group(fmt::format("{}/{}", group.name, test.index + 1),
                                            test.points.value_or(0), Aggregation::Min,
                                            std::vector<std::size_t>{test.index}));
  }
  return group;
}

Subtask complete_group(std::string name, const XmlElement& element,
                       const std::vector<PolygonTest>& tests) {
  double points = 0;
  std::vector<std::size_t> members;
  for (const PolygonTest& test : tests) {
    points += test.points.value_or(0);
    members.push_back(test.index);
  }
  if (const auto stated = parse_double(element.attribute("points"))) points = *stated;
  return testcase_group(std::move(name), std::max(0.0, points), Aggregation::AllOrNothing, members);
}

class GroupsReader {
 public:
  GroupsReader(Import& import, const std::string& where) : import_(import), where_(where) {}

  void read(const std::vector<PolygonTest>& tests, const XmlElement* groups) {
    for (const PolygonTest& test : tests) {
      const bool is_new = !members_.contains(test.group);
      members_[test.group].push_back(test);
      if (is_new) order_.push_back(test.group);
    }
    if (groups != nullptr) {
      for (const XmlElement& group : groups->children) {
        if (group.name == "group") add(group);
      }
    }
    // Groups that only tests name, and tests in no group.
    for (const std::string& name : order_) {
      if (done_.contains(name)) continue;
      done_[name] = true;
      groups_.push_back(each_test_group(name.empty() ? "tests" : name, members_[name]));
    }
    set_groups(import_, std::move(groups_));
  }

 private:
  void add(const XmlElement& element) {
    const std::string name = element.attribute("name");
    const auto members = members_.find(name);
    if (members == members_.end() || done_.contains(name)) return;  // no tests; or said twice
    const std::string policy = element.attribute("points-policy");
    const bool complete = policy == "complete-group";
    if (!complete && !policy.empty() && policy != "each-test")
      import_.refuse(fmt::format("group \"{}\" has the points policy \"{}\"", shorten(name, 40),
                                 shorten(policy, 40)),
                     where_, "use complete-group or each-test");
    Subtask group = complete ? complete_group(name, element, members->second)
                             : each_test_group(name, members->second);
    if (const XmlElement* dependencies = element.child("dependencies")) {
      for (const XmlElement& dependency : dependencies->children) {
        const std::string needed = dependency.attribute("group");
        if (done_.contains(needed)) {
          group.requires_subtasks.push_back(needed);
          continue;
        }
        import_.findings.fault(
            "require-pass",
            fmt::format("group \"{}\" needs group \"{}\", which is not before it",
                        shorten(name, 40), shorten(needed, 40)),
            where_, "order the groups so that it is");
      }
    }
    done_[name] = true;
    groups_.push_back(std::move(group));
  }

  Import& import_;
  const std::string& where_;
  std::map<std::string, std::vector<PolygonTest>> members_;
  std::vector<std::string> order_;    // names of groups as tests name them
  std::map<std::string, bool> done_;  // names of `groups_`
  std::vector<Subtask> groups_;
};

}  // namespace

void read_polygon_programs(Import& import, const XmlElement& problem, const std::string& where) {
  read_interactor(import, problem.descendant("assets/interactor"), where);
  read_checker(import, problem.descendant("assets/checker"), where);
  read_graders(import, problem.descendant("files/resources"), where);
  const XmlElement* validators = problem.descendant("assets/validators");
  if (validators == nullptr) return;
  for (const XmlElement& validator : validators->children) {
    if (const auto source = source_of(import, validator, where)) {
      import.task.input_validators.push_back({.program = *source,
                                              .support_files = support_files_of(import, *source),
                                              .accepting_code = 0});
    }
  }
}

std::optional<std::string> fill_test_pattern(std::string_view pattern, std::size_t number) {
  const std::size_t percent = pattern.find('%');
  if (percent == std::string_view::npos) return std::nullopt;
  std::size_t end = percent + 1;
  std::size_t width = 0;
  const bool zeros = end < pattern.size() && pattern[end] == '0';
  while (end < pattern.size() && pattern[end] >= '0' && pattern[end] <= '9' && end < percent + 4)
    width = width * 10 + static_cast<std::size_t>(pattern[end++] - '0');
  const bool complete = end < pattern.size() && pattern[end] == 'd' &&
                        pattern.find('%', end) == std::string_view::npos && (zeros || width == 0);
  if (!complete || width > 20) return std::nullopt;
  return fmt::format("{}{:0>{}}{}", pattern.substr(0, percent), number,
                     std::max<std::size_t>(width, 1), pattern.substr(end + 1));
}

void set_polygon_groups(Import& import, const std::vector<PolygonTest>& tests,
                        const XmlElement* groups, const std::string& where) {
  GroupsReader(import, where).read(tests, groups);
}

std::vector<std::string> polygon_verdicts(std::string_view tag) {
  static const std::map<std::string, std::vector<std::string>, std::less<>> kVerdicts = {
      {"main", {"AC"}},
      {"accepted", {"AC"}},
      {"wrong-answer", {"WA"}},
      {"presentation-error", {"WA"}},  // one verdict here
      {"time-limit-exceeded", {"TLE"}},
      {"time-limit-exceeded-or-accepted", {"AC", "TLE"}},
      // Without memory a program may crash before the limit is seen.
      {"memory-limit-exceeded", {"MLE", "RE"}},
      {"time-limit-exceeded-or-memory-limit-exceeded", {"TLE", "MLE", "RE"}},
      {"rejected", {"WA", "TLE", "MLE", "OLE", "RE"}},
  };
  const auto found = kVerdicts.find(tag);
  return found == kVerdicts.end() ? std::vector<std::string>{} : found->second;
}

std::string polygon_sections(Import& import, const fs::path& folder) {
  static constexpr std::pair<std::string_view, std::string_view> kSections[] = {
      {"legend", ""},         {"input", "Input"},
      {"output", "Output"},   {"interaction", "Interaction"},
      {"scoring", "Scoring"}, {"notes", "Note"}};
  if (!is_file(folder / "legend.tex")) return {};
  std::string text;
  for (const auto& [name, heading] : kSections) {
    const fs::path file = folder / fmt::format("{}.tex", name);
    if (!is_file(file)) continue;
    const auto section = read_package_text(file, import.findings);
    if (!section || trim(*section).empty()) continue;
    if (!heading.empty()) text += fmt::format("\n\\section*{{{}}}\n\n", heading);
    text += std::string(trim(*section)) + "\n";
  }
  return text;
}

}  // namespace eval::problems
