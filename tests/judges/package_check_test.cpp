#include "judges/package_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "judges/steps/package_files.h"
#include "tests/support/fake_sandbox.h"

namespace eval::judges {
namespace {

using problems::ProgramTask;
using sandbox::Command;
using sandbox::ExecutionResult;
using sandbox::Limits;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using tests::content_of;
using tests::exited;
using tests::FakeSandbox;

const Languages& table() {
  static const Languages languages = *Languages::from_json(R"({"languages": [
      {"id": "compiled", "extensions": [".src"], "program": "sh",
       "compile": ["/bin/sh", "compile", "{files}"], "run": ["./{output}"]}]})",
                                                           "test");
  return languages;
}

TEST(ReadPackageProgram, FollowsLinksThatThePackageMayHave) {
  const auto folder = TempDir::create("package-program-");
  ASSERT_TRUE(folder.has_value());
  ASSERT_TRUE(write_file(folder->path() / "checker/check.cpp", "code"));
  ASSERT_TRUE(write_file(folder->path() / "shared/validation.h", "shared"));
  fs::create_symlink("../shared/validation.h", folder->path() / "checker/validation.h");
  fs::create_symlink("nowhere.h", folder->path() / "checker/dangling.h");
  const auto files = read_package_program(folder->path() / "checker", {}, {});
  ASSERT_TRUE(files.has_value()) << describe(files.error());
  ASSERT_EQ(files->size(), 2U);
  EXPECT_EQ((*files)[1].name, "validation.h");
  EXPECT_EQ(content_of((*files)[1].source), "shared");
}

// A package of three testcases in data/secret and a validator that accepts what does not hold "bad".
class CheckData : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("package-check-");
    ASSERT_TRUE(folder.has_value());
    folder_ = std::move(*folder);
    problem_.id = "suite/a";
    problem_.directory = folder_->path();
    for (const char* name : {"1", "2", "3"}) {
      problems::Testcase testcase;
      testcase.name = std::string("secret/") + name;
      testcase.input.path = write("data/secret/" + std::string(name) + ".in", name);
      testcase.answer.path = write("data/secret/" + std::string(name) + ".ans", "42\n");
      task().testcases.push_back(testcase);
    }
    task().input_validators = {{.program = write("input_validators/check.src", "code")}};
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

  Result<ExecutionResult> answer(const Command& command, const Limits&) {
    if (command.profile == sandbox::Profile::Compiler) {
      ExecutionResult result = exited(compiles_ ? 0 : 1);
      for (const std::string& name : command.outputs) {
        if (compiles_) result.outputs[name] = "binary";
      }
      return result;
    }
    flags_.insert(flags_.end(), command.argv.begin() + 1, command.argv.end());
    ExecutionResult result = exited(42);
    if (content_of(command.standard_input).find("bad") != std::string::npos) {
      result = exited(43);
      result.standard_error = "line 1: bad\n";
    }
    return result;
  }

  DataCheck check(const DataCheckOptions& options = {}) {
    auto found = check_data(problem_, sandbox_, table(), options, {});
    EXPECT_TRUE(found.has_value()) << describe(found.error());
    return found ? *found : DataCheck{};
  }

  std::optional<TempDir> folder_;
  problems::Problem problem_;
  bool compiles_ = true;
  std::vector<std::string> flags_;
  FakeSandbox sandbox_{
      [this](const Command& command, const Limits& limits) { return answer(command, limits); }};
};

TEST_F(CheckData, CountsInputsAndAnswersThatAreAsTheyMustBe) {
  const DataCheck found = check();
  EXPECT_EQ(found.inputs_checked, 3);
  EXPECT_EQ(found.answers_checked, 3);
  EXPECT_THAT(found.faults, IsEmpty());
  EXPECT_THAT(found.skipped, IsEmpty());
}

TEST_F(CheckData, NamesTheInputThatAValidatorRejectsAndWhatItSays) {
  write("data/secret/2.in", "bad");
  const DataCheck found = check();
  EXPECT_EQ(found.inputs_checked, 2);
  ASSERT_THAT(found.faults, SizeIs(1));
  EXPECT_EQ(found.faults[0],
            "input validator check rejects secret/2 (exit code 43, not 42): line 1: bad");
}

TEST_F(CheckData, StopsAValidatorThatRejectsEverything) {
  for (int i = 4; i < 40; ++i) {
    problems::Testcase testcase = task().testcases.front();
    testcase.name = "secret/" + std::to_string(i);
    testcase.input.path = write("data/secret/" + std::to_string(i) + ".in", "bad");
    task().testcases.push_back(testcase);
  }
  const DataCheck found = check();
  ASSERT_THAT(found.faults, SizeIs(11));
  EXPECT_THAT(found.faults.back(), HasSubstr("no more is run"));
}

