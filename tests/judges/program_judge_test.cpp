#include "judges/program_judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/text.h"
#include "judges/steps/time_limit.h"
#include "tests/support/fake_sandbox.h"

namespace eval::judges {
namespace {

using problems::Aggregation;
using problems::Problem;
using problems::ProgramTask;
using problems::Subtask;
using problems::Testcase;
using sandbox::Command;
using sandbox::ExecutionResult;
using sandbox::Limits;
using ::testing::ElementsAre;
using tests::content_of;
using tests::exited;
using tests::FakeSandbox;

// A table whose tools are on every machine, so that no compiler is needed: "compiled" pretends to
// compile with sh, "script" has a compile step that makes nothing.
const Languages& table() {
  static const Languages languages = *Languages::from_json(R"({"languages": [
      {"id": "compiled", "name": "Compiled", "extensions": [".src"], "kattis_names": ["family"],
       "program": "sh", "compile": ["/bin/sh", "compile", "{files}"], "run": ["./{output}"]},
      {"id": "absent", "extensions": [".abs"], "program": "no-such-compiler-anywhere",
       "package": "absent-dev", "compile": ["no-such-compiler-anywhere"], "run": ["./{output}"]}]})",
                                                           "test");
  return languages;
}

// A problem of `answers.size()` testcases in a folder of its own. Testcase i has input "i" and
// answer answers[i]; the first is a sample.
class ProgramJudgeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("judge-test-");
    ASSERT_TRUE(folder.has_value());
    folder_ = std::move(*folder);
    problem_.id = "suite/sum";
    problem_.directory = folder_->path();
    task().limits.cpu_time = std::chrono::milliseconds(1000);
    task().root.name = "data";
    for (int i = 0; i < 4; ++i) add_testcase(i, "right");
  }

  ProgramTask& task() {
    if (!std::holds_alternative<ProgramTask>(problem_.task)) problem_.task = ProgramTask{};
    return std::get<ProgramTask>(problem_.task);
  }

  fs::path write(const std::string& name, const std::string& content) {
    const fs::path path = folder_->path() / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << content;
    return path;
  }

  void add_testcase(int i, const std::string& answer) {
    Testcase testcase;
    testcase.name = i == 0 ? "sample/0" : "secret/" + std::to_string(i);
    testcase.is_sample = i == 0;
    const std::string number = std::to_string(i);
    testcase.input = {write(number + ".in", number), Bytes{number.size()}, "in" + number};
    testcase.answer = {write(number + ".ans", answer), Bytes{answer.size()}, "ans" + number};
    task().testcases.push_back(testcase);
    task().root.order.push_back({false, static_cast<std::size_t>(i)});
  }

  // How the submission ends on each input; "right" everywhere unless a test says otherwise.
  ExecutionResult run_program(const Command& command) {
    const std::string input = content_of(command.standard_input);
    inputs_run_.push_back(input);
    const auto found = endings_.find(input);
    return found == endings_.end() ? exited(0, "right") : found->second;
  }

  Result<ExecutionResult> answer(const Command& command, const Limits& limits) {
    if (command.profile == sandbox::Profile::Compiler) {
      ExecutionResult result = compiler_;
      for (const std::string& name : command.outputs) {
        if (compiler_.exit_code == 0) result.outputs[name] = "binary of " + command.argv.back();
      }
      return result;
    }
    const bool is_checker = command.argv.size() > 3;
    if (is_checker && checker_) return checker_(command);
    last_limits_ = limits;
    return run_program(command);
  }

  Result<Judgement> judge(std::stop_token stop = {}) {
    return judge_->judge(problem_, submission_, stop);
  }

  std::optional<TempDir> folder_;
  Problem problem_;
  Submission submission_ = SourceProgram{"compiled", {{"a.src", "code"}}, std::nullopt};
  std::map<std::string, ExecutionResult> endings_;
  std::vector<std::string> inputs_run_;
  ExecutionResult compiler_ = exited(0);
  std::function<ExecutionResult(const Command&)> checker_;
  Limits last_limits_;
  FakeSandbox sandbox_{
      [this](const Command& command, const Limits& limits) { return answer(command, limits); }};
  std::unique_ptr<Judge> judge_ = make_program_judge(sandbox_, table(), {});
};

