// Programs that begin as a child of a warm interpreter: one run must not be able to reach the next one
// through it, and what holds for a program that was started plainly must hold for them.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>

#include "base/files.h"
#include "sandbox/box_steps.h"
#include "tests/sandbox/sandbox_fixture.h"

namespace eval::sandbox {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Imports something, so that it shows that imports are there after the fork, and runs its input.
constexpr const char* kShim = R"(
import os, sys, json
counter = [0]
warm = os.environ.pop("EVALCTL_WARM", None)
if warm: os.fork()
counter[0] += 1
exec(compile(os.read(0, 1 << 20), "attack", "exec"))
)";

class WarmTest : public SandboxTest {
 protected:
  void SetUp() override {
    SandboxTest::SetUp();
    if (IsSkipped() || sandbox_ == nullptr) return;
    std::error_code error;
    if (!fs::exists("/usr/bin/python3", error)) GTEST_SKIP() << "there is no /usr/bin/python3";
    if (sandbox_->isolation().find("root+cgroup") != 0) {
      GTEST_SKIP() << "programs start warm only with a cgroup and users of their own";
    }
  }

  static Command python(const std::string& code) {
    Command command;
    command.argv = {"/usr/bin/python3", "-I", "-S", "-B", "-X", "utf8", "-c", kShim};
    command.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/box"}, {"LANG", "C.UTF-8"}};
    command.standard_input.content =
        "import ctypes, signal, time\nlibc = ctypes.CDLL(None)\n" + code;
    command.profile = Profile::Managed;
    command.warm_start = true;
    return command;
  }

  // What `code` prints, started warm.
  std::string warm(const std::string& code, const Limits& limits = {}) {
    const ExecutionResult result = run(python(code), limits);
    EXPECT_TRUE(result.started_warm);
    return result.standard_output + result.standard_error;
  }

  std::string attack_then(const std::string& attack, const std::string& look) {
    const std::string said = warm(attack);
    EXPECT_EQ(said.find("Traceback"), std::string::npos) << said;
    return warm(look);
  }
};

TEST_F(WarmTest, ASecondRunIsAnotherChildOfTheSameInterpreter) {
  const std::string first = warm("print(hash('seed'))");
  EXPECT_EQ(warm("print(hash('seed'))"), first);
  EXPECT_EQ(warm("print(os.getpid() != os.getppid(), 'json' in sys.modules)"), "True True\n");
}

TEST_F(WarmTest, WhatARunChangesInItsMemoryIsNotThereInTheNext) {
  EXPECT_EQ(attack_then("import builtins\nbuiltins.len = None\njson.loads = None\ncounter[0] += 5\n"
                        "os.environ['LEFT'] = '1'",
                        "print(len('abc'), json.loads('[1]'), counter[0], os.environ.get('LEFT'))"),
            "3 [1] 1 None\n");
}

TEST_F(WarmTest, NothingButTheThreeStreamsIsOpen) {
  EXPECT_EQ(warm("print(sorted(int(n) for n in os.listdir('/proc/self/fd')))"), "[0, 1, 2, 3]\n");
  EXPECT_EQ(
      warm("for fd in range(3, 1024):\n  try: os.fstat(fd); print(fd)\n  except OSError: pass"),
      "");
}

TEST_F(WarmTest, TheEnvironmentIsThatOfTheCommandAlone) {
  EXPECT_EQ(warm("print(sorted(os.environ))"), "['HOME', 'LANG', 'PATH']\n");
  EXPECT_EQ(warm("print(os.path.exists('/proc/%d' % os.getppid()))"), "False\n");
}

TEST_F(WarmTest, ARunIsTheBoxsUserWithoutRights) {
  const std::string said = warm(
      "print(len(set(os.getresuid() + os.getresgid())), os.getuid() != 0, os.getgroups())\n"
      "lines = open('/proc/self/status').read().split('\\n')\n"
      "print([l for l in lines if l.startswith(('Cap', 'NoNewPrivs', 'Seccomp:'))])");
  EXPECT_EQ(said,
            "1 True []\n['CapInh:\\t0000000000000000', 'CapPrm:\\t0000000000000000', "
            "'CapEff:\\t0000000000000000', 'CapBnd:\\t0000000000000000', "
            "'CapAmb:\\t0000000000000000', 'NoNewPrivs:\\t1', 'Seccomp:\\t2']\n");
}

