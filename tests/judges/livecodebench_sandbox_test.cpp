// LiveCodeBench's semantics with a real interpreter in real boxes. The idioms' expectations are what
// the official evaluator said of them; the attacks' is that they are not accepted.
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"
#include "judges/lcb/livecodebench_judge.h"
#include "judges/lcb/official_verdict.h"
#include "livecodebench_fixture.h"
#include "sandbox/linux_sandbox.h"

namespace eval::judges {
namespace {

const fs::path kFixtures = fs::path(EVAL_TEST_SOURCE_DIR) / "tests/lcb";

class BoxedLiveCodeBench : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto created = sandbox::create_linux_sandbox({.boxes = 1, .cores = {}});
    if (created) {
      sandbox_ = std::move(*created);
    } else {
      why_not_ = describe(created.error());
    }
  }
  static void TearDownTestSuite() { sandbox_.reset(); }

  void SetUp() override {
    if (sandbox_ == nullptr) GTEST_SKIP() << "no box here: " << why_not_;
    if (!find_system_program("python3")) GTEST_SKIP() << "python3 is not installed";
    auto folder = TempDir::create("lcb-test-");
    ASSERT_TRUE(folder.has_value());
    folder_ = std::move(*folder);
  }

  Judgement judge(Semantics semantics, const problems::Problem& problem, const std::string& code,
                  const std::string& language = "python3") {
    const auto judge = make_livecodebench_judge(*sandbox_, Languages::built_in(), semantics, {});
    const auto judgement =
        judge->judge(problem, SourceProgram{language, {{"submission.py", code}}, std::nullopt}, {});
    if (judgement) return *judgement;
    ADD_FAILURE() << describe(judgement.error());
    return {};
  }

  static std::string code_of(const fs::path& file) { return read_file(file).value_or("(missing)"); }

  static std::vector<int> codes_of(const Judgement& judgement) {
    std::vector<int> codes;
    for (const TestResult& test : judgement.tests) codes.push_back(test.exit_code);
    return codes;
  }

  static inline std::unique_ptr<sandbox::Sandbox> sandbox_;
  static inline std::string why_not_;
  std::optional<TempDir> folder_;
};

std::vector<int> integers(const Json& list) {
  std::vector<int> values;
  for (const Json& value : list) values.push_back(value.get<int>());
  return values;
}

// 11 for "python3.11".
std::int64_t python_version() {
  std::error_code error;
  const std::string name = fs::read_symlink("/usr/bin/python3", error).filename();
  return parse_integer(std::string_view(name).substr(std::min(name.size(), name.find('.') + 1)))
      .value_or(0);
}

TEST_F(BoxedLiveCodeBench, GivesEveryIdiomItsOfficialVerdict) {
  const auto text = read_file(kFixtures / "idioms/expectations.json");
  ASSERT_TRUE(text.has_value());
  const Json table = *parse_json(*text, "expectations.json");
  ASSERT_GE(table["idioms"].size(), 60U);
  for (const Json& row : table["idioms"]) {
    const std::string name = row["name"].get<std::string>();
    SCOPED_TRACE(name);
    // Officially another verdict, too, under a later interpreter.
    if (python_version() > read_integer(row, "last_python", 1000).value_or(0)) continue;
    std::vector<std::pair<std::string, std::string>> tests;
    for (const Json& test : row["tests"]) {
      tests.emplace_back(test[0].get<std::string>(), test[1].get<std::string>());
    }
    const auto problem =
        livecodebench_problem(folder_->path(), tests, read_string(row, "function").value_or(""));
    const std::string code = code_of(kFixtures / "idioms" / (name + ".py"));
    const Judgement now = judge(Semantics::LcbOfficial, problem, code);
    EXPECT_EQ(codes_of(now), integers(row["official"])) << now.tests.back().standard_error;
    const Json* old = find_member(row, "official_2501");
    if (old == nullptr) continue;
    EXPECT_EQ(codes_of(judge(Semantics::LcbOfficial2501, problem, code)), integers(*old));
  }
}

