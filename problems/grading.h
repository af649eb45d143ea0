#pragma once

#include <optional>

#include "problems/findings.h"
#include "problems/package_yaml.h"
#include "problems/problem.h"
#include "problems/test_data.h"

namespace eval::problems {

// How the results of the testcases become the verdict and the points of a submission.
struct Grading {
  Subtask root;
  double points_max = 1;
};

// Points of a scoring problem whose package states no upper bound. 100 is what the latest dialect
// assumes for such a problem.
inline constexpr double kPointsMaxDefault = 100;

// Turns the groups of `data` into subtasks by the rules of `data.style`. Groups without testcases are
// left out. A pass-fail problem becomes one flat AllOrNothing subtask, unless its groups have rules
// of their own.
Grading make_grading(const TestData& data, const PackageInfo& info, const Checker& checker,
                     const std::optional<fs::path>& grader, Findings& findings);

// The parts of make_grading, one for each style; for scoring problems.
Subtask legacy_subtasks(const TestData& data, const Checker& checker, bool is_scoring,
                        const std::optional<fs::path>& grader, Findings& findings);
Subtask modern_subtasks(const TestData& data, Dialect dialect, Findings& findings);
Subtask domjudge_subtasks(const TestData& data, const Checker& checker, Findings& findings);

// True if the group or one below it has a testcase.
bool has_testcases(const DataGroup& group);
// Indices of all testcases of the group and below it, in judging order.
std::vector<std::size_t> all_testcases(const DataGroup& group);
// "secret/group1" -> "group1".
std::string last_part(std::string_view name);
// Two numbers, "inf" allowed; nullopt after a fault was noted.
std::optional<std::pair<double, double>> read_range(MapReader& reader);

}  // namespace eval::problems
