#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "problems/findings.h"
#include "problems/package_yaml.h"
#include "problems/problem.h"

namespace eval::problems {

// Whose rules decide how results of testcases become points.
enum class GradingStyle {
  Legacy,    // testdata.yaml with on_reject, grader_flags, accept_score, range; inherited downwards
  Modern,    // test_group.yaml with max_score, score_aggregation, require_pass; not inherited
  Domjudge,  // testdata.yaml as DOMjudge reads it: accept_score once per group, nothing inherited
};

// A directory below data/ as it lies on disk, before any scoring rule is applied.
struct DataGroup {
  struct Item {
    bool is_group = false;
    std::size_t index = 0;  // into `groups`, or into TestData::testcases
  };

  std::string name;  // "data", "sample", "secret/group1"
  Json settings;     // testdata.yaml or test_group.yaml; null if there is none
  std::string settings_file;
  std::vector<DataGroup> groups;
  std::vector<Item> items;  // in byte order of the base names, groups and testcases together
};

struct TestData {
  std::vector<Testcase> testcases;
  DataGroup root;
  GradingStyle style = GradingStyle::Legacy;
};

// Reads data/sample and data/secret with all that belongs to each testcase. Missing partners,
// unreadable files and misplaced testcases are noted in `findings`.
TestData read_test_data(const fs::path& package, const PackageInfo& info, Findings& findings);

}  // namespace eval::problems
