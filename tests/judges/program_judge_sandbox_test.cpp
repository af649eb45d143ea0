// The program judge with real compilers in real boxes.
#include <gtest/gtest.h>

#include <fstream>

#include "judges/program_judge.h"
#include "sandbox/linux_sandbox.h"

namespace eval::judges {
namespace {

using problems::Problem;
using problems::ProgramTask;
using problems::Testcase;

// "Read n, print n + 1", two testcases.
class BoxedJudge : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto created = sandbox::create_linux_sandbox({.boxes = 1, .cores = {}});
    if (created)
      sandbox_ = std::move(*created);
    else
      why_not_ = describe(created.error());
  }
  static void TearDownTestSuite() { sandbox_.reset(); }

  void SetUp() override {
    if (sandbox_ == nullptr) GTEST_SKIP() << "no box here: " << why_not_;
    auto folder = TempDir::create("judge-box-test-");
    ASSERT_TRUE(folder.has_value());
    folder_ = std::move(*folder);
    judge_ = make_program_judge(*sandbox_, Languages::built_in(), {});
    problem_.id = "test/successor";
    ProgramTask task;
    task.limits.cpu_time = std::chrono::milliseconds(2000);
    task.limits.memory = Bytes::mib(256);
    task.limits.output = Bytes::mib(1);
    task.root.name = "data";
    for (std::size_t i = 0; i < 2; ++i) {
      Testcase testcase;
      testcase.name = "secret/" + std::to_string(i);
      testcase.input.path = write(testcase.name + ".in", std::to_string(i) + "\n");
      testcase.answer.path = write(testcase.name + ".ans", std::to_string(i + 1) + "\n");
      task.testcases.push_back(testcase);
      task.root.order.push_back({false, i});
    }
    problem_.task = task;
  }

  ProgramTask& task() { return std::get<ProgramTask>(problem_.task); }

  fs::path write(const std::string& name, const std::string& content) {
    const fs::path path = folder_->path() / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << content;
    return path;
  }

  // Judges `code`; skips the test where the language is not installed.
  Judgement judge(const std::string& language, const std::string& file, const std::string& code) {
    const auto judgement =
        judge_->judge(problem_, SourceProgram{language, {{file, code}}, std::nullopt}, {});
    if (judgement) return *judgement;
    ADD_FAILURE() << describe(judgement.error());
    return {};
  }

  static bool installed(const std::string& language) {
    return find_system_program(Languages::built_in().find(language)->program).has_value();
  }

  static inline std::unique_ptr<sandbox::Sandbox> sandbox_;
  static inline std::string why_not_;
  std::optional<TempDir> folder_;
  Problem problem_;
  std::unique_ptr<Judge> judge_;
};

struct Sample {
  const char* language;
  const char* file;
  const char* code;
};

// The test's name in lists.
void PrintTo(const Sample& sample, std::ostream* out) {
  *out << sample.language;
}

class EveryLanguage : public BoxedJudge, public ::testing::WithParamInterface<Sample> {};

TEST_P(EveryLanguage, CompilesRunsAndIsAccepted) {
  const Sample& sample = GetParam();
  if (!installed(sample.language)) GTEST_SKIP() << sample.language << " is not installed";
  const Judgement judgement = judge(sample.language, sample.file, sample.code);
  EXPECT_EQ(judgement.verdict, Verdict::AC)
      << judgement.compile_log << judgement.detail
      << (judgement.tests.empty() ? "" : judgement.tests[0].standard_error);
}

constexpr const char* kCpp =
    "#include <bits/stdc++.h>\n"
    "int main() { int n; std::cin >> n; std::cout << n + 1; }";

