#include "judges/swe/test_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "base/xml.h"

namespace eval::judges::swe {
namespace {

// Which outcome of one test counts.
int severity(TestStatus status) {
  switch (status) {
    case TestStatus::Passed:
      return 0;
    case TestStatus::XFail:
      return 1;
    case TestStatus::Skipped:
      return 2;
    case TestStatus::Other:
      return 3;
    case TestStatus::Error:
      return 4;
    case TestStatus::Failed:
      return 5;
  }
  return 3;
}

TestStatus outcome_of(const XmlElement& testcase) {
  if (testcase.child("failure") != nullptr) return TestStatus::Failed;
  if (testcase.child("error") != nullptr) return TestStatus::Error;
  const XmlElement* skipped = testcase.child("skipped");
  if (skipped == nullptr) return TestStatus::Passed;
  return skipped->attribute("type") == "pytest.xfail" ? TestStatus::XFail : TestStatus::Skipped;
}

// "tests/test_a.py" of "tests.test_a.TestB.TestC", and the classes; by the longest known file that it
// begins with.
std::pair<std::string, std::vector<std::string>> split_class_name(
    const std::string& class_name, const std::set<std::string, std::less<>>& files) {
  const std::vector<std::string> parts = split(class_name, '.');
  const auto file_of = [&](std::size_t count) {
    return join({parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(count)}, "/") + ".py";
  };
  std::size_t in_file = parts.size();
  while (in_file > 0 && !files.contains(file_of(in_file))) --in_file;
  if (in_file == 0) {
    in_file = parts.size();
    while (in_file > 1 && !parts[in_file - 1].empty() && parts[in_file - 1][0] >= 'A' &&
           parts[in_file - 1][0] <= 'Z') {
      --in_file;
    }
  }
  return {file_of(in_file), {parts.begin() + static_cast<std::ptrdiff_t>(in_file), parts.end()}};
}

// The id that pytest prints. A module that could not be collected is a testcase without a class, whose
// name is the module.
std::string node_id(const XmlElement& testcase, const std::set<std::string, std::less<>>& files) {
  const std::string class_name = testcase.attribute("classname");
  const std::string name = testcase.attribute("name");
  const std::string file = testcase.attribute("file");
  if (class_name.empty()) {
    if (!file.empty()) return file;
    return name.find('/') == name.npos && !name.ends_with(".py")
               ? split_class_name(name, files).first
               : name;
  }
  auto [path, classes] = split_class_name(class_name, files);
  if (!file.empty() && file != path) {
    // The family with "file" says it itself; what follows the module are the classes.
    const std::string module = replace_all(file.substr(0, file.rfind('.')), "/", ".");
    if (class_name.starts_with(module)) {
      const std::string rest = class_name.substr(module.size());
      classes = rest.size() > 1 ? split(rest.substr(1), '.') : std::vector<std::string>();
      path = file;
    }
  }
  std::string id = path;
  for (const std::string& one : classes) id += "::" + one;
  return id + "::" + name;
}

void add_testcases(const XmlElement& element, const ReportNaming& naming,
                   const std::set<std::string, std::less<>>& files, TestResults& results) {
  for (const XmlElement& child : element.children) {
    if (child.name != "testcase") {
      add_testcases(child, naming, files, results);
      continue;
    }
    const std::string id =
        official_test_id(naming.log_parser, node_id(child, files), naming.harness);
    const TestStatus outcome = outcome_of(child);
    const auto earlier = results.find(id);
    if (!earlier || severity(outcome) > severity(*earlier)) results.set(id, outcome);
  }
}

TestStatus status_from_name(std::string_view name) {
  for (const TestStatus status : {TestStatus::Passed, TestStatus::Failed, TestStatus::Skipped,
                                  TestStatus::Error, TestStatus::XFail}) {
    if (test_status_name(status) == name) return status;
  }
  return TestStatus::Other;
}

}  // namespace

Result<TestResults> read_junit(std::string_view xml, const ReportNaming& naming,
                               std::string_view where) {
  const XmlElement root = EVAL_TRY(parse_xml(xml, where));
  if (root.name != "testsuites" && root.name != "testsuite") {
    return fail(ErrorCode::BadInput,
                fmt::format("the document is a \"{}\", not a JUnit report", root.name),
                std::string(where));
  }
  TestResults results;
  add_testcases(root, naming, {naming.files.begin(), naming.files.end()}, results);
  return results;
}

Result<TestResults> read_pro_output(std::string_view json, std::string_view where) {
  const Json whole = EVAL_TRY(parse_json(json, where));
  const Json* tests = find_member(whole, "tests");
  if (tests == nullptr || !tests->is_array()) {
    return fail(ErrorCode::BadInput, "\"tests\" should be a list", std::string(where));
  }
  TestResults results;
  for (const Json& test : *tests) {
    const std::string name = EVAL_TRY_IN(read_string(test, "name"), where);
    const std::string status = EVAL_TRY_IN(read_string(test, "status"), where);
    if (!name.empty()) results.set(name, status_from_name(status));
  }
  return results;
}

std::vector<std::string> files_of_tests(const std::vector<std::string>& ids) {
  std::vector<std::string> files;
  std::set<std::string_view> seen;
  for (const std::string& id : ids) {
    const std::size_t colons = id.find("::");
    if (colons == id.npos || !seen.insert(std::string_view(id).substr(0, colons)).second) continue;
    files.push_back(id.substr(0, colons));
  }
  return files;
}

}  // namespace eval::judges::swe
