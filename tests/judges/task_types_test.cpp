// How each task type calls the programs of a problem and what it makes of their ends. Nothing is run:
// a fake sandbox answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "judges/program_judge.h"
#include "tests/support/fake_sandbox.h"

namespace eval::judges {
namespace {

using problems::CheckerProtocol;
using problems::Interactor;
using problems::Problem;
using problems::ProgramTask;
using problems::TaskType;
using problems::Testcase;
using sandbox::Channel;
using sandbox::Command;
using sandbox::ExecutionResult;
using sandbox::GroupMember;
using sandbox::GroupResult;
using sandbox::Limits;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::content_of;
using tests::exited;
using tests::FakeSandbox;

const Languages& table() {
  static const Languages languages = *Languages::from_json(R"({"languages": [
      {"id": "compiled", "name": "Compiled", "extensions": [".src"], "kattis_names": ["family"],
       "program": "sh", "compile": ["/bin/sh", "compile", "{files}"], "run": ["./{output}"]},
      {"id": "script", "name": "Script", "extensions": [".scr"],
       "program": "sh", "run": ["/bin/sh", "{main}"]}]})",
                                                           "test");
  return languages;
}

std::string file_in(const Command& command, const std::string& name) {
  for (const sandbox::InputFile& file : command.files) {
    if (file.name == name) return content_of(file.source);
  }
  return "(absent)";
}

class TaskTypes : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("types-test-");
    ASSERT_TRUE(folder.has_value());
    folder_ = std::move(*folder);
    problem_.id = "suite/task";
    problem_.format_name = "cms";
    problem_.task = ProgramTask{};
    task().limits.cpu_time = std::chrono::milliseconds(1000);
    task().root.name = "data";
    for (std::size_t i = 0; i < 2; ++i) {
      Testcase testcase;
      const std::string number = std::to_string(i);
      testcase.name = "secret/" + number;
      testcase.input = {write(number + ".in", "input " + number), Bytes{7}, "in" + number};
      testcase.answer = {write(number + ".ans", "right"), Bytes{5}, "ans" + number};
      task().testcases.push_back(testcase);
      task().root.order.push_back({false, i});
    }
    sandbox_.set_group_answer(
        [this](const std::vector<GroupMember>& members, const std::vector<Channel>& channels) {
          members_ = members;
          channels_ = channels;
          return group_(members);
        });
  }

  ProgramTask& task() { return std::get<ProgramTask>(problem_.task); }

  fs::path write(const std::string& name, const std::string& content) {
    const fs::path path = folder_->path() / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << content;
    return path;
  }

  void set_interactor(Interactor interactor) {
    interactor.program = write("manager/manager.src", "manager");
    task().interactor = interactor;
  }

  Result<ExecutionResult> answer(const Command& command, const Limits& limits) {
    if (command.profile == sandbox::Profile::Compiler) {
      ExecutionResult result = exited(0);
      for (const std::string& name : command.outputs) result.outputs[name] = "binary";
      compiled_.push_back(command);
      return result;
    }
    limits_ = limits;
    return run_(command);
  }

  Judgement judge() {
    const auto judgement = judge_->judge(problem_, submission_, {});
    if (judgement) return *judgement;
    ADD_FAILURE() << describe(judgement.error());
    return {};
  }

  // A group whose members ended in the given order, all with exit code 0 but for the last member.
  static GroupResult group_of(std::size_t members, ExecutionResult last) {
    GroupResult group;
    group.runs.assign(members - 1, exited(0));
    group.runs.push_back(std::move(last));
    for (std::size_t i = 0; i < members; ++i) group.end_order.push_back(i);
    group.channels.resize(2 * members);
    return group;
  }

  std::optional<TempDir> folder_;
  Problem problem_;
  Submission submission_ = SourceProgram{"compiled", {{"a.src", "code"}}, std::nullopt};
  std::function<Result<ExecutionResult>(const Command&)> run_ = [](const Command&) {
    return exited(0, "right");
  };
  std::function<Result<GroupResult>(const std::vector<GroupMember>&)> group_ =
      [](const std::vector<GroupMember>& members) { return group_of(members.size(), exited(0)); };
  std::vector<GroupMember> members_;
  std::vector<Channel> channels_;
  std::vector<Command> compiled_;
  Limits limits_;
  FakeSandbox sandbox_{
      [this](const Command& command, const Limits& limits) { return answer(command, limits); }};
  std::unique_ptr<Judge> judge_ = make_program_judge(sandbox_, table(), {});
};