// What the official evaluator said with numpy 1.24; of an array of several values it says [1, -4].
TEST_F(BoxedLiveCodeBench, HoldsArraysOfNumpyAgainstWhatIsExpected) {
  if (!fs::exists("/usr/lib/python3/dist-packages/numpy")) GTEST_SKIP() << "numpy is not installed";
  using Tests = std::vector<std::pair<std::string, std::string>>;
  const auto codes = [&](const std::string& value, const Tests& tests) {
    const auto problem = livecodebench_problem(folder_->path(), tests, "f");
    const std::string code = "import numpy as np\ndef f(n): return " + value + "\n";
    return codes_of(judge(Semantics::LcbOfficial, problem, code));
  };
  EXPECT_EQ(codes("np.array([n])", {{"6", "6"}, {"6", "[6]"}, {"6", "7"}}),
            (std::vector<int>{1, 1, -2}));
  EXPECT_EQ(codes("[np.int64(n), np.float64(2.5)]", {{"1", "[1, 2.5]"}}), (std::vector<int>{1}));
  EXPECT_EQ(codes("np.array([n, 2])", {{"1", "[1, 2]"}}), (std::vector<int>{-4}));
  EXPECT_EQ(codes("np.array([])", {{"1", "[]"}}),
            (std::vector<int>{static_cast<int>(OfficialCode::Lost)}));
  const std::string hidden = "def f(n):\n    return __import__('num' + 'py').array([n])\n";
  const auto problem = livecodebench_problem(folder_->path(), {{"6", "6"}}, "f");
  EXPECT_EQ(codes_of(judge(Semantics::LcbOfficial, problem, hidden)), (std::vector<int>{1}));
}

TEST_F(BoxedLiveCodeBench, IsNotFooledByAnyAttack) {
  const auto files = list_directory(kFixtures / "attacks");
  ASSERT_TRUE(files.has_value());
  ASSERT_GE(files->size(), 10U);
  for (const std::string& name : *files) {
    SCOPED_TRACE(name);
    const std::string code = code_of(kFixtures / "attacks" / name);
    const bool is_function = code.find("class Solution") != std::string::npos;
    auto problem = is_function
                       ? livecodebench_problem(folder_->path(), {{"3", "\"answer-4711\""}}, "f")
                       : livecodebench_problem(
                             folder_->path(), {{"3\n", "answer-4711\n"}, {"4\n", "answer-4712\n"}});
    std::vector<Semantics> all = {Semantics::LcbOfficial, Semantics::LcbOfficial2501,
                                  Semantics::Process};
    // One of them runs into the limit for all tests, which need not take half a minute here.
    if (name == "alarm_taken_away.py") {
      std::get<problems::ProgramTask>(problem.task).limits.cpu_time =
          std::chrono::milliseconds(1000);
      all = {Semantics::LcbOfficial};
    }
    // In a real process there is such a time, and this one sleeps it away up to the limit.
    if (name == "at_exit.py") all.pop_back();
    for (const Semantics semantics : all) {
      SCOPED_TRACE(semantics_name(semantics));
      const Judgement judgement = judge(semantics, problem, code);
      EXPECT_NE(judgement.verdict, Verdict::AC);
      EXPECT_NE(judgement.verdict, Verdict::JE);
      EXPECT_NE(judgement.tests.front().verdict, Verdict::AC);
    }
  }
}

TEST_F(BoxedLiveCodeBench, CallsAnEndlessTestATimeout) {
  auto problem = livecodebench_problem(folder_->path(), {{"3\n", "4\n"}});
  std::get<problems::ProgramTask>(problem.task).limits.cpu_time = std::chrono::milliseconds(1000);
  const Judgement judgement = judge(Semantics::LcbOfficial, problem, "while True:\n    pass\n");
  EXPECT_EQ(judgement.verdict, Verdict::TLE);
  EXPECT_EQ(codes_of(judgement), std::vector<int>{-3});
}

// What the official evaluator said of these with one second for a test: the handler of the alarm prints a
// line where a program prints, loading has the same time and then fails as a whole, and output of functions
// does not count.
TEST_F(BoxedLiveCodeBench, GivesTheAlarmItsOfficialVerdicts) {
  const auto quick = [&](problems::Problem problem) {
    std::get<problems::ProgramTask>(problem.task).limits.cpu_time = std::chrono::milliseconds(1000);
    return problem;
  };
  const auto program = quick(livecodebench_problem(folder_->path(), {{"3\n", "4\n"}}));
  const std::string swallows =
      "n = int(input())\ntry:\n    while True:\n        pass\nexcept:\n    print(n + 1)\n";
  EXPECT_EQ(codes_of(judge(Semantics::LcbOfficial, program, swallows)), std::vector<int>{-2});
  const auto function = quick(livecodebench_problem(folder_->path(), {{"3", "3"}}, "f"));
  const std::string returns =
      "def f(a):\n    try:\n        while True:\n            pass\n    except:\n        return a\n";
  EXPECT_EQ(codes_of(judge(Semantics::LcbOfficial, function, returns)), std::vector<int>{1});
  const std::string endless = "while True:\n    pass\ndef f(a):\n    return a\n";
  EXPECT_EQ(codes_of(judge(Semantics::LcbOfficial, function, endless)), std::vector<int>{-4});
}

