#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "judges/swe/log_parser.h"

// Outcomes from what a test runner wrote for programs to read. Unlike a log it lies where the tests
// cannot print to, so that no printed line can forge it.
namespace eval::judges::swe {

struct ReportNaming {
  std::string log_parser;  // ids are spelled as this one spells them
  Harness harness = Harness::V5;
  // Files that tests may be in, relative to the repository: files_of_tests() of the expected ids, and
  // the directives. pytest writes modules with dots ("tests.test_basic.TestApp"); these say where the
  // file ends and the class begins. Without a match the last parts that begin in upper case are taken
  // for classes.
  std::vector<std::string> files;
};

// pytest's --junitxml FILE, of any junit_family. Of several outcomes of one test (its call failed, and
// its teardown too) the worst counts. BadInput if it is no JUnit document.
Result<TestResults> read_junit(std::string_view xml, const ReportNaming& naming,
                               std::string_view where);

// SWE-bench Pro's output.json: {"tests": [{"name", "status"}]}. A status other than the usual words is
// Other. BadInput if it is none.
Result<TestResults> read_pro_output(std::string_view json, std::string_view where);

// The part before "::" of each id that has one, without repetition.
std::vector<std::string> files_of_tests(const std::vector<std::string>& ids);

}  // namespace eval::judges::swe
