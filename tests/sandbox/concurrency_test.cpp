#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "sandbox/proc_files.h"
#include "tests/sandbox/leftovers.h"
#include "tests/sandbox/sandbox_fixture.h"

namespace eval::sandbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST_F(SandboxTest, MoreCallersThanBoxesTakeTurnsAndGetTheirOwnResults) {
  make(2);
  constexpr int kCallers = 6;
  std::vector<int> codes(kCallers, -1);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kCallers; ++i) {
      threads.emplace_back([&, i] {
        const auto result = sandbox_->run(probe({"exit", std::to_string(i + 1)}), Limits{}, {});
        if (result) codes[static_cast<std::size_t>(i)] = result->exit_code;
      });
    }
  }
  EXPECT_EQ(codes, (std::vector<int>{1, 2, 3, 4, 5, 6}));
}

TEST_F(SandboxTest, AStopRequestEndsTheRunAsCancelled) {
  std::stop_source stop;
  const std::jthread stopper([&stop] {
    std::this_thread::sleep_for(milliseconds(100));
    stop.request_stop();
  });
  const auto began = steady_clock::now();
  const auto result = sandbox_->run(probe({"sleep", "15000"}), Limits{}, stop.get_token());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, RunStatus::Cancelled);
  EXPECT_LT(steady_clock::now() - began, milliseconds(10'000));
}

TEST_F(SandboxTest, ACallerThatWaitsForABoxCanBeStopped) {
  std::jthread busy([this] { run(probe({"sleep", "700"})); });
  std::this_thread::sleep_for(milliseconds(100));
  std::stop_source stop;
  stop.request_stop();
  const auto result = sandbox_->run(probe({"exit", "0"}), Limits{}, stop.get_token());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, RunStatus::Cancelled);
}

TEST_F(SandboxTest, ManyRunsLeaveNoDescriptorOpen) {
  const auto count = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  run(probe({"exit", "0"}));
  const auto before = count();
  for (int i = 0; i < 20; ++i) run(probe({"exit", "0"}));
  EXPECT_EQ(count(), before);
}

std::vector<std::string> wait_until_gone(const std::string& mark) {
  const auto deadline = steady_clock::now() + milliseconds(5000);
  std::vector<std::string> left = processes_with(mark);
  while (!left.empty() && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(20));
    left = processes_with(mark);
  }
  return left;
}

TEST_F(SandboxTest, AKilledJudgeLeavesNoProcess) {
  // Unlikely to stand in another command line of this machine, this test's own included.
  const std::string mark = std::to_string(900'000'000 + getpid());
  const pid_t judge = fork();
  ASSERT_GE(judge, 0);
  if (judge == 0) {
    sandbox_.release();  // the parent's boxes are the parent's
    auto own = create_linux_sandbox({});
    if (own) {
      Limits limits;
      limits.wall_time = milliseconds(60'000);
      (void)(*own)->run(probe({"sleep", mark}), limits, {});
    }
    _exit(1);
  }
  const auto deadline = steady_clock::now() + milliseconds(10'000);
  while (processes_with(mark).empty() && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  ASSERT_FALSE(processes_with(mark).empty());
  kill(judge, SIGKILL);
  waitpid(judge, nullptr, 0);
  EXPECT_EQ(wait_until_gone(mark), std::vector<std::string>{});
}

}  // namespace
}  // namespace eval::sandbox