TEST_F(WarmTest, ItCannotSignalTraceReadSlowOrLimitTheInterpreterItCameFrom) {
  const std::string attack = R"(
parent = os.getppid()
def refused(call):
    try: call()
    except OSError as error: return True
    return False
print(all(refused(lambda: os.kill(parent, n)) for n in (0, signal.SIGKILL, signal.SIGSTOP)))
print(refused(lambda: open('/proc/%d/mem' % parent, 'r+b')), refused(lambda: os.listdir('/proc/%d/fd' % parent)))
print(libc.ptrace(16, parent, 0, 0), libc.ptrace(0x4206, parent, 0, 0))
print(refused(lambda: os.setpriority(os.PRIO_PROCESS, parent, 19)), refused(lambda: os.sched_setaffinity(parent, [0])))
import resource
print(refused(lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE, (3, 3))))
)";
  EXPECT_EQ(warm(attack), "True\nTrue True\n-1 -1\nTrue True\nTrue\n");
  EXPECT_EQ(warm("print('alive')"), "alive\n");
}

TEST_F(WarmTest, KillingEverythingKillsNothingButItself) {
  const ExecutionResult killed =
      run(python("os.kill(-1, signal.SIGKILL)\nos.kill(0, signal.SIGKILL)"));
  EXPECT_EQ(killed.status, RunStatus::Signalled);
  EXPECT_EQ(killed.signal, SIGKILL);
  EXPECT_EQ(warm("print('alive')"), "alive\n");
}

TEST_F(WarmTest, ProcessesThatARunLeavesAreGoneBeforeTheNext) {
  const std::string attack = R"(
for i in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True:
                try: open('/tmp/alive%d' % os.getpid(), 'w').write('x')
                except OSError: pass
                time.sleep(0.001)
        os._exit(0)
time.sleep(0.05)
os._exit(0)
)";
  EXPECT_EQ(
      attack_then(attack,
                  "time.sleep(0.05)\nprint(os.listdir('/tmp'), os.listdir('/box'), "
                  "[p for p in os.listdir('/proc') if p.isdigit() and int(p) != os.getpid()])"),
      "[] [] []\n");
}

TEST_F(WarmTest, FilesThatARunLeavesAreGone) {
  EXPECT_EQ(
      attack_then("for f in ('/tmp', '/box', '/dev/shm'): open(f + '/json.py', 'w').write('x')",
                  "print([os.listdir(f) for f in ('/tmp', '/box', '/dev/shm')])"),
      "[[], [], []]\n");
}

TEST_F(WarmTest, LimitsAreThoseOfTheRun) {
  run(python("pass"));  // so that no limit meets the start
  Limits limits;
  limits.cpu_time = milliseconds(100);
  ExecutionResult result = run(python("while True: pass"), limits);
  EXPECT_EQ(result.status, RunStatus::CpuTimeLimit);
  EXPECT_LT(result.cpu_time, milliseconds(2000));
  limits = {};
  limits.wall_time = milliseconds(100);
  EXPECT_EQ(run(python("time.sleep(60)"), limits).status, RunStatus::WallTimeLimit);
  limits = {};
  limits.memory = Bytes::mib(64);
  EXPECT_EQ(
      run(python("x = bytearray(200 << 20)\nx[::4096] = b'1' * len(x[::4096])"), limits).status,
      RunStatus::MemoryLimit);
  limits = {};
  limits.standard_output = Bytes::kib(64);
  EXPECT_EQ(run(python("while True: print('x' * 1000)"), limits).status, RunStatus::OutputLimit);
  EXPECT_EQ(warm("print('alive')"), "alive\n");
}

TEST_F(WarmTest, AForkBombIsHeldByTheLimitOfProcesses) {
  Limits limits;
  limits.processes = 8;
  const ExecutionResult bomb = run(python(R"(
made = 0
try:
    for i in range(50):
        if os.fork() == 0: time.sleep(60)
        made += 1
except OSError: pass
print(made < 8)
)"),
                                   limits);
  EXPECT_EQ(bomb.standard_output, "True\n");
  EXPECT_EQ(warm("print('alive')"), "alive\n");
}

