// Our own failures: every step of building and running a box fails once, and the machine runs out of
// what boxes are made of. Each must be an Error that says so, leave nothing behind, and not be the end.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "sandbox/box_steps.h"
#include "sandbox/cgroup_layout.h"
#include "sandbox/proc_files.h"
#include "tests/sandbox/leftovers.h"
#include "tests/sandbox/sandbox_fixture.h"

namespace eval::sandbox {
namespace {

using protocol::Step;

struct Fault {
  Step step = Step::None;
  bool user_namespace = false;
};

class FailingStep : public ::testing::TestWithParam<Fault> {
 protected:
  void SetUp() override {
    if (GetParam().user_namespace && geteuid() != 0) GTEST_SKIP() << "forces a rung as root only";
  }

  void make() {
    sandbox_.reset();
    LinuxSandboxOptions options;
    options.in_user_namespace = GetParam().user_namespace;
    options.failing_step = failing_;
    auto made = create_linux_sandbox(options);
    ASSERT_TRUE(made) << describe(made.error());
    sandbox_ = std::move(*made);
    // Opens what stays open: counters, the program. Its box has another view than those that fail.
    works(16, {});
  }

  // A size of its own, so that the scratch file system gets a new one.
  Result<ExecutionResult> run(int work_folder_mib,
                              std::vector<fs::path> readable = {"/usr/share"}) {
    Command command;
    command.argv = {"./probe", "exit", "5"};
    command.files.push_back({"probe", {.host_path = EVAL_PROBE_PROGRAM}, true});
    command.readable_host_paths = std::move(readable);
    Limits limits;
    limits.work_folder = Bytes::mib(static_cast<std::uint64_t>(work_folder_mib));
    return sandbox_->run(command, limits, {});
  }

  void works(int work_folder_mib, std::vector<fs::path> readable = {"/usr/share"}) {
    const auto result = run(work_folder_mib, std::move(readable));
    ASSERT_TRUE(result) << describe(result.error());
    EXPECT_EQ(result->exit_code, 5);
  }