TEST_F(ProgramJudgeTest, AcceptsAProgramThatIsRightEverywhere) {
  const auto judgement = judge();
  ASSERT_TRUE(judgement.has_value()) << describe(judgement.error());
  EXPECT_EQ(judgement->verdict, Verdict::AC);
  EXPECT_DOUBLE_EQ(judgement->points, 1);
  EXPECT_EQ(judgement->tests.size(), 4U);
  EXPECT_EQ(judgement->language, "compiled");
  EXPECT_EQ(judgement->time_limit, std::chrono::milliseconds(1000));
  EXPECT_NE(judgement->fingerprint.find("box fake"), std::string::npos);
}

TEST_F(ProgramJudgeTest, StopsAtTheFirstTestcaseThatIsNotAccepted) {
  endings_["1"] = exited(0, "wrong");
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::WA);
  EXPECT_DOUBLE_EQ(judgement->points, 0);
  EXPECT_THAT(inputs_run_, ElementsAre("0", "1"));
  EXPECT_EQ(judgement->tests.back().testcase, "secret/1");
  EXPECT_NE(judgement->tests.back().checker_message.find("wrong"), std::string::npos);
}

TEST_F(ProgramJudgeTest, RunsEverythingOnDemandWithoutChangingTheVerdict) {
  endings_["1"] = exited(0, "wrong");
  endings_["2"] = exited(1);
  auto* all = dynamic_cast<ProgramJudge*>(judge_.get());
  ASSERT_NE(all, nullptr);
  const auto judgement = all->judge_every_testcase(problem_, submission_, {});
  EXPECT_EQ(judgement->verdict, Verdict::WA);
  EXPECT_THAT(inputs_run_, ElementsAre("0", "1", "2", "3"));
  EXPECT_EQ(judgement->tests[2].verdict, Verdict::RE);
}

TEST_F(ProgramJudgeTest, CallsExitCode42OfASubmissionARunTimeError) {
  endings_["0"] = exited(42, "right");
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::RE);
  EXPECT_EQ(judgement->tests.front().exit_code, 42);
}

TEST_F(ProgramJudgeTest, ReportsACompilerThatRejectsAsCompileError) {
  compiler_ = exited(1);
  compiler_.standard_output = "out\n";
  compiler_.standard_error = "a.src:1: error: no\xff";
  const auto judgement = judge();
  ASSERT_TRUE(judgement.has_value());
  EXPECT_EQ(judgement->verdict, Verdict::CE);
  EXPECT_TRUE(inputs_run_.empty());
  EXPECT_TRUE(judgement->compile_log.starts_with("out\na.src:1: error: no"))
      << judgement->compile_log;
  EXPECT_FALSE(find_invalid_utf8(judgement->compile_log).has_value());
}

TEST_F(ProgramJudgeTest, KeepsWarningsOfACompilerThatAccepts) {
  compiler_.standard_error = "warning: x";
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::AC);
  EXPECT_EQ(judgement->compile_log, "warning: x");
}

