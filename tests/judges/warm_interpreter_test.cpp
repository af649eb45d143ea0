// Programs in an interpreter that has started before them, held against the same programs in one that was
// started for them with `python3 FILE`: what they print, how they end, and what they tell of an error.
#include "judges/steps/warm_interpreter.h"

#include <gtest/gtest.h>

#include <memory>
#include <regex>
#include <string>

#include "judges/language.h"
#include "sandbox/linux_sandbox.h"

namespace eval::judges {
namespace {

class WarmInterpreterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = sandbox::create_linux_sandbox({.boxes = 1, .cores = {}});
    if (!created) GTEST_SKIP() << "no box here: " << describe(created.error());
    sandbox_ = std::move(*created);
  }

  static sandbox::Command command(const std::string& interpreter, const std::string& code) {
    sandbox::Command command;
    const auto program = find_system_program(interpreter);
    command.argv = {program ? program->string() : "", "program.py"};
    command.environment = sandbox::box_environment();
    command.files = {{"program.py", {{}, code}, false}};
    command.standard_input.content = "one\ntwo\n3";
    command.profile = sandbox::Profile::Managed;
    return command;
  }

  sandbox::ExecutionResult run(const sandbox::Command& command) {
    auto result = sandbox_->run(command, {}, {});
    if (result) return std::move(*result);
    ADD_FAILURE() << describe(result.error());
    return {};
  }

  // Addresses of objects differ from run to run.
  static std::string without_addresses(const std::string& text) {
    return std::regex_replace(text, std::regex("0x[0-9a-f]+"), "0x");
  }

  sandbox::ExecutionResult run_warm(sandbox::Command command) {
    begin_warm(command);
    return run(command);
  }

  void expect_the_same(const std::string& code) {
    SCOPED_TRACE(code);
    const auto plain = run(command("python3", code));
    const auto warm = run_warm(command("python3", code));
    EXPECT_EQ(without_addresses(warm.standard_output), without_addresses(plain.standard_output));
    EXPECT_EQ(without_addresses(warm.standard_error), without_addresses(plain.standard_error));
    EXPECT_EQ(sandbox::run_status_name(warm.status), sandbox::run_status_name(plain.status));
    EXPECT_EQ(warm.exit_code, plain.exit_code);
    EXPECT_EQ(warm.signal, plain.signal);
  }

  std::unique_ptr<sandbox::Sandbox> sandbox_;
};

TEST_F(WarmInterpreterTest, EndsAreTheSame) {
  for (const char* code :
       {"raise SystemExit(3)",
        "raise SystemExit('why')",
        "raise SystemExit((1, 2))",
        "raise SystemExit(-1)",
        "raise SystemExit(True)",
        "import sys; sys.exit()",
        "exit(4)",
        "quit()",
        "1/0",
        "def f(:",
        "print(1)\n  print(2)",
        "raise KeyboardInterrupt",
        "import os; os._exit(5)",
        "import os; print('lost'); os._exit(0)",
        "import signal; signal.raise_signal(signal.SIGTERM)",
        "import sys; sys.stdout.close()",
        "import sys; sys.stdout = None",
        "import sys; del sys.stdout",
        "import os; print(5); os.close(1)",
        "import sys; sys.excepthook = lambda *error: print('hook', error[0]); 1/0",
        "import os, gc, atexit\nos._exit = gc.collect = atexit._run_exitfuncs = None; print(6)",
        "def f(): f()\nf()",
        "try: 1/0\nexcept Exception as e: raise ValueError('second') from e"}) {
    expect_the_same(code);
  }
}

TEST_F(WarmInterpreterTest, WhatHappensAtTheEndHappensInTheSameOrder) {
  for (const char* code :
       {"import atexit\natexit.register(print, 'last')\n@atexit.register\ndef f(): print('first'); "
        "1/0",
        "import atexit\natexit.register(lambda: print('__file__' in globals(), __name__))",
        "import threading, time\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), "
        "print('thread'))).start()\nprint('main')",
        "import threading\ntimer = threading.Timer(5, print)\ntimer.daemon = True\ntimer.start()",
        "class A:\n  def __del__(self): print('gone', self.n)\na = A(); a.n = 1\nb = A(); b.n = b",
        "class A:\n  def __del__(self): print('gone', other)\na = A(); other = [5]; a.me = a",
        "def g():\n  try: yield\n  finally: print('closed')\nh = g(); next(h)",
        "import os\nif os.fork() == 0: print('child')\nelse: os.wait(); print('parent')"}) {
    expect_the_same(code);
  }
}

