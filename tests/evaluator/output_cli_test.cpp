// Where results go: files that the user names, whatever they are, and standard output, which may fail.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <csignal>

#include "base/files.h"
#include "base/subprocess.h"
#include "base/unique_fd.h"
#include "tests/evaluator/store_samples.h"

namespace eval::evaluator {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): the samples of these tests

class CliOutput : public testing::Test {
 protected:
  // A run of four attempts of which the last is left open.
  void SetUp() override {
    store_ = Store::open(dir_.path() / "a.db", OpenMode::ReadWrite, clock_).value();
    ASSERT_TRUE(store_->begin_run(sample_manifest(), sample_problems(), sample_plan()));
    for (const std::size_t position : {0U, 1U, 2U}) judge(position);
  }

  void judge(std::size_t position) {
    const std::int64_t id = store_->attempts("ioi-demo-1", false)->at(position).id;
    ASSERT_TRUE(store_->add_generation(id, 0, sample_prompt(), sample_generation()));
    ASSERT_TRUE(store_->add_judgement(id, std::nullopt, sample_judgement()));
  }

  // In the test's folder; $1 is the program.
  ToolResult shell(const std::string& command) const {
    return run_tool({.argv = {"/bin/bash", "-c", "cd \"$0\"; export EVALCTL_DB=a.db; " + command,
                              dir_.path(), EVAL_TEST_PROGRAM}})
        .value();
  }

  const FixedClock clock_;
  const TempDir dir_ = TempDir::create("evalctl-output").value();
  std::unique_ptr<Store> store_;
};

constexpr const char* kReason = "standard output cannot be written: No space left on device";

TEST_F(CliOutput, FullDiskIsAFaultOfEveryCommandAndFormat) {
  judge(3);
  for (const char* command :
       {"", "--version", "--help", "report --help", "completion bash", "report",
        "report --format json", "report --html -", "report --json -", "report --csv -",
        "report --markdown -", "report --junit -", "score", "show ioi/alpha",
        "problems list " EVAL_TEST_SOURCE_DIR "/problems/packages/quickstart", "export recording -",
        "breakdown"}) {
    const ToolResult well = shell(std::string("$1 ") + command);
    const ToolResult full = shell(std::string("$1 ") + command + " > /dev/full");
    EXPECT_EQ(well.exit_code, 0) << command << well.standard_error;
    EXPECT_EQ(full.exit_code, 4) << command;
    EXPECT_NE(full.standard_error.find(kReason), std::string::npos) << full.standard_error;
    EXPECT_EQ(full.standard_error.find(kReason), full.standard_error.rfind(kReason)) << command;
  }
}

TEST_F(CliOutput, FullDiskLeavesTheRunsOwnExitCode) {
  const ToolResult full = shell("$1 report > /dev/full");
  EXPECT_EQ(full.exit_code, 3);
  EXPECT_NE(full.standard_error.find(kReason), std::string::npos) << full.standard_error;
}

TEST_F(CliOutput, ClosedPipeEndsQuietly) {
  judge(3);
  const ToolResult closed =
      shell("mkfifo pipe; exec 3<>pipe 4>pipe 3<&-; $1 report --csv - --html - >&4");
  EXPECT_EQ(closed.exit_code, 0);
  EXPECT_EQ(closed.standard_error, "");
}

TEST_F(CliOutput, MessagesThatCannotBeWrittenChangeNothing) {
  judge(3);
  EXPECT_EQ(shell("$1 no-such-command 2> /dev/full").exit_code, 64);
  EXPECT_EQ(shell("$1 report --json file 2> /dev/full").exit_code, 0);
  EXPECT_EQ(shell("$1 report &> /dev/full").exit_code, 4);
}

TEST_F(CliOutput, OptionsGiveAFifoToItsReader) {
  judge(3);
  const ToolResult result = shell(
      "mkfifo pipe; cat pipe > got & $1 report --csv pipe; code=$?; test -p pipe || kill $!; wait; "
      "cmp got <($1 report --csv -) && exit $code");
  EXPECT_EQ(result.exit_code, 0) << result.standard_output << result.standard_error;
}

TEST_F(CliOutput, OptionsFollowLinksAndLeaveDevices) {
  judge(3);
  const fs::path device = dir_.path() / "device";
  if (mknod(device.c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0) {
    GTEST_SKIP() << "devices cannot be made here";
  }
  for (const char* command : {"report --html", "report --json", "report --csv", "report --markdown",
                              "report --junit", "export recording"}) {
    fs::remove(dir_.path() / "file");
    const ToolResult result =
        shell("ln -sf file link; $1 " + std::string(command) + " link && $1 " + command +
              " device && test -c device -a -L link -a -s file");
    EXPECT_EQ(result.exit_code, 0) << command << result.standard_error;
  }
}

}  // namespace
}  // namespace eval::evaluator