TEST_F(CheckData, GivesAValidatorTheFlagsOfTheNearestFolder) {
  write("data/testdata.yaml", "input_validator_flags: nmax=5\n");
  write("data/secret/test_group.yaml", "input_validator_args: [a, b]\n");
  write("data/secret/3.yaml", "input_validator_args: {check: [c], other: [d]}\n");
  check();
  EXPECT_THAT(flags_, ElementsAre("a", "b", "a", "b", "c"));
}

TEST_F(CheckData, SkipsTheLanguagesOfOtherToolsByName) {
  task().input_validators = {{.program = write("input_validators/a.ctd", "")},
                             {.program = write("input_validators/b.viva", "")}};
  const DataCheck found = check();
  EXPECT_EQ(found.inputs_checked, 0);
  EXPECT_THAT(found.skipped,
              ElementsAre(HasSubstr("a.ctd: checktestdata"), HasSubstr("b.viva: viva")));
  EXPECT_THAT(found.faults, IsEmpty());
}

TEST_F(CheckData, ReportsAValidatorThatDoesNotCompile) {
  compiles_ = false;
  const DataCheck found = check();
  ASSERT_THAT(found.faults, SizeIs(1));
  EXPECT_THAT(found.faults[0], HasSubstr("input validator check.src does not compile"));
}

TEST_F(CheckData, SkipsAValidatorInALanguageThatIsNotKnown) {
  task().input_validators = {{.program = write("input_validators/a.unknown", "")}};
  const DataCheck found = check();
  EXPECT_THAT(found.skipped, ElementsAre(HasSubstr("a.unknown")));
}

TEST_F(CheckData, FindsAnAnswerThatTheComparisonDoesNotAccept) {
  task().testcases[1].checker_args = {"no_such_flag"};
  const DataCheck found = check();
  EXPECT_EQ(found.answers_checked, 2);
  ASSERT_THAT(found.faults, SizeIs(1));
  EXPECT_THAT(found.faults[0], HasSubstr("the answer of secret/2 is JE as an output"));
}

TEST_F(CheckData, LeavesAnswersToACheckerOfThePackageAlone) {
  task().checker.program = write("output_validators/check.src", "code");
  EXPECT_EQ(check().answers_checked, 0);
}

TEST_F(CheckData, BuildsGeneratorsOnlyWhenAsked) {
  write("generators/make.src", "code");
  write("generators/notes.txt", "text");
  EXPECT_EQ(check().generators_built, 0);
  EXPECT_EQ(check({.generators = true}).generators_built, 1);
}

TEST_F(CheckData, RefusesTheGeneratorsOfBapctoolsByName) {
  write("generators/generators.yaml", "data: {}\n");
  write("generators/make.src", "code");
  const DataCheck found = check({.generators = true});
  EXPECT_EQ(found.generators_built, 0);
  EXPECT_THAT(found.skipped, Contains(HasSubstr("generators.yaml of BAPCtools")));
}

problems::ReferenceSubmission promised(const char* name, const char* code) {
  problems::ReferenceSubmission reference;
  reference.name = name;
  reference.expected = {code};
  return reference;
}

Judgement timed(Verdict verdict, std::vector<int> cpu_ms) {
  Judgement judgement;
  judgement.verdict = verdict;
  judgement.time_limit = std::chrono::milliseconds(1000);
  for (const int time : cpu_ms) {
    judgement.tests.emplace_back();
    judgement.tests.back().verdict = verdict;
    judgement.tests.back().cpu_time = std::chrono::milliseconds(time);
  }
  return judgement;
}

TEST(TimeSensitivity, KnowsTheSlowestAcceptedAndTheFastestThatIsTooSlow) {
  TimeSensitivity times;
  times.add(promised("accepted/a", "AC"), timed(Verdict::AC, {10, 200, 30}));
  times.add(promised("accepted/b", "AC"), timed(Verdict::AC, {250}));
  times.add(promised("slow/c", "TLE"), timed(Verdict::TLE, {10, 1800}));
  times.add(promised("slow/d", "TLE"), timed(Verdict::TLE, {1600}));
  times.add(promised("wrong/e", "WA"), timed(Verdict::WA, {990}));
  EXPECT_EQ(times.slowest_name, "accepted/b");
  EXPECT_EQ(times.slowest_accepted, std::chrono::milliseconds(250));
  EXPECT_DOUBLE_EQ(*times.safety_factor(), 4);
  EXPECT_EQ(times.fastest_name, "slow/d");
  EXPECT_TRUE(times.fastest_was_killed);
}

TEST(TimeSensitivity, HasNoFactorWithoutAnAcceptedSubmission) {
  EXPECT_EQ(TimeSensitivity{}.safety_factor(), std::nullopt);
}

}  // namespace
}  // namespace eval::judges