TEST_F(WarmInterpreterTest, ProgramsSeeThemselvesAsIfStartedPlainly) {
  for (const char* code :
       {"import sys\nprint(__name__, __file__, __doc__, __spec__, __package__, __builtins__, "
        "__loader__.name)\n"
        "print(sys.path, sorted(globals()), sys.modules['__main__'].__dict__ is globals())",
        "'says what'\nprint(__doc__)", "x: int = 3\nprint(__annotations__)",
        "from __future__ import annotations\nx: y = 3\nprint(__annotations__)",
        "# -*- coding: latin-1 -*-\nprint('\xe9')", "\xef\xbb\xbfprint('mark')",
        "print(open(__file__).read())", "import os\nprint(sorted(os.environ.items()), os.getcwd())",
        "import sys\nprint(sys.flags, sys.stdin.encoding, sys.stdout.errors, "
        "sys.stdout.line_buffering)",
        "import pickle\nclass P: pass\nprint(type(pickle.loads(pickle.dumps(P()))) is P)",
        "import inspect\ndef f(): return inspect.getsource(f)\nprint(f())",
        "import os\nprint(sorted(int(fd) for fd in os.listdir('/proc/self/fd')))"}) {
    expect_the_same(code);
  }
}

TEST_F(WarmInterpreterTest, RecursionGoesAsDeep) {
  expect_the_same(
      "deepest = 0\n"
      "def f(n):\n  global deepest; deepest = n; f(n + 1)\n"
      "try: f(1)\nexcept RecursionError as error: print(error)\nprint(deepest)\n"
      "def g(n):\n  global deepest; deepest = n; sorted([1], key=lambda _: g(n + 1))\n"
      // 3.12 counts calls from C by themselves, to a limit that nothing can raise by our one.
      "import sys\nif sys.version_info[:2] == (3, 12): raise SystemExit\n"
      "try: g(1)\nexcept RecursionError as error: print(error)\nprint(deepest)\n");
  expect_the_same(
      "import sys; sys.setrecursionlimit(1 << 20)\ndef f(n): return n and f(n - 1) + "
      "1\nprint(f(100000))");
}

TEST_F(WarmInterpreterTest, InputComesAsItDoesPlainly) {
  for (const char* code :
       {"print(input(), input(), input())\ninput()",
        "import sys\nfor line in sys.stdin: print(repr(line))",
        "import sys\nprint(sys.stdin.readline(), sys.stdin.read())",
        "import sys\nprint(sys.stdin.buffer.read())", "import os\nprint(os.read(0, 5), input())",
        "print(open(0).read())", "print(open('/dev/stdin').read())",
        "import fileinput\nfor line in fileinput.input(): print(line)",
        "import sys\nprint(sys.stdin.seekable(), sys.stdin.isatty(), sys.stdin.fileno(), "
        "sys.stdin.name)"}) {
    expect_the_same(code);
  }
}

TEST_F(WarmInterpreterTest, AModuleThatWasThereKeepsNothingOfAnotherRun) {
  const auto spoil = run_warm(command(
      "python3",
      "import heapq, random\nheapq.heappush = None\nrandom.seed(7)\nprint(random.random())"));
  EXPECT_EQ(spoil.exit_code, 0) << spoil.standard_error;
  const std::string look =
      "import heapq, random\nh = []\nheapq.heappush(h, 1)\nprint(h, random.random())";
  const auto first = run_warm(command("python3", look));
  const auto second = run_warm(command("python3", look));
  EXPECT_TRUE(first.standard_output.starts_with("[1] ")) << first.standard_error;
  EXPECT_NE(first.standard_output, second.standard_output);
}

TEST_F(WarmInterpreterTest, PyPyRunsProgramsToo) {
  if (!find_system_program("pypy3")) GTEST_SKIP() << "pypy3 is not installed";
  const auto right = run_warm(command("pypy3", "import sys\nprint(input(), sys.argv)"));
  EXPECT_EQ(right.standard_output, "one ['program.py']\n") << right.standard_error;
  EXPECT_EQ(run_warm(command("pypy3", "print(1); raise SystemExit(3)")).exit_code, 3);
  EXPECT_EQ(run_warm(command("pypy3", "print(1); 1/0")).exit_code, 1);
}

TEST_F(WarmInterpreterTest, ItIsWarmWhereTheSandboxCanStartSo) {
  if (sandbox_->isolation().find("root+cgroup") != 0) {
    GTEST_SKIP() << "programs start warm only with a cgroup and users of their own";
  }
  EXPECT_TRUE(run_warm(command("python3", "print(1)")).started_warm);
  const std::string seed = "print(hash('seed'))";
  const std::string said = run_warm(command("python3", seed)).standard_output;
  // What runs in between, plainly or in another runtime, leaves this one alone.
  run(command("python3", "print(2)"));
  if (find_system_program("pypy3")) run_warm(command("pypy3", "print(3)"));
  EXPECT_EQ(run_warm(command("python3", seed)).standard_output, said);
}

}  // namespace
}  // namespace eval::judges
