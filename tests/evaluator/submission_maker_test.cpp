#include "evaluator/submission_maker.h"

#include <gtest/gtest.h>

#include <utility>

namespace eval::evaluator {
namespace {

using judges::Languages;
using judges::SourceProgram;

runners::Generation reply(std::string text) {
  runners::Generation generation;
  generation.text = std::move(text);
  return generation;
}

runners::Generation recorded(std::vector<runners::RecordedFile> files) {
  runners::Generation generation;
  generation.text = "```python\nprint('not this')\n```\n";
  generation.files = std::move(files);
  return generation;
}

problems::Problem program_problem(std::vector<std::string> languages = {}) {
  problems::Problem problem;
  problem.id = "suite/sum";
  problems::ProgramTask task;
  task.languages = std::move(languages);
  problem.task = std::move(task);
  return problem;
}

MadeSubmission made(const runners::Generation& generation, const problems::Problem& problem,
                    std::vector<std::string> preferred = {}) {
  const SubmissionOptions options{ExtractionRule::LastBlock, std::move(preferred)};
  auto result = make_submission(generation, problem, options, Languages::built_in());
  EXPECT_TRUE(result) << describe(result.error());
  return *std::move(result);
}

SourceProgram program_of(const MadeSubmission& result) {
  EXPECT_TRUE(result.submission) << result.reason;
  return std::get<SourceProgram>(result.submission->submission);
}

std::string language_of(std::string text, std::vector<std::string> preferred = {},
                        std::vector<std::string> allowed = {}) {
  return program_of(made(reply(std::move(text)), program_problem(std::move(allowed)),
                         std::move(preferred)))
      .language;
}

// What a program of LiveCodeBench is taken for; "" where there is no submission.
std::string language_under(judges::Semantics semantics, const runners::Generation& generation,
                           std::vector<std::string> allowed = {}) {
  const SubmissionOptions options{ExtractionRule::LastTwoFences, {}, semantics};
  const auto result = make_submission(generation, program_problem(std::move(allowed)), options,
                                      Languages::built_in());
  EXPECT_TRUE(result) << describe(result.error());
  return result->submission ? std::get<SourceProgram>(result->submission->submission).language
                            : std::string();
}

TEST(MakeSubmission, TakesEveryProgramForPythonWhereTheOfficialEvaluatorDoes) {
  const std::vector<std::string> pythons = {"python3", "pypy3"};
  const auto mistagged = reply("```cpp\nclass Solution:\n    pass\n```\n");
  const auto untold = reply("```\nwhile True:\n    break\n```\n");
  const auto misleading = reply("```\nrequire(1)\n```\n");
  runners::Generation file = recorded({{"a.cpp", "int main() {}"}});
  for (const auto semantics :
       {judges::Semantics::LcbOfficial, judges::Semantics::LcbOfficial2501}) {
    EXPECT_EQ(language_under(semantics, mistagged, pythons), "python3");
    EXPECT_EQ(language_under(semantics, untold), "python3");
    EXPECT_EQ(language_under(semantics, misleading, pythons), "python3");
    EXPECT_EQ(language_under(semantics, file, pythons), "python3");
  }
  EXPECT_EQ(language_under(judges::Semantics::Process, reply("```cpp\nint main() {}\n```\n")),
            "cpp20");
  EXPECT_EQ(language_under(judges::Semantics::Process, mistagged, pythons), "");
  EXPECT_EQ(language_under(judges::Semantics::Process, untold), "python3");
}

TEST(MakeSubmission, TakesCodeAndLanguageFromTheBlock) {
  const MadeSubmission result = made(reply("So:\n```python\nprint(1)\n```\n"), program_problem());
  EXPECT_EQ(program_of(result),
            (SourceProgram{"python3", {{"submission.py", "print(1)\n"}}, std::nullopt}));
  EXPECT_EQ(result.submission->rule, "last-block");
}

TEST(MakeSubmission, TakesAPlainTagForThePreferredMemberOfItsFamily) {
  EXPECT_EQ(language_of("```cpp\nint main() {}\n```"), "cpp20");
  EXPECT_EQ(language_of("```cpp\nint main() {}\n```", {"python3", "cpp17"}), "cpp17");
  EXPECT_EQ(language_of("```python\nprint(1)\n```", {"pypy3"}), "pypy3");
}

TEST(MakeSubmission, TakesATagThatNamesAStandardAtItsWord) {
  EXPECT_EQ(language_of("```c++23\nint main() {}\n```", {"cpp17"}), "cpp23");
}

TEST(MakeSubmission, TakesTheAllowedMemberOfTheFamily) {
  EXPECT_EQ(language_of("```cpp\nint main() {}\n```", {}, {"java", "cpp17"}), "cpp17");
}

TEST(MakeSubmission, FindsNoSubmissionInALanguageThatIsNotAllowed) {
  const MadeSubmission result =
      made(reply("```python\nprint(1)\n```"), program_problem({"cpp20", "java"}));
  EXPECT_FALSE(result.submission);
  EXPECT_EQ(result.reason,
            "the program is in Python 3, which the problem does not allow (cpp20, java)");
}

TEST(MakeSubmission, TellsTheLanguageOfAnUntaggedBlockFromItsContent) {
  EXPECT_EQ(language_of("```\n#include <iostream>\nint main() { std::cout << 1; }\n```"), "cpp20");
  EXPECT_EQ(language_of("```\n#include <stdio.h>\nint main() { puts(\"1\"); }\n```"), "c");
  EXPECT_EQ(language_of("```\npublic class A { public static void main(String[] a) {} }\n```"),
            "java");
  EXPECT_EQ(language_of("```\nfn main() {}\n```"), "rust");
  EXPECT_EQ(language_of("```\npackage main\n\nfunc main() {}\n```"), "go");
  EXPECT_EQ(language_of("```\nfun main() { println(1) }\n```"), "kotlin");
  EXPECT_EQ(language_of("```\nconsole.log(1)\n```"), "javascript");
  EXPECT_EQ(language_of("```\nn = int(input())\n```"), "python3");
}

TEST(MakeSubmission, IgnoresATagThatIsNoLanguage) {
  EXPECT_EQ(language_of("```code\nimport sys\n```"), "python3");
}

TEST(MakeSubmission, FallsBackToThePreferredThenTheOnlyAllowedLanguage) {
  EXPECT_EQ(language_of("```\n42\n```", {"java", "cpp17"}), "java");
  EXPECT_EQ(language_of("```\n42\n```", {}, {"rust"}), "rust");
}

TEST(MakeSubmission, GivesUpOnABlockWhoseLanguageNothingTells) {
  const MadeSubmission result = made(reply("```\n42\n```"), program_problem());
  EXPECT_FALSE(result.submission);
  EXPECT_EQ(result.reason, "the language of the code block cannot be told");
}

TEST(MakeSubmission, FindsNoSubmissionWithoutCode) {
  EXPECT_EQ(made(reply("I do not know."), program_problem()).reason,
            "the reply has no complete code block");
  EXPECT_EQ(made(reply("```cpp\n\n```"), program_problem()).reason,
            "the code block of the reply is empty");
}

TEST(MakeSubmission, NeverReadsTheReasoning) {
  runners::Generation generation = reply("Sorry.");
  generation.reasoning = "```python\nprint(1)\n```";
  EXPECT_FALSE(made(generation, program_problem()).submission);
}

TEST(MakeSubmission, TakesTheFilesOfARecordingAsTheyAre) {
  runners::Generation generation =
      recorded({{"src/Main.java", "class Main {}\r\n"}, {"src/Aid.java", "class Aid {}"}});
  generation.language = "java";
  const MadeSubmission result = made(generation, program_problem(), {"cpp17"});
  EXPECT_EQ(program_of(result),
            (SourceProgram{"java",
                           {{"Main.java", "class Main {}\r\n"}, {"Aid.java", "class Aid {}"}},
                           std::nullopt}));
  EXPECT_EQ(result.submission->rule, "verbatim");
}

TEST(MakeSubmission, TellsTheLanguageOfRecordedFilesFromTheirNames) {
  EXPECT_EQ(program_of(made(recorded({{"aid.h", "int f();\n"}, {"a.cpp", "int main() {}\n"}}),
                            program_problem()))
                .language,
            "cpp20");
}

TEST(MakeSubmission, SaysThatARecordedLanguageIsNotKnown) {
  const auto result = make_submission(recorded({{"a.hs", "main = print 1"}}), program_problem(), {},
                                      Languages::built_in());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::Unsupported);
  EXPECT_EQ(result.error().what, "the language of the recorded file \"a.hs\" is not known");
}

problems::Problem patch_problem() {
  problems::Problem problem;
  problem.task = problems::PatchTask{};
  return problem;
}

std::string diff_of(const MadeSubmission& result) {
  EXPECT_TRUE(result.submission) << result.reason;
  return std::get<judges::Patch>(result.submission->submission).diff;
}

TEST(MakeSubmission, TakesTheRecordedPatch) {
  EXPECT_EQ(diff_of(made(recorded({{"patch.diff", "diff --git a/x b/x"}}), patch_problem())),
            "diff --git a/x b/x\n");
}

TEST(MakeSubmission, TakesTheLastDiffBlock) {
  EXPECT_EQ(diff_of(made(reply("```diff\n--- a/x\n```\n```diff\n--- a/y\n```\n```python\nz\n```\n"),
                         patch_problem())),
            "--- a/y\n");
}

TEST(MakeSubmission, TakesATextThatIsADiffWhole) {
  EXPECT_EQ(diff_of(made(reply("\ndiff --git a/x b/x\n+1\n"), patch_problem())),
            "diff --git a/x b/x\n+1\n");
}

TEST(MakeSubmission, FindsNoPatchInProse) {
  EXPECT_EQ(made(reply("Change `x`."), patch_problem()).reason, "the reply has no diff");
}

TEST(MakeSubmission, TakesTheWholeAnswerAsProof) {
  problems::Problem problem;
  problem.task = problems::ProofTask{};
  const MadeSubmission result = made(reply("Let $x$. ```a```"), problem);
  ASSERT_TRUE(result.submission);
  EXPECT_EQ(std::get<judges::Proof>(result.submission->submission).text, "Let $x$. ```a```");
  EXPECT_FALSE(made(reply(" \n"), problem).submission);
}

}  // namespace
}  // namespace eval::evaluator
