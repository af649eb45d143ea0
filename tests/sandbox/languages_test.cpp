// Every language runtime and compiler that this machine has must start in a box.
#include <filesystem>

#include "tests/sandbox/sandbox_fixture.h"

namespace eval::sandbox {
namespace {

class LanguageTest : public SandboxTest {
 protected:
  static bool installed(const std::string& program) { return std::filesystem::exists(program); }

  static Command managed(std::vector<std::string> argv, std::string name, std::string source) {
    Command command;
    command.argv = std::move(argv);
    command.profile = Profile::Managed;
    command.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/tmp"}, {"LANG", "C.UTF-8"}};
    command.files.push_back({std::move(name), {.content = std::move(source)}, false});
    return command;
  }

  void expect_hello(const Command& command) {
    const ExecutionResult result = run(command);
    EXPECT_EQ(result.status, RunStatus::Exited) << run_status_name(result.status);
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    EXPECT_EQ(result.standard_output, "hello\n") << result.standard_error;
  }

  // Compiles `source` with `compiler` (which writes "program") and runs the outcome as Native.
  void expect_compiled_hello(std::vector<std::string> compiler, const std::string& name,
                             const std::string& source) {
    Command compile = managed(std::move(compiler), name, source);
    compile.profile = Profile::Compiler;
    compile.outputs = {"program"};
    const ExecutionResult compiled = run(compile);
    ASSERT_EQ(compiled.exit_code, 0) << run_status_name(compiled.status) << compiled.standard_error;
    ASSERT_TRUE(compiled.outputs.contains("program"));
    Command command;
    command.argv = {"./program"};
    command.files.push_back({"program", {.content = compiled.outputs.at("program")}, true});
    expect_hello(command);
  }
};

constexpr const char* kCpp = "#include <iostream>\nint main() { std::cout << \"hello\\n\"; }\n";

TEST_F(LanguageTest, CppCompilesAndRunsDynamicallyLinked) {
  if (!installed("/usr/bin/g++")) GTEST_SKIP() << "no /usr/bin/g++";
  expect_compiled_hello({"/usr/bin/g++", "-O1", "-o", "program", "a.cpp"}, "a.cpp", kCpp);
}

TEST_F(LanguageTest, CppCompilesAndRunsStaticallyLinked) {
  if (!installed("/usr/bin/g++")) GTEST_SKIP() << "no /usr/bin/g++";
  expect_compiled_hello({"/usr/bin/g++", "-static", "-o", "program", "a.cpp"}, "a.cpp", kCpp);
}

TEST_F(LanguageTest, RustCompilesAndRuns) {
  if (!installed("/usr/bin/rustc")) GTEST_SKIP() << "no /usr/bin/rustc";
  expect_compiled_hello({"/usr/bin/rustc", "-o", "program", "a.rs"}, "a.rs",
                        "fn main() { println!(\"hello\"); }\n");
}

TEST_F(LanguageTest, GoCompilesAndRuns) {
  if (!installed("/usr/bin/go")) GTEST_SKIP() << "no /usr/bin/go";
  Command compile =
      managed({"/usr/bin/go", "build", "-o", "program", "a.go"}, "a.go",
              "package main\nimport \"fmt\"\nfunc main() { fmt.Println(\"hello\") }\n");
  compile.profile = Profile::Compiler;
  compile.environment["GOCACHE"] = "/tmp/go";
  compile.outputs = {"program"};
  Limits limits;
  limits.cpu_time = limits.wall_time = std::chrono::milliseconds(120'000);
  const ExecutionResult compiled = run(compile, limits);
  ASSERT_EQ(compiled.exit_code, 0) << run_status_name(compiled.status) << compiled.standard_error;
  Command command;
  command.argv = {"./program"};
  command.profile = Profile::Managed;
  command.files.push_back({"program", {.content = compiled.outputs.at("program")}, true});
  expect_hello(command);
}

TEST_F(LanguageTest, PythonRuns) {
  if (!installed("/usr/bin/python3")) GTEST_SKIP() << "no /usr/bin/python3";
  expect_hello(managed({"/usr/bin/python3", "a.py"}, "a.py", "print('hello')\n"));
}

TEST_F(LanguageTest, PyPyRuns) {
  if (!installed("/usr/bin/pypy3")) GTEST_SKIP() << "no /usr/bin/pypy3";
  expect_hello(managed({"/usr/bin/pypy3", "a.py"}, "a.py", "print('hello')\n"));
}

TEST_F(LanguageTest, NodeRuns) {
  if (!installed("/usr/bin/node")) GTEST_SKIP() << "no /usr/bin/node";
  expect_hello(managed({"/usr/bin/node", "a.js"}, "a.js", "console.log('hello')\n"));
}

TEST_F(LanguageTest, JavaRunsFromSourceAndUsesThreads) {
  if (!installed("/usr/bin/java")) GTEST_SKIP() << "no /usr/bin/java";
  expect_hello(managed({"/usr/bin/java", "-Xmx256m", "Main.java"}, "Main.java",
                       "public class Main { public static void main(String[] a) throws Exception {"
                       "Thread t = new Thread(() -> System.out.println(\"hello\"));"
                       "t.start(); t.join(); } }\n"));
}

TEST_F(LanguageTest, JavaCompiles) {
  if (!installed("/usr/bin/javac")) GTEST_SKIP() << "no /usr/bin/javac";
  Command compile = managed({"/usr/bin/javac", "Main.java"}, "Main.java", "public class Main {}\n");
  compile.profile = Profile::Compiler;
  compile.outputs = {"Main.class"};
  const ExecutionResult compiled = run(compile);
  EXPECT_EQ(compiled.exit_code, 0) << compiled.standard_error;
  EXPECT_TRUE(compiled.outputs.contains("Main.class"));
}

}  // namespace
}  // namespace eval::sandbox
