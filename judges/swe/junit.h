#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "judges/swe/log_parser.h"

// The report that pytest writes itself (--junitxml FILE): outcomes that no printed line can forge.
namespace eval::judges::swe {

struct JUnitNaming {
  std::string log_parser;  // ids are spelled as this one spells them
  Harness harness = Harness::V5;
  // Files that tests may be in, relative to the repository: the directives, or the part before "::"
  // of the expected ids. pytest writes modules with dots ("tests.test_basic.TestApp"), and these say
  // where the file ends and the class begins.
  std::vector<std::string> files;
};

// Of several outcomes of one test (its call failed, then its teardown) the worst counts. BadInput if
// it is no JUnit document.
Result<TestResults> read_junit(std::string_view xml, const JUnitNaming& naming,
                               std::string_view where);

// The part before "::" of each id that has one, without repetition.
std::vector<std::string> files_of_tests(const std::vector<std::string>& ids);

}  // namespace eval::judges::swe