// ---- Batch with named files -------------------------------------------------------------------

TEST_F(TaskTypes, BatchPutsTheInputInItsFileAndTakesTheOutputFromIts) {
  task().input_file = "in.txt";
  task().output_file = "out.txt";
  task().limits.output = Bytes::kib(4);
  std::vector<std::string> inputs;
  run_ = [&](const Command& command) {
    inputs.push_back(file_in(command, "in.txt"));
    EXPECT_EQ(content_of(command.standard_input), "");
    ExecutionResult run = exited(0, "this is not looked at");
    for (const std::string& name : command.outputs) run.outputs[name] = "right";
    return run;
  };
  EXPECT_EQ(judge().verdict, Verdict::AC);
  EXPECT_THAT(inputs, ElementsAre("input 0", "input 1"));
  EXPECT_EQ(limits_.file_size.count, Bytes::kib(4).count + 1);
}

TEST_F(TaskTypes, BatchCallsAByteTooManyInTheOutputFileAnOutputLimitHoweverItEnds) {
  task().output_file = "out.txt";
  task().limits.output = Bytes{5};
  for (const auto& [output, exit_code, verdict] :
       {std::tuple{"right", 0, Verdict::AC}, std::tuple{"right ", 0, Verdict::OLE},
        std::tuple{"right ", 1, Verdict::OLE}, std::tuple{"right", 1, Verdict::RE}}) {
    run_ = [&output = output, &exit_code = exit_code](const Command& command) {
      ExecutionResult run = exited(exit_code, "");
      for (const std::string& name : command.outputs) run.outputs[name] = output;
      return run;
    };
    EXPECT_EQ(judge().verdict, verdict) << output << exit_code;
  }
}

TEST_F(TaskTypes, BatchCallsAMissingOutputFileWrong) {
  task().output_file = "out.txt";
  const Judgement judgement = judge();
  EXPECT_EQ(judgement.verdict, Verdict::WA);
  EXPECT_EQ(judgement.tests[0].checker_message, "the program made no file \"out.txt\"");
}

// ---- Graders ----------------------------------------------------------------------------------

TEST_F(TaskTypes, GraderIsCompiledWithTheRenamedSubmissionAndComesFirst) {
  task().included["family"] = {{write("grader.src", "grader"), write("task.h", "header")},
                               "grader.src"};
  task().submission_name = "task";
  EXPECT_EQ(judge().verdict, Verdict::AC);
  ASSERT_EQ(compiled_.size(), 1U);
  EXPECT_THAT(compiled_[0].argv, ElementsAre("/bin/sh", "compile", "grader.src", "task.src"));
  EXPECT_EQ(file_in(compiled_[0], "task.src"), "code");
  EXPECT_EQ(file_in(compiled_[0], "task.h"), "header");
}

TEST_F(TaskTypes, GraderOfAScriptLanguageIsWhatRuns) {
  task().included["script"] = {{write("grader.scr", "grader")}, "grader.scr"};
  task().submission_name = "task";
  submission_ = SourceProgram{"script", {{"main.scr", "code"}}, std::nullopt};
  std::vector<std::string> argv;
  run_ = [&](const Command& command) {
    argv = command.argv;
    EXPECT_EQ(file_in(command, "task.scr"), "code");
    return exited(0, "right");
  };
  EXPECT_EQ(judge().verdict, Verdict::AC);
  ASSERT_EQ(argv.size(), 2U);
  EXPECT_EQ(argv[1], "grader.scr");
}

TEST_F(TaskTypes, GraderThatIsMissingForALanguageIsACompileError) {
  task().included["family"] = {{write("grader.src", "grader")}, "grader.src"};
  submission_ = SourceProgram{"script", {{"main.scr", "code"}}, std::nullopt};
  const Judgement judgement = judge();
  EXPECT_EQ(judgement.verdict, Verdict::CE);
  EXPECT_EQ(judgement.compile_log, "the problem has no grader for Script");
}

