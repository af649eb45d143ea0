// The filters as programs: run here by an interpreter of our own for every number and the arguments that
// matter, and compared with the table that they were made from.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "sandbox/seccomp_filter.h"

namespace eval::sandbox {
namespace {

constexpr std::uint32_t kForbiddenToNative = SECCOMP_RET_USER_NOTIF;
constexpr std::uint32_t kRefused = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t kAbsent = SECCOMP_RET_ERRNO | ENOSYS;

struct Call {
  int number = 0;
  std::array<std::uint64_t, 6> arguments = {};
  std::uint32_t architecture = seccomp_arch_native();
};

// What the kernel's interpreter gives; only the instructions that filters here are made of.
std::uint32_t answer_of(const SeccompProgram& program, const Call& call) {
  seccomp_data data{};
  data.nr = call.number;
  data.arch = call.architecture;
  std::copy(call.arguments.begin(), call.arguments.end(), data.args);
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < program.instructions.size(); ++at) {
    sock_filter step{};
    std::memcpy(&step, &program.instructions[at], sizeof step);
    const auto jump = [&](bool yes) { at += yes ? step.jt : step.jf; };
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k, 4);
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        jump(accumulator >= step.k);
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        jump(accumulator == step.k);
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        jump((accumulator & step.k) != 0);
        break;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        ADD_FAILURE() << "instruction " << step.code;
        return 0;
    }
  }
  ADD_FAILURE() << "the program runs off its end";
  return 0;
}

int number_of(const char* name) {
  return seccomp_syscall_resolve_name(name);
}

SeccompProgram program_of(Profile profile, bool one_exec = false) {
  auto filter = build_seccomp_filter(profile, true, one_exec);
  EXPECT_TRUE(filter);
  return filter ? filter->program : SeccompProgram{};
}

std::uint32_t plain_answer(CallRule rule) {
  switch (rule) {
    case CallRule::Absent:
      return kAbsent;
    case CallRule::Refused:
      return kRefused;
    case CallRule::Notify:
      return SECCOMP_RET_USER_NOTIF;
    case CallRule::Kill:
      return SECCOMP_RET_KILL_PROCESS;
    case CallRule::LocalSockets:
      return SECCOMP_RET_ERRNO | EAFNOSUPPORT;
    case CallRule::Allow:
    case CallRule::NoNamespaces:
    case CallRule::OwnLimits:
    case CallRule::NoTerminalInput:
    case CallRule::NoLocks:
    case CallRule::KeepsChildren:
    case CallRule::FirstExecOnly:
    case CallRule::FirstExecOnlyAt:
      break;
  }
  return SECCOMP_RET_ALLOW;
}

class SeccompProfile : public ::testing::TestWithParam<Profile> {};

// With all arguments 0: no flags of clone, the own process, and a socket of no family.
TEST_P(SeccompProfile, SaysToEveryNumberWhatItsTableSays) {
  const CallTable table = calls_of(GetParam(), true, false);
  const SeccompProgram program = program_of(GetParam());
  for (int number = 0; number < 2000; ++number) {
    const auto rule = table.rules.find(number);
    EXPECT_EQ(answer_of(program, {.number = number}),
              plain_answer(rule == table.rules.end() ? table.otherwise : rule->second))
        << syscall_name(number);
  }
}

TEST_P(SeccompProfile, NeverAllowsWhatLeadsOut) {
  const SeccompProgram program = program_of(GetParam());
  for (const char* name :
       {"io_uring_setup",   "bpf",    "perf_event_open", "keyctl",     "add_key",
        "userfaultfd",      "mount",  "fsopen",          "move_mount", "open_tree",
        "pivot_root",       "chroot", "unshare",         "setns",      "ptrace",
        "process_vm_readv", "clone3", "init_module",     "kexec_load", "reboot",
        "open_by_handle_at"}) {
    EXPECT_NE(answer_of(program, {.number = number_of(name)}), SECCOMP_RET_ALLOW) << name;
  }
}

