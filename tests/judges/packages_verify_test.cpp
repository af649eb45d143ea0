// Every reference submission of the real packages against its promise. Slow: minutes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/text.h"
#include "judges/program_judge.h"
#include "problems/suite.h"
#include "sandbox/linux_sandbox.h"

namespace eval::judges {
namespace {

struct Tally {
  int agreed = 0;
  int skipped = 0;
  std::vector<std::string> broken;
};

// EVALCTL_TEST_ONLY narrows it down to problems whose id matches this pattern.
bool is_wanted(const problems::Problem& problem) {
  const char* only = std::getenv("EVALCTL_TEST_ONLY");
  if (!std::holds_alternative<problems::ProgramTask>(problem.task)) return false;
  return only == nullptr || matches_glob(problem.id, only);
}

// Most disagreements on a loaded machine are about time.
std::string times_of(const VerifyResult& result) {
  if (!result.judgement) return {};
  std::chrono::microseconds slowest{0};
  std::chrono::microseconds longest{0};
  for (const TestResult& test : result.judgement->tests) {
    slowest = std::max(slowest, test.cpu_time);
    longest = std::max(longest, test.wall_time);
  }
  return fmt::format(" (cpu {} ms, wall {} ms, limit {} ms)", slowest.count() / 1000,
                     longest.count() / 1000, result.judgement->time_limit.count());
}

void verify_problem(const problems::Problem& problem, Judge& judge, Tally& tally) {
  for (const auto& reference :
       std::get<problems::ProgramTask>(problem.task).reference_submissions) {
    const VerifyResult result =
        verify_submission(problem, reference, judge, Languages::built_in(), {});
    const std::string line =
        fmt::format("{} {}: {}{}", problem.id, result.submission, result.reason, times_of(result));
    if (result.skipped)
      ++tally.skipped;
    else if (result.agrees)
      ++tally.agreed;
    else
      tally.broken.push_back(line);
    if (result.agrees) continue;
    fmt::print("{} {}\n", result.skipped ? "skipped" : "BROKEN", line);
    std::fflush(stdout);
  }
}

void verify_suite(const char* folder) {
  const char* packages = std::getenv("EVALCTL_TEST_PACKAGES");
  if (packages == nullptr) GTEST_SKIP() << "EVALCTL_TEST_PACKAGES is not set";
  auto sandbox = sandbox::create_linux_sandbox({.boxes = 1, .cores = {}});
  if (!sandbox) GTEST_SKIP() << "no box here: " << describe(sandbox.error());
  const auto suite = problems::load_suite((fs::path(packages) / folder).string(), {});
  ASSERT_TRUE(suite.has_value()) << describe(suite.error());
  const auto judge = make_program_judge(**sandbox, Languages::built_in(), {});
  Tally tally;
  for (const problems::Problem& problem : suite->problems) {
    if (is_wanted(problem)) verify_problem(problem, *judge, tally);
  }
  for (const auto& refused : suite->refused) {
    fmt::print("refused {}: {}\n", refused.id, refused.reason.what);
  }
  fmt::print("{}: {} agree, {} skipped, {} broken\n", folder, tally.agreed, tally.skipped,
             tally.broken.size());
  EXPECT_GT(tally.agreed, 0);
  EXPECT_TRUE(tally.broken.empty()) << join(tally.broken, "\n");
}

TEST(RealPackages, OfIcpcKeepTheirPromises) {
  verify_suite("icpc");
}

TEST(RealPackages, OfIoiKeepTheirPromises) {
  verify_suite("ioi");
}

}  // namespace
}  // namespace eval::judges