// ---- Checkers of other protocols ----------------------------------------------------------------

TEST_F(TaskTypes, CmsCheckerGetsInputAnswerAndOutput) {
  task().checker.program = write("check/check.src", "checker");
  task().checker.protocol = CheckerProtocol::Cms;
  task().checker.gives_score = true;
  task().is_scoring = true;
  std::vector<std::string> arguments;
  run_ = [&](const Command& command) {
    if (command.argv.size() < 4) return exited(0, "out");
    arguments.assign(command.argv.begin() + 1, command.argv.end());
    EXPECT_THAT(file_in(command, "input.txt"), HasSubstr("input "));
    EXPECT_EQ(file_in(command, "correct_output.txt"), "right");
    EXPECT_EQ(file_in(command, "user_output.txt"), "out");
    return exited(0, "0.25\n");
  };
  task().root.aggregation = problems::Aggregation::Min;
  task().root.points = 100;
  problem_.points_max = 100;
  const Judgement judgement = judge();
  EXPECT_THAT(arguments, ElementsAre("input.txt", "correct_output.txt", "user_output.txt"));
  EXPECT_EQ(judgement.verdict, Verdict::PC);
  EXPECT_DOUBLE_EQ(judgement.points, 25);
}

TEST_F(TaskTypes, TestlibCheckerGetsInputOutputAndAnswer) {
  task().checker.program = write("check/check.src", "checker");
  task().checker.protocol = CheckerProtocol::Testlib;
  run_ = [&](const Command& command) {
    if (command.argv.size() < 4) return exited(0, "out");
    EXPECT_THAT(command.argv,
                ElementsAre("./program", ".judge/input", ".judge/output", ".judge/answer"));
    EXPECT_EQ(file_in(command, ".judge/output"), "out");
    ExecutionResult run = exited(2);
    run.standard_error = "wrong output format x";
    return run;
  };
  const Judgement judgement = judge();
  EXPECT_EQ(judgement.verdict, Verdict::WA);
  EXPECT_EQ(judgement.tests[0].checker_message, "wrong output format x");
}

TEST_F(TaskTypes, CheckerThatBreaksIsAJudgeErrorOfTheProblem) {
  task().checker.program = write("check/check.src", "checker");
  task().checker.protocol = CheckerProtocol::Testlib;
  run_ = [](const Command& command) { return exited(command.argv.size() < 4 ? 0 : 3, "out"); };
  const Judgement judgement = judge();
  EXPECT_EQ(judgement.verdict, Verdict::JE);
  EXPECT_THAT(judgement.detail, HasSubstr("the checker failed (exit code 3)"));
}

// ---- Interactive ---------------------------------------------------------------------------------

TEST_F(TaskTypes, InteractiveJoinsTheStreamsOfBoth) {
  task().type = TaskType::Interactive;
  set_interactor({});
  task().testcases[1].checker_args = {"flag"};
  group_ = [](const std::vector<GroupMember>& members) {
    return group_of(members.size(), exited(42));
  };
  EXPECT_EQ(judge().verdict, Verdict::AC);
  ASSERT_EQ(members_.size(), 2U);
  EXPECT_THAT(members_[0].command.argv, ElementsAre("./program"));
  EXPECT_EQ(content_of(members_[0].command.standard_input), "");
  EXPECT_THAT(members_[1].command.argv, ElementsAre("./program", ".judge/input", ".judge/answer",
                                                    ".judge/feedback/", "flag"));
  EXPECT_EQ(file_in(members_[1].command, ".judge/input"), "input 1");
  EXPECT_EQ(members_[1].others_go_on_after, 42);
  EXPECT_EQ(members_[0].others_go_on_after, std::nullopt);
  ASSERT_EQ(channels_.size(), 2U);
  EXPECT_EQ(channels_[0].from.member, 0U);
  EXPECT_EQ(channels_[0].to.member, 1U);
  EXPECT_EQ(channels_[1].from.member, 1U);
  EXPECT_EQ(channels_[1].to.member, 0U);
}