TEST_F(ProgramJudgeTest, KeepsTheBeginningOfBothStreamsOfACompiler) {
  compiler_ = exited(1, "said");
  compiler_.standard_error = std::string(40'000, 'x');
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::CE);
  EXPECT_EQ(judgement->compile_log.substr(0, 6), "said\nx");
  EXPECT_LT(judgement->compile_log.size(), 33'000U);
  EXPECT_GT(judgement->compile_log.size(), 32'000U);
}

TEST_F(ProgramJudgeTest, GivesACompilerTheSourcesAndNothingElse) {
  judge();
  const Command compile = sandbox_.commands().front();
  ASSERT_EQ(compile.profile, sandbox::Profile::Compiler);
  ASSERT_EQ(compile.files.size(), 1U);
  EXPECT_EQ(compile.files[0].name, "a.src");
  EXPECT_EQ(content_of(compile.standard_input), "");
  EXPECT_THAT(compile.readable_host_paths, ::testing::IsEmpty());
}

TEST_F(ProgramJudgeTest, NamesTheLimitThatStoppedACompiler) {
  compiler_.status = sandbox::RunStatus::MemoryLimit;
  compiler_.exit_code = 1;
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::CE);
  EXPECT_NE(judgement->compile_log.find("memory limit of 2 GiB"), std::string::npos)
      << judgement->compile_log;
}

TEST_F(ProgramJudgeTest, CallsAMissingCompilerAnErrorNotAVerdict) {
  submission_ = SourceProgram{"absent", {{"a.abs", ""}}, std::nullopt};
  const auto judgement = judge();
  ASSERT_FALSE(judgement.has_value());
  EXPECT_EQ(judgement.error().code, ErrorCode::Infrastructure);
  EXPECT_EQ(judgement.error().help, "apt-get install absent-dev");
}

TEST_F(ProgramJudgeTest, CompilesTheSameCodeOnce) {
  ASSERT_TRUE(judge().has_value());
  ASSERT_TRUE(judge().has_value());
  int compiled = 0;
  for (const Command& command : sandbox_.commands()) {
    compiled += command.profile == sandbox::Profile::Compiler ? 1 : 0;
  }
  EXPECT_EQ(compiled, 1);
}

TEST_F(ProgramJudgeTest, AddsThePackagesIncludeFilesForTheLanguage) {
  task().included["family"].files = {write("include/grader.src", "the grader")};
  task().included["default"].files = {write("include/other.txt", "not this")};
  ASSERT_TRUE(judge().has_value());
  const Command compile = sandbox_.commands().front();
  EXPECT_THAT(compile.argv, ElementsAre("/bin/sh", "compile", "a.src", "grader.src"));
}

TEST_F(ProgramJudgeTest, RefusesCodeOverTheLimitOfTheProblem) {
  task().limits.code = Bytes{3};
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::CE);
  EXPECT_TRUE(sandbox_.commands().empty());
}

TEST_F(ProgramJudgeTest, RefusesALanguageTheProblemDoesNotAllow) {
  task().languages = {"rust"};
  EXPECT_EQ(judge()->verdict, Verdict::CE);
  task().languages = {"rust", "family"};
  EXPECT_EQ(judge()->verdict, Verdict::AC);
}

