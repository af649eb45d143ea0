// The packages of tests/packages/formats, one for each format, against the promises of their
// submissions: from the importer's reading to the verdict.
#include <gtest/gtest.h>

#include "judges/package_check.h"
#include "judges/program_judge.h"
#include "problems/suite.h"
#include "sandbox/linux_sandbox.h"

namespace eval::judges {
namespace {

TEST(PackageFormats, KeepTheirPromises) {
  auto sandbox = sandbox::create_linux_sandbox({.boxes = 1, .cores = {}});
  if (!sandbox) GTEST_SKIP() << "no box here: " << describe(sandbox.error());
  const fs::path folder = fs::path(EVAL_TEST_SOURCE_DIR) / "tests/packages/formats";
  const auto suite = problems::load_suite(folder.string(), {});
  ASSERT_TRUE(suite) << describe(suite.error());
  EXPECT_TRUE(suite->refused.empty());
  const auto judge = make_program_judge(**sandbox, Languages::built_in(), {});
  int agreed = 0;
  for (const problems::Problem& problem : suite->problems) {
    for (const auto& reference :
         std::get<problems::ProgramTask>(problem.task).reference_submissions) {
      const VerifyResult result =
          verify_submission(problem, reference, *judge, Languages::built_in(), {});
      EXPECT_TRUE(result.agrees || result.skipped)
          << problem.id << " " << result.submission << ": " << result.reason;
      agreed += result.agrees && !result.skipped ? 1 : 0;
    }
  }
  EXPECT_GE(agreed, 12);
}

TEST(PackageFormats, HaveDataThatTheirValidatorsAccept) {
  auto sandbox = sandbox::create_linux_sandbox({.boxes = 1, .cores = {}});
  if (!sandbox) GTEST_SKIP() << "no box here: " << describe(sandbox.error());
  const fs::path folder = fs::path(EVAL_TEST_SOURCE_DIR) / "tests/packages/formats";
  const auto suite = problems::load_suite(folder.string(), {});
  ASSERT_TRUE(suite) << describe(suite.error());
  int inputs = 0;
  for (const problems::Problem& problem : suite->problems) {
    const auto check = check_data(problem, **sandbox, Languages::built_in(), {}, {});
    ASSERT_TRUE(check) << problem.id << ": " << describe(check.error());
    EXPECT_TRUE(check->faults.empty()) << problem.id << ": " << check->faults.front();
    inputs += check->inputs_checked;
  }
  EXPECT_EQ(inputs, 5);  // those of polygon-sum, the only one with a validator
}

}  // namespace
}  // namespace eval::judges