TEST_F(TaskTypes, InteractiveHidesInputAndAnswerFromTheSubmission) {
  task().type = TaskType::Interactive;
  set_interactor({});
  group_ = [](const std::vector<GroupMember>& members) {
    for (const sandbox::InputFile& file : members[0].command.files) {
      EXPECT_THAT(content_of(file.source), ::testing::Not(HasSubstr("input")));
    }
    return group_of(members.size(), exited(42));
  };
  EXPECT_EQ(judge().verdict, Verdict::AC);
}

TEST_F(TaskTypes, InteractiveKeepsTheBeginningOfTheTalk) {
  task().type = TaskType::Interactive;
  set_interactor({});
  group_ = [](const std::vector<GroupMember>& members) {
    GroupResult group = group_of(members.size(), exited(43));
    group.channels[0].beginning = "guess 5\n";
    group.channels[1].beginning = "lower\n";
    return group;
  };
  const Judgement judgement = judge();
  EXPECT_EQ(judgement.verdict, Verdict::WA);
  EXPECT_EQ(judgement.tests[0].transcript, "< lower\n> guess 5\n");
}

TEST_F(TaskTypes, InteractiveGivesTheInteractorMoreWallTimeThanTheSubmission) {
  task().type = TaskType::Interactive;
  set_interactor({});
  judge();
  EXPECT_GT(members_[1].limits.wall_time, members_[0].limits.wall_time);
  EXPECT_GT(members_[0].limits.wall_time, task().limits.validation_time);
}

TEST_F(TaskTypes, TestlibInteractorHandsItsOutputToTheChecker) {
  task().type = TaskType::Interactive;
  set_interactor({.program = {}, .protocol = CheckerProtocol::Testlib});
  task().checker.program = write("check/check.src", "checker");
  task().checker.protocol = CheckerProtocol::Testlib;
  group_ = [](const std::vector<GroupMember>& members) {
    EXPECT_THAT(members[1].command.argv,
                ElementsAre("./program", ".judge/input", ".judge/output", ".judge/answer"));
    EXPECT_EQ(members[1].others_go_on_after, 0);
    GroupResult group = group_of(members.size(), exited(0));
    group.runs.back().outputs[".judge/output"] = "log of the talk";
    return group;
  };
  run_ = [](const Command& command) {
    EXPECT_EQ(file_in(command, ".judge/output"), "log of the talk");
    return exited(1);
  };
  EXPECT_EQ(judge().verdict, Verdict::WA);
}

// ---- Communication and two steps --------------------------------------------------------------------

TEST_F(TaskTypes, CommunicationJoinsTheManagerByFifosAndTheSubmissionByItsStreams) {
  task().type = TaskType::Communication;
  set_interactor({.program = {}, .protocol = CheckerProtocol::Cms, .processes = 2});
  group_ = [](const std::vector<GroupMember>& members) {
    return group_of(members.size(), exited(0, "1.0\n"));
  };
  EXPECT_EQ(judge().verdict, Verdict::AC);
  ASSERT_EQ(members_.size(), 3U);
  EXPECT_THAT(members_[0].command.argv, ElementsAre("./program", "0"));
  EXPECT_THAT(members_[1].command.argv, ElementsAre("./program", "1"));
  EXPECT_THAT(members_[2].command.argv,
              ElementsAre("./program", "u0_to_m", "m_to_u0", "u1_to_m", "m_to_u1"));
  EXPECT_EQ(content_of(members_[2].command.standard_input), "input 1");
  EXPECT_EQ(file_in(members_[2].command, "input.txt"), "input 1");
  ASSERT_EQ(channels_.size(), 4U);
  EXPECT_EQ(channels_[2].from.member, 1U);
  EXPECT_EQ(channels_[2].from.fifo, "");
  EXPECT_EQ(channels_[2].to.member, 2U);
  EXPECT_EQ(channels_[2].to.fifo, "u1_to_m");
  EXPECT_EQ(channels_[3].from.fifo, "m_to_u1");
  EXPECT_EQ(channels_[3].to.fifo, "");
}

