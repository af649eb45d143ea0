#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/files.h"
#include "reports/reports.h"
#include "reports/sample_model.h"

// Each report of the sample run against a file that a person has looked at. To accept a change:
// EVALCTL_UPDATE_GOLDEN=1 ctest -R golden, then review the diff.
namespace eval::reports {
namespace {

void expect_golden(const std::string& name, const std::string& actual) {
  const fs::path path = fs::path(EVAL_TEST_SOURCE_DIR) / "tests/reports/golden" / name;
  if (std::getenv("EVALCTL_UPDATE_GOLDEN") != nullptr) {
    const auto written = write_file(path, actual);
    ASSERT_TRUE(written) << describe(written.error());
    GTEST_SKIP() << "rewrote " << path;
  }
  const auto expected = read_file(path);
  ASSERT_TRUE(expected) << describe(expected.error());
  EXPECT_EQ(actual, *expected) << "run again with EVALCTL_UPDATE_GOLDEN=1 if this change is meant";
}

TEST(Golden, Json) {
  expect_golden("sample.json", to_json(testing::sample_model()));
}
TEST(Golden, Csv) {
  expect_golden("sample.csv", to_csv(testing::sample_model()));
}
TEST(Golden, Markdown) {
  expect_golden("sample.md", to_markdown(testing::sample_model()));
}
TEST(Golden, Junit) {
  expect_golden("sample.xml", to_junit(testing::sample_model()));
}

TEST(Golden, Terminal) {
  expect_golden("terminal_100.txt", to_terminal(testing::sample_model(), {.width = 100}));
}
TEST(Golden, TerminalInColour) {
  expect_golden("terminal_colour.txt",
                to_terminal(testing::sample_model(), {.colour = true, .width = 100}));
}
TEST(Golden, TerminalNarrow) {
  expect_golden("terminal_44.txt", to_terminal(testing::sample_model(), {.width = 44}));
}

}  // namespace
}  // namespace eval::reports