TEST_F(ProgramJudgeTest, PutsThePackagesLanguageFactorIntoTheLimits) {
  task().limits.language_time_factors["family"] = 2.5;
  const auto judgement = judge();
  EXPECT_EQ(judgement->time_limit, std::chrono::milliseconds(2500));
  // The kill comes later, at one and a half times the limit: see steps/stability.h.
  EXPECT_EQ(last_limits_.cpu_time, std::chrono::milliseconds(3750));
  EXPECT_EQ(last_limits_.wall_time, std::chrono::milliseconds(17'500));
}

TEST_F(ProgramJudgeTest, GivesWallTimeThatOnlyCatchesIdling) {
  judge();
  // Twice the time of the kill, 10 s, and 20 s for each second of CPU time.
  EXPECT_EQ(last_limits_.wall_time, 2 * std::chrono::milliseconds(1500) + std::chrono::seconds(10));
  EXPECT_EQ(last_limits_.wall_per_cpu, 20);
}

TEST_F(ProgramJudgeTest, MultipliesTheTimeLimitByTheFactorAskedFor) {
  judge_ = make_program_judge(sandbox_, table(), {.time_factor = 1.5});
  EXPECT_EQ(judge()->time_limit, std::chrono::milliseconds(1500));
}

TEST_F(ProgramJudgeTest, RunsATestcaseThatMissesTheLimitByLittleAgain) {
  ExecutionResult slow = exited(0, "right");
  slow.cpu_time = std::chrono::milliseconds(1200);
  endings_["2"] = slow;
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::TLE);
  EXPECT_THAT(inputs_run_, ElementsAre("0", "1", "2", "2", "2", "2"));
  EXPECT_TRUE(last_limits_.alone);
  EXPECT_EQ(judgement->tests.back().stability, Stability::ReRun);
  EXPECT_EQ(judgement->tests.back().untimed_verdict, Verdict::AC);
}

TEST_F(ProgramJudgeTest, AnswersAHigherLimitFromStoredTimesAndRunsOnlyTheRest) {
  ExecutionResult slow = exited(0, "right");
  slow.cpu_time = std::chrono::milliseconds(1200);
  endings_["2"] = slow;
  const Judgement earlier = *judge();
  inputs_run_.clear();
  judge_ = make_program_judge(sandbox_, table(), {.time_factor = 1.6});
  const auto again = judge_->judge_with_times(problem_, submission_, earlier, {});
  ASSERT_TRUE(again.has_value()) << describe(again.error());
  EXPECT_EQ(again->verdict, Verdict::AC);
  EXPECT_THAT(inputs_run_, ElementsAre("3"));  // not reached before
  EXPECT_NE(again->fingerprint.find("times of an earlier judgement"), std::string::npos);
  // And that judgement can be asked in turn.
  inputs_run_.clear();
  judge_ = make_program_judge(sandbox_, table(), {.time_factor = 3});
  EXPECT_EQ(judge_->judge_with_times(problem_, submission_, *again, {})->verdict, Verdict::AC);
  EXPECT_THAT(inputs_run_, ElementsAre());
}

TEST_F(ProgramJudgeTest, RunsEverythingWhereTheEarlierJudgementWasAnother) {
  Judgement earlier = *judge();
  earlier.fingerprint += "; another checker";
  inputs_run_.clear();
  const auto again = judge_->judge_with_times(problem_, submission_, earlier, {});
  EXPECT_EQ(inputs_run_.size(), 4U);
  EXPECT_EQ(again->fingerprint.find("earlier"), std::string::npos);
}

TEST_F(ProgramJudgeTest, CallsALanguageTheProfileDoesNotHaveACompileError) {
  judge_ = make_program_judge(sandbox_, table(), {.profile = "tiny"});
  submission_ = SourceProgram{"kotlin", {{"a.kt", "fun main() {}"}}, std::nullopt};
  const auto judgement = judge();
  ASSERT_TRUE(judgement.has_value()) << describe(judgement.error());
  EXPECT_EQ(judgement->verdict, Verdict::CE);
  EXPECT_NE(judgement->compile_log.find("the profile tiny does not have Kotlin"),
            std::string::npos);
  EXPECT_NE(judgement->fingerprint.find("profile tiny"), std::string::npos);
  EXPECT_TRUE(judge_->cache_key(problem_, submission_).has_value());
}

TEST_F(ProgramJudgeTest, ShowsARuntimeWhatItAsksForWhereThatExists) {
  const auto languages = Languages::from_json(R"({"languages": [{"id": "compiled",
      "program": "sh", "extensions": [".src"], "run": ["/bin/sh", "{main}"],
      "readable": ["/usr/share", "/no/such/path"]}]})",
                                              "test");
  ASSERT_TRUE(languages.has_value());
  judge_ = make_program_judge(sandbox_, *languages, {});
  ASSERT_EQ(judge()->verdict, Verdict::AC);
  EXPECT_THAT(sandbox_.commands().back().readable_host_paths, ElementsAre(fs::path("/usr/share")));
}

TEST_F(ProgramJudgeTest, CallsABadFlagOfTheDefaultCheckerAJudgeError) {
  task().testcases[0].checker_args = {"tolerant"};
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::JE);
  EXPECT_NE(judgement->detail.find("tolerant"), std::string::npos);
}

TEST_F(ProgramJudgeTest, PassesBoxFailuresOnAsErrors) {
  FakeSandbox broken([](const Command&, const Limits&) -> Result<ExecutionResult> {
    return fail(ErrorCode::Infrastructure, "no cgroup");
  });
  const auto judgement = make_program_judge(broken, table(), {})->judge(problem_, submission_, {});
  ASSERT_FALSE(judgement.has_value());
  EXPECT_EQ(judgement.error().what, "no cgroup");
}

TEST_F(ProgramJudgeTest, EndsWithCancelledWhenStopped) {
  std::stop_source source;
  source.request_stop();
  const auto judgement = judge(source.get_token());
  ASSERT_FALSE(judgement.has_value());
  EXPECT_EQ(judgement.error().code, ErrorCode::Cancelled);
}