TEST_F(TaskTypes, CommunicationNamesTheFifosWhereTheSubmissionOpensThem) {
  task().type = TaskType::Communication;
  set_interactor({.program = {}, .protocol = CheckerProtocol::Cms, .uses_fifos = true});
  group_ = [](const std::vector<GroupMember>& members) {
    return group_of(members.size(), exited(0, "1.0\n"));
  };
  EXPECT_EQ(judge().verdict, Verdict::AC);
  EXPECT_THAT(members_[0].command.argv, ElementsAre("./program", "m_to_u0", "u0_to_m"));
  EXPECT_EQ(channels_[0].from.fifo, "u0_to_m");
  EXPECT_EQ(channels_[1].to.fifo, "m_to_u0");
}

TEST_F(TaskTypes, CommunicationTriesSilentFifosTheOtherWayRoundOnce) {
  task().type = TaskType::Communication;
  set_interactor({.program = {}, .protocol = CheckerProtocol::Cms, .uses_fifos = true});
  std::vector<std::string> up;
  group_ = [&](const std::vector<GroupMember>& members) {
    up.push_back(channels_[0].from.fifo);
    GroupResult group = group_of(members.size(), exited(0, "1.0\n"));
    if (up.back() == "m_to_u0") {
      group.channels[0].transferred = Bytes{3};
      return group;
    }
    for (ExecutionResult& run : group.runs) run.status = sandbox::RunStatus::Deadlock;
    return group;
  };
  EXPECT_EQ(judge().verdict, Verdict::AC);
  EXPECT_THAT(up, ElementsAre("u0_to_m", "m_to_u0", "m_to_u0"));
}

TEST_F(TaskTypes, CommunicationTakesOutcomeAndMessageOfTheManager) {
  task().type = TaskType::Communication;
  set_interactor({.program = {}, .protocol = CheckerProtocol::Cms});
  group_ = [](const std::vector<GroupMember>& members) {
    ExecutionResult manager = exited(0, "0\n");
    manager.standard_error = "too many calls\n";
    return group_of(members.size(), manager);
  };
  const Judgement judgement = judge();
  EXPECT_EQ(judgement.verdict, Verdict::WA);
  EXPECT_EQ(judgement.tests[0].checker_message, "too many calls");
}

TEST_F(TaskTypes, CommunicationWithABrokenManagerIsAJudgeError) {
  task().type = TaskType::Communication;
  set_interactor({.program = {}, .protocol = CheckerProtocol::Cms});
  group_ = [](const std::vector<GroupMember>& members) {
    return group_of(members.size(), exited(139, "1.0\n"));
  };
  const Judgement judgement = judge();
  EXPECT_EQ(judgement.verdict, Verdict::JE);
  EXPECT_THAT(judgement.detail, HasSubstr("the manager ended with exit code 139"));
}

TEST_F(TaskTypes, TwoStepsChecksWhatTheSecondRunPrints) {
  task().type = TaskType::TwoSteps;
  group_ = [](const std::vector<GroupMember>& members) {
    return group_of(members.size(), exited(0, "right"));
  };
  EXPECT_EQ(judge().verdict, Verdict::AC);
  ASSERT_EQ(members_.size(), 2U);
  EXPECT_THAT(members_[0].command.argv, ElementsAre("./program", "0", "fifo"));
  EXPECT_THAT(members_[1].command.argv, ElementsAre("./program", "1", "fifo"));
  EXPECT_EQ(content_of(members_[0].command.standard_input), "input 1");
  EXPECT_EQ(content_of(members_[1].command.standard_input), "");
  ASSERT_EQ(channels_.size(), 1U);
  EXPECT_EQ(channels_[0].from.member, 0U);
  EXPECT_EQ(channels_[0].to.member, 1U);
}

TEST_F(TaskTypes, TwoStepsFailWithEitherRun) {
  task().type = TaskType::TwoSteps;
  group_ = [](const std::vector<GroupMember>& members) {
    GroupResult group = group_of(members.size(), exited(0, "right"));
    group.runs[0] = exited(1);
    return group;
  };
  EXPECT_EQ(judge().verdict, Verdict::RE);
}

// ---- Outputs that are handed in -----------------------------------------------------------------------

