// Cores, and runs that are alone.
#include <algorithm>
#include <sstream>
#include <thread>

#include "sandbox/cpu_layout.h"
#include "tests/sandbox/group_fixture.h"

namespace eval::sandbox {
namespace {

struct Span {
  long long begin = 0;
  long long end = 0;
  bool alone = false;
};

Span span_of(const ExecutionResult& run, bool alone) {
  Span span;
  span.alone = alone;
  std::istringstream(run.standard_output) >> span.begin >> span.end;
  return span;
}

// The programs' own clocks say when they ran.
TEST_F(GroupTest, NoProgramRunsBesideOneThatIsAlone) {
  make(3);
  std::vector<std::vector<Span>> spans(5);
  {
    std::vector<std::jthread> callers;
    for (std::size_t caller = 0; caller < spans.size(); ++caller) {
      callers.emplace_back([this, caller, &mine = spans[caller]] {
        Limits limits;
        limits.alone = caller >= 3;
        const GroupMember one = member({"span", "10"}, limits);
        for (int i = 0; i < 4; ++i) {
          // The first three run beside each other; of the others one is a run and one a group.
          const std::size_t programs = caller == 0 || caller == 4 ? 3 : 1;
          const GroupResult result = run_group(std::vector<GroupMember>(programs, one), {});
          for (const ExecutionResult& run : result.runs) mine.push_back(span_of(run, limits.alone));
        }
      });
    }
  }
  for (std::size_t a = 0; a < spans.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      for (const Span& one : spans[a]) {
        ASSERT_GT(one.end, one.begin);
        for (const Span& other : spans[b]) {
          const bool overlap = one.begin < other.end && other.begin < one.end;
          EXPECT_FALSE(overlap && (one.alone || other.alone)) << a << " and " << b;
        }
      }
    }
  }
}

std::string cpus_seen(const ExecutionResult& run) {
  return run.standard_output;
}

TEST_F(GroupTest, AProgramSeesTheCoreOfItsWorkerAndACompilerAll) {
  LinuxSandboxOptions options;
  const int core = allowed_cpus().back();
  options.cores = {core};
  auto made = create_linux_sandbox(options);
  ASSERT_TRUE(made) << describe(made.error());
  sandbox_ = std::move(*made);
  const std::string one = std::to_string(core) + "\n";
  EXPECT_EQ(cpus_seen(run(probe({"cpus"}))), one);
  const GroupResult group = run_group({member({"cpus"}), member({"cpus"})}, {});
  EXPECT_EQ(cpus_seen(group.runs[0]), one);
  EXPECT_EQ(cpus_seen(group.runs[1]), one);
  Command compiler = probe({"cpus"});
  compiler.profile = Profile::Compiler;
  std::string all;
  for (const int cpu : allowed_cpus()) all += std::to_string(cpu) + "\n";
  EXPECT_EQ(cpus_seen(run(compiler)), all);
}

TEST_F(GroupTest, TooManyWorkersAreNotPinnedAndTheCallerIsTold) {
  LinuxSandboxOptions options;
  std::vector<std::string> warnings;
  options.boxes = static_cast<int>(machine_cores().size()) + 1;
  options.warn = [&warnings](const std::string& text) { warnings.push_back(text); };
  auto made = create_linux_sandbox(options);
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(warnings.size(), 1U);
  sandbox_ = std::move(*made);
  const std::string seen = cpus_seen(run(probe({"cpus"})));
  EXPECT_EQ(static_cast<std::size_t>(std::count(seen.begin(), seen.end(), '\n')),
            allowed_cpus().size());
}

}  // namespace
}  // namespace eval::sandbox