TEST_F(ProgramJudgeTest, RefusesAnInteractiveProblemWithoutInteractorByName) {
  task().type = problems::TaskType::Interactive;
  const auto judgement = judge();
  ASSERT_FALSE(judgement.has_value());
  EXPECT_EQ(judgement.error().code, ErrorCode::BadInput);
  EXPECT_NE(judgement.error().what.find("suite/sum"), std::string::npos);
}

TEST_F(ProgramJudgeTest, RefusesProofTasks) {
  problem_.task = problems::ProofTask{};
  EXPECT_EQ(judge().error().code, ErrorCode::Unsupported);
}

TEST_F(ProgramJudgeTest, ShortensWhatItKeepsOfTheOutput) {
  endings_["0"] = exited(0, std::string(1'000'000, '\xfe'));
  const auto judgement = judge();
  EXPECT_LT(judgement->tests[0].output_excerpt.size(), 10'000U);
  EXPECT_FALSE(find_invalid_utf8(judgement->tests[0].output_excerpt).has_value());
}

class CustomCheckerTest : public ProgramJudgeTest {
 protected:
  void SetUp() override {
    ProgramJudgeTest::SetUp();
    task().checker.program = write("checker/check.src", "checks");
    checker_ = [](const Command&) { return exited(42); };
  }
};

TEST_F(CustomCheckerTest, IsCalledWithInputAnswerFeedbackAndFlags) {
  task().testcases[0].checker_args = {"--strict"};
  endings_["0"] = exited(0, "my output");
  ASSERT_EQ(judge()->verdict, Verdict::AC);
  const std::vector<Command> commands = sandbox_.commands();
  const auto check = std::find_if(commands.begin(), commands.end(), [](const Command& command) {
    return command.argv.size() > 3 && command.profile != sandbox::Profile::Compiler;
  });
  ASSERT_NE(check, commands.end());
  EXPECT_THAT(check->argv, ElementsAre("./program", ".judge/input", ".judge/answer",
                                       ".judge/feedback/", "--strict"));
  EXPECT_EQ(content_of(check->standard_input), "my output");
}

TEST_F(CustomCheckerTest, NeverSharesABoxWithTheSubmission) {
  ASSERT_TRUE(judge().has_value());
  for (const Command& command : sandbox_.commands()) {
    if (command.argv.size() > 1) continue;  // the submission is run without arguments
    for (const auto& file : command.files) EXPECT_EQ(file.name, "program");
    EXPECT_TRUE(command.readable_host_paths.empty());
  }
}

TEST_F(CustomCheckerTest, RejectsWithItsMessage) {
  checker_ = [](const Command&) {
    ExecutionResult result = exited(43);
    result.outputs[".judge/feedback/judgemessage.txt"] = "not a path\n";
    return result;
  };
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::WA);
  EXPECT_EQ(judgement->tests[0].checker_message, "not a path");
}

TEST_F(CustomCheckerTest, IsAJudgeErrorWithAnyOtherEnding) {
  for (const int code : {0, 1, 44}) {
    checker_ = [code](const Command&) { return exited(code); };
    EXPECT_EQ(judge()->verdict, Verdict::JE) << code;
  }
  checker_ = [](const Command&) {
    ExecutionResult result = exited(42);
    result.status = sandbox::RunStatus::WallTimeLimit;
    return result;
  };
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::JE);
  EXPECT_NE(judgement->detail.find("time limit"), std::string::npos) << judgement->detail;
}

TEST_F(CustomCheckerTest, IsAJudgeErrorIfItDoesNotCompile) {
  ASSERT_EQ(judge()->verdict, Verdict::AC);
  task().checker.program = write("checker2/check.src", "other");
  compiler_ = exited(1);
  compiler_.standard_error = "no such header";
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::JE);
  EXPECT_NE(judgement->detail.find("no such header"), std::string::npos);
}

TEST_F(CustomCheckerTest, IsNotAskedWhenTheSubmissionCrashed) {
  endings_["0"] = exited(1, "right");
  bool asked = false;
  checker_ = [&](const Command&) {
    asked = true;
    return exited(42);
  };
  EXPECT_EQ(judge()->verdict, Verdict::RE);
  EXPECT_FALSE(asked);
}

