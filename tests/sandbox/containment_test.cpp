#include <sys/socket.h>
#include <sys/syscall.h>

#include "tests/sandbox/sandbox_fixture.h"

namespace eval::sandbox {
namespace {

TEST_F(SandboxTest, NothingIsLeftOfTheFilesOfTheRunBefore) {
  EXPECT_EQ(run(probe({"litter"})).exit_code, 0);
  EXPECT_EQ(left_in("/box"), "");
  EXPECT_EQ(run(probe({"list", "/tmp"})).standard_output, "");
  EXPECT_EQ(run(probe({"list", "/dev/shm"})).standard_output, "");
}

TEST_F(SandboxTest, ADaemonDiesWithTheRun) {
  EXPECT_EQ(run(probe({"daemon"})).exit_code, 0);
  EXPECT_EQ(left_in("/box"), "");
  const std::string processes = run(probe({"list", "/proc"})).standard_output;
  // Its own process; "self" and "thread-self" are links of the kernel.
  EXPECT_LE(std::count(processes.begin(), processes.end(), '\n'), 3) << processes;
}

TEST_F(SandboxTest, HostFilesOutsideTheViewAreAbsent) {
  for (const std::string path : {"/etc/shadow", "/root", "/home", EVAL_TEST_SOURCE_DIR,
                                 EVAL_PROBE_PROGRAM, "/sys", "/proc/kcore", "/dev/mem", "/var"}) {
    EXPECT_EQ(run(probe({"open", path})).standard_output, "No such file or directory\n") << path;
  }
}

TEST_F(SandboxTest, NothingOutsideTheScratchFoldersCanBeWritten) {
  for (const std::string path : {"/new", "/etc/new", "/usr/lib/new", "/dev/new"}) {
    EXPECT_EQ(run(probe({"create", path})).standard_output, "Read-only file system\n") << path;
  }
}

TEST_F(SandboxTest, HasTheDevicesItNeedsAndNoOthers) {
  const std::string devices = run(probe({"list", "/dev"})).standard_output;
  EXPECT_EQ(std::count(devices.begin(), devices.end(), '\n'), 10) << devices;
  EXPECT_EQ(run(probe({"create", "/dev/null"})).standard_output, "created\n");
  EXPECT_EQ(run(probe({"open", "/dev/urandom"})).standard_output, "opened\n");
}

TEST_F(SandboxTest, HasNoNetworkSockets) {
  for (const int family : {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG}) {
    EXPECT_EQ(run(probe({"socket", std::to_string(family)})).standard_output,
              "Address family not supported by protocol\n")
        << family;
  }
  EXPECT_EQ(run(probe({"socket", std::to_string(AF_UNIX)})).standard_output, "made\n");
}

TEST_F(SandboxTest, AForbiddenSystemCallIsNamed) {
  const ExecutionResult result = run(probe({"ptrace"}));
  EXPECT_EQ(result.status, RunStatus::ForbiddenSyscall);
  EXPECT_EQ(result.forbidden_syscall, "ptrace");
}

TEST_F(SandboxTest, AManagedProgramIsRefusedAForbiddenCallAndGoesOn) {
  Command command = probe({"ptrace"});
  command.profile = Profile::Managed;
  EXPECT_EQ(run(command).exit_code, 8);
}

TEST_F(SandboxTest, ASecondExecIsForbiddenWhereTheCommandSaysSo) {
  Command command = probe({"again"});
  EXPECT_EQ(run(command).exit_code, 3);
  command.forbid_exec = true;
  const ExecutionResult result = run(command);
  EXPECT_EQ(result.status, RunStatus::ForbiddenSyscall);
  EXPECT_EQ(result.forbidden_syscall, "execve");
}

TEST_F(SandboxTest, ACallThatNoProgramNeedsIsNamedAndOneOfTheFutureIsAbsent) {
  EXPECT_EQ(run(probe({"call", std::to_string(SYS_mbind)})).forbidden_syscall, "mbind");
  EXPECT_EQ(run(probe({"call", "600"})).exit_code, ENOSYS);
}

TEST_F(SandboxTest, CannotKillItsInit) {
  const ExecutionResult result = run(probe({"kill-all"}));
  EXPECT_EQ(result.status, RunStatus::Exited);
  EXPECT_EQ(run(probe({"exit", "5"})).exit_code, 5);
}

}  // namespace
}  // namespace eval::sandbox