INSTANTIATE_TEST_SUITE_P(
    Languages, EveryLanguage,
    ::testing::Values(
        Sample{
            "c", "a.c",
            "#include <stdio.h>\nint main(){int n;scanf(\"%d\",&n);printf(\"%d\",n+1);return 0;}"},
        Sample{"cpp17", "a.cpp", kCpp}, Sample{"cpp20", "a.cpp", kCpp},
        Sample{"cpp23", "a.cpp", kCpp}, Sample{"python3", "a.py", "print(int(input()) + 1)"},
        Sample{"pypy3", "a.py", "print(int(input()) + 1)"},
        Sample{"java", "solution.java",
               "import java.util.*;\npublic class Main { public static void main(String[] a) {\n"
               "System.out.println(new Scanner(System.in).nextInt() + 1); } }"},
        Sample{
            "rust", "a.rs",
            "fn main() { let mut s = String::new(); std::io::stdin().read_line(&mut s).unwrap();\n"
            "println!(\"{}\", s.trim().parse::<i32>().unwrap() + 1); }"},
        Sample{"go", "a.go",
               "package main\nimport \"fmt\"\nfunc main() { var n int; fmt.Scan(&n); "
               "fmt.Println(n + 1) }"},
        Sample{"javascript", "a.js",
               "console.log(Number(require('fs').readFileSync(0, 'utf8')) + 1)"},
        Sample{"kotlin", "a.kt", "fun main() { println(readLine()!!.toInt() + 1) }"}),
    [](const auto& tested) { return std::string(tested.param.language); });

TEST_F(BoxedJudge, TellsTheVerdictsOfCApart) {
  if (!installed("c")) GTEST_SKIP() << "gcc is not installed";
  const auto verdict = [&](const std::string& body) {
    return judge(
               "c", "a.c",
               "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n"
               "int main() { " +
                   body + " return 0; }")
        .verdict;
  };
  // Page faults are slow on a loaded machine; the limits leave room between MLE and TLE.
  task().limits.cpu_time = std::chrono::milliseconds(1000);
  task().limits.memory = Bytes::mib(32);
  EXPECT_EQ(verdict("printf(\"7\");"), Verdict::WA);
  EXPECT_EQ(verdict("for (volatile long i = 0;; ++i) {}"), Verdict::TLE);
  EXPECT_EQ(verdict("for (;;) puts(\"0123456789012345678901234567890123456789\");"), Verdict::OLE);
  EXPECT_EQ(verdict("printf(\"1\"); fflush(stdout); abort();"), Verdict::RE);
  EXPECT_EQ(verdict("printf(\"1\"); return 42;"), Verdict::RE);
  EXPECT_EQ(verdict("for (;;) { char* p = malloc(1 << 20); memset(p, 1, 1 << 20); }"),
            Verdict::MLE);
  EXPECT_EQ(verdict("this is no C"), Verdict::CE);
}

TEST_F(BoxedJudge, CallsAnIdlingProgramTooSlow) {
  task().limits.cpu_time = std::chrono::milliseconds(100);
  const Judgement judgement = judge("python3", "a.py", "import time\ntime.sleep(60)");
  EXPECT_EQ(judgement.verdict, Verdict::TLE);
  EXPECT_EQ(judgement.tests[0].run_status, "wall_time_limit");
}

TEST_F(BoxedJudge, CallsAPythonSyntaxErrorACompileError) {
  const Judgement judgement = judge("python3", "a.py", "print(1");
  EXPECT_EQ(judgement.verdict, Verdict::CE);
  EXPECT_NE(judgement.compile_log.find("SyntaxError"), std::string::npos) << judgement.compile_log;
}

TEST_F(BoxedJudge, RunsAPythonPackageOfSeveralFiles) {
  const SourceProgram program{"python3",
                              {{"main.py", "import helper\nprint(helper.next(int(input())))"},
                               {"helper.py", "def next(n): return n + 1"}},
                              std::nullopt};
  const auto judgement = judge_->judge(problem_, program, {});
  ASSERT_TRUE(judgement.has_value()) << describe(judgement.error());
  EXPECT_EQ(judgement->verdict, Verdict::AC) << judgement->tests[0].standard_error;
}

TEST_F(BoxedJudge, HidesTheAnswerFromTheSubmission) {
  const std::string answer = task().testcases[0].answer.path.string();
  const Judgement judgement = judge("python3", "a.py", "print(open('" + answer + "').read())");
  EXPECT_EQ(judgement.verdict, Verdict::RE);
  EXPECT_NE(judgement.tests[0].standard_error.find("FileNotFoundError"), std::string::npos)
      << judgement.tests[0].standard_error;
}