TEST_F(WarmTest, CpuTimeAndExitCodeAreThoseOfTheRun) {
  run(python("pass"));
  const ExecutionResult result =
      run(python("end = time.process_time() + 0.15\nwhile time.process_time() < end: pass\n"
                 "os._exit(7)"));
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_GE(result.cpu_time, milliseconds(140));
  // A run that does little has not the interpreter's start in its time, and its own clock begins with it. On a busy
  // machine a page costs many times the usual now and then, but not every time.
  microseconds least = microseconds::max();
  for (int i = 0; i < 10; ++i) {
    const ExecutionResult idle = run(python("print(int(1e6 * time.process_time()))"));
    EXPECT_LE(std::atoll(idle.standard_output.c_str()), idle.cpu_time.count());
    least = std::min(least, idle.cpu_time);
  }
  EXPECT_LT(least, result.cpu_time);
}

std::string parent_of(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string word; status >> word;) {
    if (word == "PPid:" && status >> word) return word;
  }
  return {};
}

TEST_F(WarmTest, AnInterpreterThatDiedIsStartedAnew) {
  const std::string seed = warm("print(hash('seed'))");
  // The child of our box's init that has our shim for its argument. Not one of another test's box.
  int killed = 0;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "cmdline");
    const std::string line((std::istreambuf_iterator<char>(file)), {});
    std::ifstream status(entry.path() / "environ");
    const std::string environment((std::istreambuf_iterator<char>(status)), {});
    if (line.find("compile(os.read(0, 1 << 20)") == std::string::npos) continue;
    if (environment.find("EVALCTL_WARM") == std::string::npos) continue;
    if (parent_of(parent_of(name)) != std::to_string(getpid())) continue;
    if (kill(std::stoi(name), SIGKILL) == 0) ++killed;
  }
  EXPECT_GE(killed, 1);
  EXPECT_NE(warm("print(hash('seed'))"), seed);
}

TEST_F(WarmTest, EachStepThatFailsIsAnErrorThatNamesItAndTheNextRunWorks) {
  using protocol::Step;
  const auto failing = std::make_shared<std::atomic<Step>>(Step::None);
  LinuxSandboxOptions options;
  options.failing_step = failing;
  sandbox_ = std::move(*create_linux_sandbox(options));
  for (const Step step : {Step::Clone, Step::JoinCgroup, Step::ResourceLimits, Step::Affinity,
                          Step::SetUser, Step::ChangeDirectory, Step::NoNewPrivileges,
                          Step::Seccomp, Step::CloseDescriptors, Step::Redirect}) {
    EXPECT_EQ(warm("print(1)"), "1\n");
    *failing = step;
    const auto failed = sandbox_->run(python("print(2)"), Limits{}, {});
    ASSERT_FALSE(failed) << step_name(step);
    EXPECT_NE(failed.error().what.find(step_name(step)), std::string::npos) << failed.error().what;
  }
  EXPECT_EQ(warm("print(3)"), "3\n");
}

TEST_F(WarmTest, AProgramThatNeverForksIsStartedPlainly) {
  Command command = python("");
  command.argv.back() = "import os; print(os.environ.get('EVALCTL_WARM'))";
  const ExecutionResult result = run(command);
  EXPECT_FALSE(result.started_warm);
  EXPECT_EQ(result.standard_output, "None\n");
}

TEST_F(WarmTest, APlainRunMeetsNoOtherProcessAndLeavesTheInterpreterAlone) {
  const std::string seed = warm("print(hash('seed'))");
  Command plain = python("print(os.getppid(), os.getpid(), os.environ.get('EVALCTL_WARM'))");
  plain.warm_start = false;
  const ExecutionResult result = run(plain);
  EXPECT_FALSE(result.started_warm);
  EXPECT_EQ(result.standard_output, "1 2 None\n");
  EXPECT_EQ(warm("print(hash('seed'))"), seed);
}

TEST_F(WarmTest, TwoInterpretersStayWhenRunsOfBothTakeTurns) {
  Command other = python("print(hash('seed'))");
  other.argv.insert(other.argv.begin() + 1, "-E");
  const std::string seeds = warm("print(hash('seed'))") + run(other).standard_output;
  EXPECT_EQ(warm("print(hash('seed'))") + run(other).standard_output, seeds);
}

}  // namespace
}  // namespace eval::sandbox