TEST_F(BoxedLiveCodeBench, RunsARealProcessForEachTest) {
  const auto problem = livecodebench_problem(folder_->path(), {{"3\n", "4\n"}, {"10\n", "11.0\n"}});
  const std::string iterates = code_of(kFixtures / "idioms/stdin_iterated.py");
  EXPECT_EQ(judge(Semantics::Process, problem, iterates).verdict, Verdict::AC);
  EXPECT_EQ(judge(Semantics::Process, problem, "print(5)\n").verdict, Verdict::WA);
  const std::string cpp =
      "#include <iostream>\nint main() { int n; std::cin >> n; std::cout << n + 1; }\n";
  EXPECT_EQ(judge(Semantics::Process, problem, cpp, "cpp17").verdict, Verdict::AC);
}

TEST_F(BoxedLiveCodeBench, CallsAFunctionInAProcessForEachTest) {
  const auto problem = livecodebench_problem(folder_->path(), {{"3", "1"}, {"4", "1"}}, "f");
  const std::string counts = code_of(kFixtures / "idioms/function_instance_state_persists.py");
  EXPECT_EQ(judge(Semantics::Process, problem, counts).verdict, Verdict::AC);
  EXPECT_EQ(judge(Semantics::LcbOfficial, problem, counts).verdict, Verdict::WA);
  const std::string fails = code_of(kFixtures / "idioms/function_exception.py");
  EXPECT_EQ(judge(Semantics::Process, problem, fails).verdict, Verdict::RE);
}

TEST_F(BoxedLiveCodeBench, JudgesProgramsAndFunctionsInPyPyToo) {
  if (!find_system_program("pypy3")) GTEST_SKIP() << "pypy3 is not installed";
  const auto program = livecodebench_problem(folder_->path(), {{"3\n", "4\n"}});
  const std::string is_pypy =
      "import platform\nprint(int(input()) + 1 if "
      "platform.python_implementation() == 'PyPy' else 0)\n";
  EXPECT_EQ(judge(Semantics::Process, program, is_pypy, "pypy3").verdict, Verdict::AC);
  EXPECT_EQ(judge(Semantics::Process, program, "print(5)\n", "pypy3").verdict, Verdict::WA);
  const auto function =
      livecodebench_problem(folder_->path(), {{"3", "[3, \"PyPy\"]"}, {"4", "[4, \"PyPy\"]"}}, "f");
  const std::string names =
      "import platform\ndef f(n):\n    return [n, platform.python_implementation()]\n";
  EXPECT_EQ(judge(Semantics::Process, function, names, "pypy3").verdict, Verdict::AC);
  EXPECT_EQ(judge(Semantics::Process, function, names, "python3").verdict, Verdict::WA);
  const std::string lies =
      "class Liar(int):\n    def __index__(self): return 4\n    __int__ = __index__\n"
      "def f(n):\n    return Liar(n)\n";
  const auto wrong = livecodebench_problem(folder_->path(), {{"3", "4"}}, "f");
  EXPECT_EQ(judge(Semantics::Process, wrong, lies, "pypy3").verdict, Verdict::WA);
}

TEST_F(BoxedLiveCodeBench, RefusesTestDataThatWasChangedInTheCache) {
  const auto problem = livecodebench_problem(folder_->path(), {{"3\n", "4\n"}});
  ASSERT_TRUE(write_file(folder_->path() / "0.out", "5\n").has_value());
  const auto judge =
      make_livecodebench_judge(*sandbox_, Languages::built_in(), Semantics::LcbOfficial, {});
  const auto judgement = judge->judge(
      problem, SourceProgram{"python3", {{"submission.py", "print(5)\n"}}, std::nullopt}, {});
  ASSERT_FALSE(judgement.has_value());
  EXPECT_EQ(judgement.error().code, ErrorCode::BadInput);
}

}  // namespace
}  // namespace eval::judges