  std::shared_ptr<std::atomic<Step>> failing_ = std::make_shared<std::atomic<Step>>(Step::None);
  std::unique_ptr<Sandbox> sandbox_;
};

TEST_P(FailingStep, IsAnErrorThatNamesItLeavesNothingAndTheNextRunWorks) {
  ASSERT_NO_FATAL_FAILURE(make());
  ASSERT_NO_FATAL_FAILURE(works(24));
  const Leftovers without_failure = count_leftovers();
  ASSERT_NO_FATAL_FAILURE(make());
  *failing_ = GetParam().step;
  const auto failed = run(20);
  ASSERT_FALSE(failed) << "the step was never taken";
  EXPECT_EQ(failed.error().code, ErrorCode::Infrastructure);
  EXPECT_NE(failed.error().what.find(step_name(GetParam().step)), std::string::npos)
      << failed.error().what;
  EXPECT_EQ(*failing_, Step::None);
  ASSERT_NO_FATAL_FAILURE(works(24));
  EXPECT_TRUE(count_when_settled(without_failure).same_counts(without_failure))
      << to_string(without_failure) << "\n"
      << to_string(count_leftovers()) << "\n"
      << descriptors_open();
}

// Not here: Request, which only a malformed message gives, and Clean, which fails between two runs.
std::vector<Fault> faults() {
  std::vector<Fault> all = {{Step::UserNamespaceMap, true}, {Step::Capabilities, true}};
  for (auto number = static_cast<std::uint32_t>(Step::ExecInit);
       number <= static_cast<std::uint32_t>(Step::Wait); ++number) {
    all.push_back({static_cast<Step>(number), false});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Steps, FailingStep, ::testing::ValuesIn(faults()),
                         [](const auto& parameter) {
                           return "Number" +
                                  std::to_string(static_cast<unsigned>(parameter.param.step));
                         });

TEST_F(SandboxTest, ABoxThatCannotBeCleanedIsThrownAwayAndNobodyNotices) {
  const auto failing = std::make_shared<std::atomic<Step>>(Step::None);
  const auto sandbox = create_linux_sandbox({.failing_step = failing});
  ASSERT_TRUE(sandbox);
  *failing = Step::Clean;
  ASSERT_TRUE((*sandbox)->run(probe({"litter"}), {}, {}));
  const auto next = (*sandbox)->run(probe({"list", "/tmp"}), {}, {});
  ASSERT_TRUE(next) << describe(next.error());
  EXPECT_EQ(*failing, Step::None);
  EXPECT_EQ(next->standard_output, "");
}

// Runs `body` in a child process and returns what it said; its limits are its own.
template <class Body>
std::string in_child(Body body) {
  int ends[2];
  if (pipe(ends) < 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    const std::string told = body();
    [[maybe_unused]] const ssize_t count = write(ends[1], told.data(), told.size());
    _exit(0);
  }
  close(ends[1]);
  std::string told;
  char buffer[4096];
  for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;) {
    told.append(buffer, static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? told : "the process died";
}

// With every number of descriptors from none to plenty: either a run works or it is an Error.
TEST_F(SandboxTest, NoDescriptorsLeftIsAnErrorAndTheNextRunWorks) {
  const Command command = probe({"exit", "5"});
  const std::string told = in_child([this, &command] {
    sandbox_.release();  // the parent's boxes are the parent's
    auto sandbox = create_linux_sandbox({});
    if (!sandbox) return describe(sandbox.error());
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t plenty = limit.rlim_cur;
    int failures = 0;
    int good = 0;
    for (rlim_t descriptors = 0; descriptors < 128; descriptors += 4) {
      limit.rlim_cur = descriptors;
      setrlimit(RLIMIT_NOFILE, &limit);
      const auto result = (*sandbox)->run(command, {}, {});
      limit.rlim_cur = plenty;
      setrlimit(RLIMIT_NOFILE, &limit);
      if (result && result->exit_code != 5) return std::string("a wrong result");
      if (!result && result.error().code == ErrorCode::BadInput) return describe(result.error());
      ++(result ? good : failures);
      const auto next = (*sandbox)->run(command, {}, {});
      if (!next || next->exit_code != 5) return std::string("the next run failed");
    }
    return std::string(failures > 0 && good > 0 ? "held" : "nothing was short");
  });
  EXPECT_EQ(told, "held");
}

TEST_F(SandboxTest, AFullWorkFolderIsAnErrorOfOursWhenInputsDoNotFit) {
  Command command = probe({"exit", "5"});
  // Inputs get room of their own, but not more inodes than a box has.
  for (int i = 0; i < 17'000; ++i) {
    command.files.push_back({"f" + std::to_string(i), {.content = ""}, false});
  }
  const auto full = sandbox_->run(command, {}, {});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().sys_errno, ENOSPC);
  EXPECT_EQ(run(probe({"exit", "5"})).exit_code, 5);
}

TEST_F(SandboxTest, NoProcessToBeHadIsAnErrorAndTheNextRunWorks) {
  if (geteuid() != 0)
    GTEST_SKIP() << "only root's limit is not looked at until it is somebody else's";
  const auto mounts = parse_cgroup_mounts(read_small_file("/proc/self/mountinfo").value_or(""),
                                          read_small_file("/proc/self/cgroup").value_or(""));
  fs::path group;
  for (const CgroupMount& mount : mounts) {
    const auto& names = mount.controllers;
    if (std::find(names.begin(), names.end(), "pids") != names.end()) group = mount.own_group;
  }
  if (group.empty()) GTEST_SKIP() << "no v1 pids controller to limit this process with";
  const fs::path own = group / ("evalctl-faults-" + std::to_string(getpid()));
  fs::create_directory(own);
  const Command command = probe({"exit", "5"});
  const std::string told = in_child([&] {
    sandbox_.release();
    std::ofstream(own / "cgroup.procs") << getpid();
    auto sandbox = create_linux_sandbox({});
    if (!sandbox) return describe(sandbox.error());
    std::ofstream(own / "pids.max") << 1;
    const auto failed = (*sandbox)->run(command, {}, {});
    std::ofstream(own / "pids.max") << "max";
    if (failed) return std::string("a run without a process");
    const auto next = (*sandbox)->run(command, {}, {});
    if (!next) return describe(next.error());
    return failed.error().sys_errno == EAGAIN ? std::string("held") : describe(failed.error());
  });
  EXPECT_EQ(told, "held");
  fs::remove(own);
}

}  // namespace
}  // namespace eval::sandbox