// Accepts n + 1 written in any base that Python reads, and explains what it rejects.
constexpr const char* kChecker = R"(import sys
from helper import same
judge_in, judge_ans, feedback = sys.argv[1:4]
got = sys.stdin.read().strip()
if sys.argv[4:] != ['--flag']:
    sys.exit(1)
if same(got, open(judge_ans).read()):
    open(feedback + 'score.txt', 'w').write('0.5')
    sys.exit(42)
open(feedback + 'judgemessage.txt', 'w').write('not the successor of ' + open(judge_in).read())
sys.exit(43)
)";

TEST_F(BoxedJudge, RunsAPythonCheckerWithItsOwnModule) {
  write("checker/check.py", kChecker);
  write("checker/helper.py", "def same(a, b): return int(a, 0) == int(b)\n");
  task().checker.program = folder_->path() / "checker";
  for (Testcase& testcase : task().testcases) testcase.checker_args = {"--flag"};
  EXPECT_EQ(judge("python3", "a.py", "print(hex(int(input()) + 1))").verdict, Verdict::AC);
  const Judgement rejected = judge("python3", "a.py", "print(7)");
  EXPECT_EQ(rejected.verdict, Verdict::WA);
  EXPECT_EQ(rejected.tests[0].checker_message, "not the successor of 0");
  task().testcases[0].checker_args.clear();
  EXPECT_EQ(judge("python3", "a.py", "print(7)").verdict, Verdict::JE);
}

TEST_F(BoxedJudge, CompilesACheckerWithItsHeader) {
  if (!installed("cpp20")) GTEST_SKIP() << "g++ is not installed";
  write("checker/check.cc",
        "#include \"validate.h\"\nint main(int, char** argv) {\n"
        "int a, b; std::ifstream(argv[2]) >> a; std::cin >> b;\n"
        "std::ofstream(std::string(argv[3]) + \"judgemessage.txt\") << \"saw \" << b;\n"
        "return a == b ? 42 : 43; }\n");
  write("checker/validate.h", "#include <fstream>\n#include <iostream>\n#include <string>\n");
  task().checker.program = folder_->path() / "checker";
  const Judgement judgement = judge("python3", "a.py", "print(int(input()) * 2 + 1)");
  EXPECT_EQ(judgement.verdict, Verdict::WA);
  ASSERT_EQ(judgement.tests.size(), 2U);
  EXPECT_EQ(judgement.tests[0].verdict, Verdict::AC);
  EXPECT_EQ(judgement.tests[1].checker_message, "saw 3");
}

TEST_F(BoxedJudge, UsesTheBuildAndRunScriptsOfAChecker) {
  const fs::path build =
      write("checker/build", "#!/bin/sh\necho 'echo \"$@\" >&2; exit 42' > made\n");
  const fs::path run = write("checker/run", "#!/bin/sh\n. \"$(dirname \"$0\")/made\"\n");
  for (const fs::path& script : {build, run}) fs::permissions(script, fs::perms::owner_all);
  task().checker.program = folder_->path() / "checker";
  const Judgement judgement = judge("python3", "a.py", "print('anything')");
  EXPECT_EQ(judgement.verdict, Verdict::AC) << judgement.detail;
  ASSERT_FALSE(judgement.tests.empty());
  EXPECT_EQ(judgement.tests[0].checker_message, ".judge/input .judge/answer .judge/feedback/");
}

TEST_F(BoxedJudge, RunsACustomGrader) {
  task().is_scoring = true;
  problem_.points_max = 10;
  task().root.custom_grader =
      write("graders/grade.py",
            "import sys\nlines = sys.stdin.read().split()\n"
            "print('AC', 5 * lines.count('AC') if sys.argv[1] == 'x' else -1)\n");
  task().root.grader_flags = {"x"};
  task().root.stop_at_first_error = false;
  EXPECT_DOUBLE_EQ(judge("python3", "a.py", "print(int(input()) + 1)").points, 10);
  const Judgement half = judge("python3", "a.py", "print(1)");
  EXPECT_EQ(half.verdict, Verdict::PC);
  EXPECT_DOUBLE_EQ(half.points, 5);
}

}  // namespace
}  // namespace eval::judges
