#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "problems/import.h"

// How CMS turns outcomes of testcases into points: gen/GEN, and the score types of its data sets.
namespace eval::problems {

// gen/GEN: a line for each testcase, and `# ST: POINTS` before the first of each subtask.
struct GenFile {
  struct Group {
    int points = 0;
    std::size_t testcases = 0;
  };
  std::vector<Group> groups;  // empty: no subtasks, every testcase counts the same
  std::size_t testcases = 0;
};

// Every fault names file and line.
GenFile read_gen_file(const fs::path& file, Findings& findings);

// Sets the root of the task, whose testcases are loaded, from a CMS score type and its parameters:
// Sum, GroupMin, GroupMul or GroupThreshold, with testcases by number, by regular expression or by
// name. `where` names the file, for faults.
void set_cms_score_type(Import& import, std::string_view type, const Json& parameters,
                        const std::string& where);

}  // namespace eval::problems
