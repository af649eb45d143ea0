#include "sandbox/process_usage.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

namespace eval::sandbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What `question` comes to say of this process, whose only child does `work`.
bool comes_to_be(bool expected, void (*work)(), bool (*question)(int) = wants_core) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  const auto end = steady_clock::now() + milliseconds(20'000);
  bool seen = question(getpid());
  while (seen != expected && steady_clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(1));
    seen = question(getpid());
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return seen;
}

TEST(WantsCore, IsTrueOfAProcessThatComputes) {
  EXPECT_TRUE(comes_to_be(true, [] {
    std::atomic<unsigned> count{0};
    for (;;) ++count;
  }));
}

TEST(WantsCore, IsFalseOfAProcessThatWaits) {
  EXPECT_FALSE(comes_to_be(false, [] { pause(); }));
}

TEST(IsEnding, IsTrueOfAProcessThatNobodyHasReaped) {
  EXPECT_TRUE(comes_to_be(
      true, [] {}, is_ending));
  EXPECT_FALSE(is_ending(getpid()));
}

TEST(IsEnding, IsFalseOfAProcessThatLives) {
  EXPECT_FALSE(comes_to_be(
      false, [] { pause(); }, is_ending));
}

TEST(WantsCore, IsFalseWithoutAProcess) {
  EXPECT_FALSE(wants_core(getpid()));
}

}  // namespace
}  // namespace eval::sandbox
