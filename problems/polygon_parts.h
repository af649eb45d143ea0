#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/xml.h"
#include "problems/import.h"

// The parts of a Polygon package: programs, points and statement.
namespace eval::problems {

// Checker, interactor, validators and graders of `problem.xml`.
void read_polygon_programs(Import& import, const XmlElement& problem, const std::string& where);

// "tests/%02d" with its number filled in; nullopt if it is no pattern of one "%d" or "%0Nd".
std::optional<std::string> fill_test_pattern(std::string_view pattern, std::size_t number);

struct PolygonTest {
  std::size_t index = 0;  // into ProgramTask::testcases
  std::string group;      // empty: in none
  std::optional<double> points;
};

// Sets the root of a problem with points. `groups` may be null: every test counts for itself.
void set_polygon_groups(Import& import, const std::vector<PolygonTest>& tests,
                        const XmlElement* groups, const std::string& where);

// What the tag of a solution ("wrong-answer") promises; empty: nothing.
std::vector<std::string> polygon_verdicts(std::string_view tag);

// The statement put together from a language's folder in statement-sections/; empty if it has none.
std::string polygon_sections(Import& import, const fs::path& folder);

}  // namespace eval::problems