TEST_P(SeccompProfile, KillsCallsOfOtherTables) {
  const SeccompProgram program = program_of(GetParam());
  EXPECT_EQ(answer_of(program, {.number = 20, .architecture = AUDIT_ARCH_I386}),
            SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(answer_of(program, {.number = 0x40000000 + 39}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(answer_of(program, {.number = -1}), SECCOMP_RET_KILL_PROCESS);
}

TEST_P(SeccompProfile, LooksAtTheArgumentsThatMatter) {
  const SeccompProgram program = program_of(GetParam());
  const int clone = number_of("clone");
  EXPECT_EQ(answer_of(program, {clone, {CLONE_VM | CLONE_THREAD}}), SECCOMP_RET_ALLOW);
  for (const std::uint64_t flag : {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                   CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET}) {
    EXPECT_NE(answer_of(program, {clone, {flag | CLONE_VM}}), SECCOMP_RET_ALLOW) << flag;
  }
  const int socket = number_of("socket");
  EXPECT_EQ(answer_of(program, {socket, {AF_UNIX}}), SECCOMP_RET_ALLOW);
  EXPECT_NE(answer_of(program, {socket, {AF_INET}}), SECCOMP_RET_ALLOW);
  EXPECT_NE(answer_of(program, {socket, {AF_PACKET}}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer_of(program, {number_of("prlimit64"), {7}}), kRefused);
  EXPECT_EQ(answer_of(program, {number_of("ioctl"), {0, TIOCSTI}}), kRefused);
  // The kernel looks at the low half only, and so must we.
  EXPECT_EQ(answer_of(program, {number_of("ioctl"), {0, TIOCLINUX | 1ULL << 32}}), kRefused);
  EXPECT_EQ(answer_of(program, {number_of("ioctl"), {0, TCGETS}}), SECCOMP_RET_ALLOW);
}

TEST_P(SeccompProfile, OneExecIsTheOneThatShowsTheKey) {
  SeccompProgram program = program_of(GetParam(), true);
  const std::uint64_t key = 0x0123456789abcdefULL;
  set_exec_key(program, key);
  const int execve = number_of("execve");
  EXPECT_EQ(answer_of(program, {execve, {1, 2, 3, 0, key}}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer_of(program, {number_of("execveat"), {1, 2, 3, 4, 5, key}}), SECCOMP_RET_ALLOW);
  for (const std::uint64_t wrong : {std::uint64_t{0}, key ^ 1, key ^ std::uint64_t{1} << 63}) {
    EXPECT_NE(answer_of(program, {execve, {1, 2, 3, 0, wrong}}), SECCOMP_RET_ALLOW) << wrong;
  }
}

INSTANTIATE_TEST_SUITE_P(Profiles, SeccompProfile,
                         ::testing::Values(Profile::Native, Profile::Managed, Profile::Compiler,
                                           Profile::Image));

TEST(SeccompFilters, AreShortBecauseLoadingThemIsPaidByEveryRun) {
  EXPECT_LT(program_of(Profile::Native).instructions.size(), 150u);
}

TEST(SeccompFilters, NativeNamesWhatItForbidsAndOthersGoOn) {
  EXPECT_EQ(answer_of(program_of(Profile::Native), {.number = number_of("mbind")}),
            kForbiddenToNative);
  EXPECT_EQ(answer_of(program_of(Profile::Managed), {.number = number_of("ptrace")}), kRefused);
}

TEST(SeccompFilters, LocksAreForRuntimesOnly) {
  const int fcntl_call = number_of("fcntl");
  const SeccompProgram native = program_of(Profile::Native);
  for (const std::uint64_t command : {F_SETLK, F_SETLKW, F_OFD_SETLK, F_SETLEASE, F_NOTIFY}) {
    EXPECT_EQ(answer_of(native, {fcntl_call, {3, command}}), kRefused) << command;
    EXPECT_EQ(answer_of(program_of(Profile::Managed), {fcntl_call, {3, command}}),
              SECCOMP_RET_ALLOW);
  }
  EXPECT_EQ(answer_of(native, {fcntl_call, {3, F_GETFL}}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer_of(native, {.number = number_of("flock")}), kRefused);
}

TEST(SeccompFilters, MemoryThatNobodyCountsCannotBeMade) {
  const auto filter = build_seccomp_filter(Profile::Native, false, false);
  ASSERT_TRUE(filter);
  EXPECT_EQ(answer_of(filter->program, {.number = number_of("memfd_create")}), kAbsent);
}

TEST(SeccompFilters, WithoutACgroupAProgramCannotHaveItsChildrenForgotten) {
  const int sigaction_call = number_of("rt_sigaction");
  const std::uint64_t action = 0x7ffd12340000ULL;
  constexpr std::uint32_t kTakenAndIgnored = SECCOMP_RET_ERRNO | 0;
  const auto polled = build_seccomp_filter(Profile::Native, false, false);
  ASSERT_TRUE(polled);
  const SeccompProgram& program = polled->program;
  EXPECT_EQ(answer_of(program, {sigaction_call, {SIGCHLD, action}}), kTakenAndIgnored);
  EXPECT_EQ(answer_of(program, {sigaction_call, {SIGCHLD, action << 20}}), kTakenAndIgnored);
  EXPECT_EQ(answer_of(program, {sigaction_call, {SIGCHLD, 1ULL << 40}}), kTakenAndIgnored);
  EXPECT_EQ(answer_of(program, {sigaction_call, {SIGCHLD, 0, action}}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer_of(program, {sigaction_call, {SIGINT, action}}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer_of(program_of(Profile::Native), {sigaction_call, {SIGCHLD, action}}),
            SECCOMP_RET_ALLOW);
  const auto managed = build_seccomp_filter(Profile::Managed, false, false);
  ASSERT_TRUE(managed);
  EXPECT_EQ(answer_of(managed->program, {sigaction_call, {SIGCHLD, action}}), SECCOMP_RET_ALLOW);
}

}  // namespace
}  // namespace eval::sandbox