TEST_F(TaskTypes, OutputOnlyChecksTheFilesAndRunsNothing) {
  task().type = TaskType::OutputOnly;
  task().limits.cpu_time = std::nullopt;
  task().root.stop_at_first_error = false;
  submission_ = OutputFiles{{{"0.out", "right"}, {"output_1.txt", "wrong"}}};
  const Judgement judgement = judge();
  EXPECT_EQ(judgement.tests[0].verdict, Verdict::AC);
  EXPECT_EQ(judgement.tests[1].verdict, Verdict::WA);
  EXPECT_TRUE(sandbox_.commands().empty());
}

TEST_F(TaskTypes, OutputOnlyCallsAMissingOutputWrong) {
  task().type = TaskType::OutputOnly;
  submission_ = OutputFiles{{{"1", "right"}}};
  const Judgement judgement = judge();
  EXPECT_EQ(judgement.verdict, Verdict::WA);
  EXPECT_EQ(judgement.tests[0].checker_message, "no output was handed in for this testcase");
}

TEST_F(TaskTypes, OutputOnlyHoldsAFileToTheOutputLimit) {
  task().type = TaskType::OutputOnly;
  task().limits.output = Bytes{3};
  submission_ = OutputFiles{{{"0", "right"}, {"1", "right"}}};
  EXPECT_EQ(judge().verdict, Verdict::OLE);
}

TEST_F(TaskTypes, OutputOnlyRefusesAProgram) {
  task().type = TaskType::OutputOnly;
  const auto judgement = judge_->judge(problem_, submission_, {});
  ASSERT_FALSE(judgement.has_value());
  EXPECT_EQ(judgement.error().code, ErrorCode::Unsupported);
}

TEST_F(TaskTypes, OutputOnlyTellsTestcasesOfTheSameBytesApart) {
  task().type = TaskType::OutputOnly;
  task().testcases[1].input.sha256 = task().testcases[0].input.sha256;
  task().testcases[1].answer.sha256 = task().testcases[0].answer.sha256;
  submission_ = OutputFiles{{{"0", "right"}, {"1", "wrong"}}};
  EXPECT_EQ(judge().verdict, Verdict::WA);
}

TEST_F(TaskTypes, BatchAndOutputTellsTheCmsCheckerWhichItIs) {
  task().type = TaskType::BatchAndOutput;
  task().root.stop_at_first_error = false;
  task().testcases[1].takes_output = true;
  task().testcases[1].is_output_only = true;
  task().checker.program = write("check/check.src", "checker");
  task().checker.protocol = CheckerProtocol::Cms;
  std::vector<std::string> last;
  run_ = [&](const Command& command) {
    if (command.argv.size() < 4) return exited(0, "out");
    last.push_back(command.argv.back());
    return exited(0, "1\n");
  };
  Judgement judgement = judge();
  EXPECT_EQ(judgement.tests[0].verdict, Verdict::AC);
  EXPECT_EQ(judgement.tests[1].verdict, Verdict::WA);
  submission_ = OutputFiles{{{"1", "x"}}};
  judgement = judge();
  EXPECT_EQ(judgement.tests[0].verdict, Verdict::WA);
  EXPECT_EQ(judgement.tests[1].verdict, Verdict::AC);
  EXPECT_THAT(last, ElementsAre("batch", "outputonly"));
}

// ---- Cache key ------------------------------------------------------------------------------------

TEST_F(TaskTypes, CacheKeyChangesWithWhateverATaskTypeAdds) {
  std::vector<std::string> keys;
  const auto add = [&] {
    keys.push_back(judge_->cache_key(problem_, submission_).value_or("failed"));
  };
  add();
  task().input_file = "in.txt";
  add();
  task().output_file = "out.txt";
  add();
  task().checker.comparison = problems::Comparison::WhiteDiff;
  add();
  task().is_multi_pass = true;
  add();
  task().passes_max = 5;
  add();
  task().submission_name = "task";
  add();
  task().included["family"] = {{write("grader.src", "grader")}, "grader.src"};
  add();
  task().checker.program = write("check/check.src", "checker");
  add();
  task().checker.protocol = CheckerProtocol::Cms;
  add();
  task().checker.support_files = {write("more/helper.src", "helper")};
  add();
  task().type = TaskType::Communication;
  set_interactor({.program = {}, .protocol = CheckerProtocol::Cms});
  add();
  task().interactor->processes = 2;
  add();
  task().interactor->uses_fifos = true;
  add();
  write("manager/manager.src", "another manager");
  add();
  task().type = TaskType::BatchAndOutput;
  add();
  task().testcases[1].takes_output = true;
  add();
  task().testcases[1].is_output_only = true;
  add();
  submission_ = OutputFiles{{{"1", "an output"}}};
  add();
  submission_ = OutputFiles{{{"1", "another output"}}};
  add();
  const std::set<std::string> different(keys.begin(), keys.end());
  EXPECT_EQ(different.size(), keys.size());
  EXPECT_FALSE(different.contains("failed"));
}