// A scoring problem: samples worth nothing, two groups of 40 and 60 points.
class ScoringTest : public ProgramJudgeTest {
 protected:
  void SetUp() override {
    ProgramJudgeTest::SetUp();
    problem_.points_max = 100;
    task().is_scoring = true;
    Subtask& root = task().root;
    root = Subtask{};
    root.name = "data";
    root.aggregation = Aggregation::Sum;
    root.stop_at_first_error = false;
    root.ignore_samples = true;
    root.subtasks = {group("sample", 0, {0}), group("secret/a", 40, {1, 2}),
                     group("secret/b", 60, {2, 3})};
    root.order = {{true, 0}, {true, 1}, {true, 2}};
  }

  static Subtask group(const char* name, double points, std::vector<std::size_t> tests) {
    Subtask subtask;
    subtask.name = name;
    subtask.aggregation = Aggregation::Min;
    subtask.points = points;
    subtask.accept_score = points;
    for (const std::size_t test : tests) subtask.order.push_back({false, test});
    return subtask;
  }
};

TEST_F(ScoringTest, GivesFullMarksAndRunsASharedTestcaseOnce) {
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::AC);
  EXPECT_DOUBLE_EQ(judgement->points, 100);
  EXPECT_THAT(inputs_run_, ElementsAre("0", "1", "2", "3"));
  ASSERT_EQ(judgement->subtasks.size(), 4U);
  EXPECT_EQ(judgement->subtasks.back().subtask, "data");
}

TEST_F(ScoringTest, GivesTheMarksOfTheGroupsThatAreRight) {
  endings_["1"] = exited(0, "wrong");
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::PC);
  EXPECT_DOUBLE_EQ(judgement->points, 60);
  EXPECT_EQ(judgement->subtasks[1].verdict, Verdict::WA);
}

TEST_F(ScoringTest, DoesNotRunAGroupWhoseRequirementFailed) {
  task().root.subtasks[2].requires_subtasks = {"secret/a"};
  endings_["1"] = exited(0, "wrong");
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::WA);
  EXPECT_THAT(inputs_run_, ElementsAre("0", "1"));
  EXPECT_EQ(judgement->subtasks[2].verdict, Verdict::WA);
}

TEST_F(ScoringTest, TakesPointsFromTheChecker) {
  task().checker = {.program = write("checker/check.src", "checks"), .gives_score = true};
  checker_ = [](const Command& command) {
    ExecutionResult result = exited(42);
    const bool first = content_of(command.standard_input) == "good";
    result.outputs[".judge/feedback/score.txt"] = first ? "40\n" : "30.5\n";
    return result;
  };
  endings_["1"] = exited(0, "good");
  task().root.subtasks[1].points.reset();
  task().root.subtasks[2].points.reset();
  const auto judgement = judge();
  EXPECT_EQ(judgement->verdict, Verdict::PC);
  EXPECT_DOUBLE_EQ(judgement->points, 61);
}

TEST_F(ScoringTest, CallsAMissingScoreAJudgeErrorInTheLegacyFormat) {
  task().checker = {.program = write("checker/check.src", "checks"), .gives_score = true};
  checker_ = [](const Command&) { return exited(42); };
  problem_.format_name = "kattis-legacy";
  EXPECT_EQ(judge()->verdict, Verdict::JE);
  problem_.format_name = "kattis-2025-09";
  EXPECT_EQ(judge()->verdict, Verdict::AC);
}

TEST_F(ScoringTest, AsksACustomGrader) {
  task().root.subtasks[1].custom_grader = write("graders/grade.src", "grades");
  task().root.subtasks[1].grader_flags = {"a", "b", "c"};
  std::string read;
  checker_ = [&](const Command& command) {
    read = content_of(command.standard_input);
    return exited(0, "AC 25\n");
  };
  const auto judgement = judge();
  EXPECT_EQ(read, "AC 40\nAC 40\n");
  EXPECT_DOUBLE_EQ(judgement->points, 85);
}

class TimeLimitTest : public ProgramJudgeTest {
 protected:
  void SetUp() override {
    ProgramJudgeTest::SetUp();
    task().limits.cpu_time.reset();
    task().limits.accepted_multiplier = 3;
    problems::ReferenceSubmission reference;
    reference.name = "accepted/a.src";
    reference.files = {write("accepted/a.src", "reference")};
    reference.sets_time_limit = true;
    task().reference_submissions = {reference};
    endings_["2"] = exited(0, "right");
    endings_["2"].cpu_time = std::chrono::milliseconds(700);
  }
};

