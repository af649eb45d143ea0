// Thousands of runs, and judges that are killed: nothing may be left behind.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>
#include <thread>

#include "base/text.h"
#include "sandbox/cgroup_layout.h"
#include "sandbox/proc_files.h"
#include "tests/sandbox/leftovers.h"
#include "tests/sandbox/sandbox_fixture.h"

namespace eval::sandbox {
namespace {

// EVALCTL_ENDURANCE_RUNS=20000 is the full length.
int wanted_runs() {
  const char* text = std::getenv("EVALCTL_ENDURANCE_RUNS");
  return text == nullptr ? 2000 : static_cast<int>(parse_integer(text).value_or(2000));
}

class Endurance : public SandboxTest {
 protected:
  // Every tenth run leaves what it can.
  void run_many(int runs) {
    const auto work = [this, runs](int worker) {
      for (int i = worker; i < runs; i += 2) {
        const bool litters = i % 10 == 0;
        const auto result =
            sandbox_->run(litters ? probe({"litter"}) : probe({"exit", "0"}), Limits{}, {});
        if (!result) ADD_FAILURE() << describe(result.error());
        if (result && result->exit_code != 0) ADD_FAILURE() << "run " << i;
        if (HasFailure()) return;
      }
    };
    const std::jthread other(work, 1);
    work(0);
  }
};

TEST_F(Endurance, ManyRunsWithTwoWorkersLeaveNothingBehind) {
  make(2);
  run_many(200);  // both boxes exist, caches are full
  const Leftovers before = count_leftovers();
  run_many(wanted_runs());
  const Leftovers after = count_when_settled(before);
  fmt::print("{} runs\n  before: {}\n  after:  {}\n", wanted_runs(), to_string(before),
             to_string(after));
  EXPECT_TRUE(after.same_counts(before));
  EXPECT_LE(after.resident.count, before.resident.count + Bytes::mib(4).count);
  sandbox_.reset();
  Leftovers nothing = before;
  nothing.processes = nothing.cgroups = 0;
  const Leftovers end = count_leftovers();
  EXPECT_EQ(end.processes, 0) << to_string(end);
  EXPECT_EQ(end.cgroups, 0) << to_string(end);
}

// Whether all children end, and with them the processes of their boxes, before half a minute is over.
bool all_children_end() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < deadline) {
    const pid_t ended = waitpid(-1, nullptr, WNOHANG);
    if (ended < 0) return errno == ECHILD;
    if (ended == 0) usleep(10'000);
  }
  return false;
}

// A judge with two workers, killed at a random moment of its life: start, build, runs, cleaning.
TEST_F(Endurance, AJudgeKilledAtAnyMomentLeavesNothingThatTheNextStartDoesNotClear) {
  sandbox_.reset();
  // What a killed judge leaves becomes our child: also a box that is about to start its program, and which
  // therefore no command line shows yet.
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const Leftovers before = count_leftovers();
  std::minstd_rand random(7);
  for (int i = 0; i < 15; ++i) {
    const std::string mark = std::to_string(800'000'000 + getpid() * 16 + i);
    const pid_t judge = fork();
    ASSERT_GE(judge, 0);
    if (judge == 0) {
      const auto own = create_linux_sandbox({.boxes = 2});
      if (!own) _exit(1);
      const std::jthread other([&] {
        for (;;) (void)(*own)->run(probe({"litter", mark}), Limits{}, {});
      });
      for (;;) (void)(*own)->run(probe({"daemon", mark}), Limits{}, {});
    }
    usleep(static_cast<useconds_t>(1000 + random() % 120'000));
    kill(judge, SIGKILL);
    EXPECT_TRUE(all_children_end()) << "killed judge " << i;
    EXPECT_TRUE(processes_with(mark).empty()) << "killed judge " << i;
    make(1);  // the next start
    EXPECT_TRUE(cgroups_of(judge).empty()) << "killed judge " << i;
    sandbox_.reset();
  }
  EXPECT_TRUE(count_when_settled(before).same_counts(before)) << to_string(before) << "\n"
                                                              << to_string(count_leftovers());
}

}  // namespace
}  // namespace eval::sandbox