// ---- Passes ----------------------------------------------------------------------------------------------

class Passes : public TaskTypes {
 protected:
  void SetUp() override {
    TaskTypes::SetUp();
    task().is_multi_pass = true;
    task().passes_max = 3;
    task().testcases.resize(1);
    task().root.order.resize(1);
    task().checker.program = write("check/check.src", "checker");
    run_ = [this](const Command& command) { return pass(command); };
  }

  // The submission prints its input; the checker counts passes in a file of its own.
  Result<ExecutionResult> pass(const Command& command) {
    if (command.argv.size() < 4) {
      ExecutionResult run = exited(0, content_of(command.standard_input));
      run.cpu_time = std::chrono::milliseconds(10 * (3 - std::min<int>(2, passes_)));
      return run;
    }
    ++passes_;
    inputs_.push_back(file_in(command, ".judge/input"));
    states_.push_back(file_in(command, ".judge/feedback/state"));
    ExecutionResult run = exited(passes_ == last_pass_ ? last_code_ : 42);
    run.outputs[".judge/feedback/state"] = std::to_string(passes_);
    if (passes_ != last_pass_) {
      run.outputs[".judge/feedback/nextpass.in"] = "pass " + std::to_string(passes_ + 1);
    }
    return run;
  }

  int passes_ = 0;
  int last_pass_ = 3;
  int last_code_ = 42;
  std::vector<std::string> inputs_;
  std::vector<std::string> states_;
};

TEST_F(Passes, GoOnUntilTheCheckerAsksForNoMore) {
  const Judgement judgement = judge();
  EXPECT_EQ(judgement.verdict, Verdict::AC);
  EXPECT_EQ(judgement.tests[0].passes, 3);
  EXPECT_THAT(inputs_, ElementsAre("input 0", "pass 2", "pass 3"));
}

TEST_F(Passes, KeepTheFilesOfTheCheckerAndNothingElse) {
  judge();
  EXPECT_THAT(states_, ElementsAre("(absent)", "1", "2"));
}

TEST_F(Passes, ShowTheSlowestPass) {
  EXPECT_EQ(judge().tests[0].cpu_time, std::chrono::milliseconds(30));
}

TEST_F(Passes, EndWithTheFirstThatIsRejected) {
  last_pass_ = 2;
  last_code_ = 43;
  const Judgement judgement = judge();
  EXPECT_EQ(judgement.verdict, Verdict::WA);
  EXPECT_EQ(judgement.tests[0].passes, 2);
}

TEST_F(Passes, BeyondTheMostThatAreAllowedAreAJudgeError) {
  task().passes_max = 2;
  const Judgement judgement = judge();
  EXPECT_EQ(judgement.verdict, Verdict::JE);
  EXPECT_THAT(judgement.detail, HasSubstr("more than 2 passes"));
}

TEST_F(Passes, OfAnInteractiveProblemGiveTheInteractorTheNextInput) {
  task().type = TaskType::Interactive;
  set_interactor({});
  std::vector<std::string> inputs;
  group_ = [&](const std::vector<GroupMember>& members) {
    inputs.push_back(file_in(members[1].command, ".judge/input"));
    GroupResult group = group_of(members.size(), exited(42));
    if (inputs.size() == 1) group.runs.back().outputs[".judge/feedback/nextpass.in"] = "second";
    return group;
  };
  EXPECT_EQ(judge().verdict, Verdict::AC);
  EXPECT_THAT(inputs, ElementsAre("input 0", "second"));
}

}  // namespace
}  // namespace eval::judges