TEST_F(TimeLimitTest, IsDerivedFromTheSlowestAcceptedSubmission) {
  EXPECT_EQ(judge()->time_limit, std::chrono::milliseconds(3000));
}

TEST_F(TimeLimitTest, IsDerivedOncePerProblem) {
  ASSERT_TRUE(judge().has_value());
  const std::size_t before = inputs_run_.size();
  ASSERT_TRUE(judge().has_value());
  EXPECT_EQ(inputs_run_.size(), before + 4);
}

TEST_F(TimeLimitTest, IsKeptAndFoundByTheFactCache) {
  std::map<std::string, std::string> facts;
  FactCache cache;
  cache.find = [&](const std::string& key) -> std::optional<std::string> {
    const auto found = facts.find(key);
    return found == facts.end() ? std::nullopt : std::optional(found->second);
  };
  cache.keep = [&](const std::string& key, const std::string& value) { facts[key] = value; };
  judge_ = make_program_judge(sandbox_, table(), {.run_all_testcases = false, .facts = cache});
  ASSERT_TRUE(judge().has_value());
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_EQ(facts.begin()->second, "3000");
  facts.begin()->second = "9000";
  judge_ = make_program_judge(sandbox_, table(), {.run_all_testcases = false, .facts = cache});
  EXPECT_EQ(judge()->time_limit, std::chrono::milliseconds(9000));
}

TEST_F(TimeLimitTest, NeedsAnAcceptedSubmission) {
  endings_["2"] = exited(1);
  const auto judgement = judge();
  ASSERT_FALSE(judgement.has_value());
  EXPECT_EQ(judgement.error().code, ErrorCode::BadInput);
  EXPECT_NE(judgement.error().what.find("accepted/a.src is RE"), std::string::npos)
      << judgement.error().what;
}

TEST(DerivedLimit, RoundsUpToTheResolution) {
  problems::ProgramLimits limits;
  limits.accepted_multiplier = 2;
  EXPECT_EQ(derived_limit(std::chrono::milliseconds(1), limits), std::chrono::milliseconds(1000));
  EXPECT_EQ(derived_limit(std::chrono::milliseconds(500), limits), std::chrono::milliseconds(1000));
  EXPECT_EQ(derived_limit(std::chrono::milliseconds(501), limits), std::chrono::milliseconds(2000));
  limits.resolution = std::chrono::milliseconds(100);
  EXPECT_EQ(derived_limit(std::chrono::milliseconds(501), limits), std::chrono::milliseconds(1100));
}

class CacheKeyTest : public ProgramJudgeTest {
 protected:
  std::string key() { return judge_->cache_key(problem_, submission_).value_or("failed"); }
};

TEST_F(CacheKeyTest, IsTheSameForTheSameContent) {
  const std::string first = key();
  EXPECT_EQ(first.size(), 64U);
  EXPECT_EQ(key(), first);
}

TEST_F(CacheKeyTest, ChangesWithWhateverDecidesAVerdict) {
  std::vector<std::string> keys = {key()};
  submission_ = SourceProgram{"compiled", {{"a.src", "other code"}}, std::nullopt};
  keys.push_back(key());
  task().testcases[1].input.sha256 = "other bytes";
  keys.push_back(key());
  task().testcases[1].checker_args = {"case_sensitive"};
  keys.push_back(key());
  task().limits.memory = Bytes::mib(64);
  keys.push_back(key());
  task().limits.cpu_time = std::chrono::milliseconds(1500);
  keys.push_back(key());
  task().checker.program = write("checker/check.src", "checks");
  keys.push_back(key());
  write("checker/check.src", "checks better");
  keys.push_back(key());
  task().root.stop_at_first_error = false;
  keys.push_back(key());
  sandbox_.set_isolation("weaker");
  keys.push_back(key());
  const std::set<std::string> different(keys.begin(), keys.end());
  EXPECT_EQ(different.size(), keys.size());
  EXPECT_FALSE(different.contains("failed"));
}

}  // namespace
}  // namespace eval::judges
