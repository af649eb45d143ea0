#include "evaluator/prompt.h"

#include <gtest/gtest.h>

namespace eval::evaluator {
namespace {

problems::Problem sum_problem() {
  problems::Problem problem;
  problem.id = "demo/sum";
  problem.slug = "sum";
  problem.title = "Sum";
  problem.statement = "\nAdd two numbers.\r\n\r\nThey are small: $0 \\le a, b \\le 9$.\n\n";
  problems::ProgramTask task;
  task.limits.cpu_time = std::chrono::milliseconds(1500);
  task.limits.memory = Bytes::mib(256);
  problem.task = std::move(task);
  return problem;
}

Result<runners::Prompt> prompt_for(const problems::Problem& problem, PromptOptions options = {},
                                   const std::vector<PromptSample>& samples = {}) {
  return make_prompt(problem, samples, options, judges::Languages::built_in());
}

std::string text_for(const problems::Problem& problem, PromptOptions options = {},
                     const std::vector<PromptSample>& samples = {}) {
  const auto prompt = prompt_for(problem, std::move(options), samples);
  EXPECT_TRUE(prompt) << describe(prompt.error());
  return prompt->messages.back().content;
}

// The whole text is the golden: a change of it needs a new template name.
TEST(Prompt, OfAProgramStatesTheProblemAndAsksForOneBlock) {
  const auto prompt =
      prompt_for(sum_problem(), {"evalctl-program-1", {"cpp20", "python3"}}, {{"1 2\n", "3\n"}});
  ASSERT_TRUE(prompt);
  ASSERT_EQ(prompt->messages.size(), 1u);
  EXPECT_EQ(prompt->messages[0].role, runners::Role::User);
  EXPECT_EQ(prompt->messages[0].content, R"(Solve this competitive programming problem.

# Sum

Add two numbers.

They are small: $0 \le a, b \le 9$.

## Limits

- Time: 1.5 s of processor time for each test
- Memory: 256 MiB

## Sample 1

Input:

```
1 2
```

Output:

```
3
```

## Your task

Write one complete program in C++20 or Python 3. It reads from standard input and writes to standard output, exactly in the format described and nothing else. End your answer with the whole program in a single fenced code block that starts with ```cpp (or the tag of your language).
)");
}

TEST(Prompt, AsksForTheAllowedLanguagesWhereNoPreferredOneIsAllowed) {
  problems::Problem problem = sum_problem();
  std::get<problems::ProgramTask>(problem.task).languages = {"java"};
  const std::string text = text_for(problem, {"", {"cpp20"}});
  EXPECT_NE(text.find("one complete program in Java."), std::string::npos);
  EXPECT_NE(text.find("starts with ```java.\n"), std::string::npos);
}

TEST(Prompt, FencesASampleThatHoldsBackticksWithMore) {
  EXPECT_NE(text_for(sum_problem(), {}, {{"```", "ok"}}).find("````\n```\n````\n"),
            std::string::npos);
}

TEST(Prompt, NamesPointsOfAScoringProblem) {
  problems::Problem problem = sum_problem();
  problem.points_max = 100;
  std::get<problems::ProgramTask>(problem.task).is_scoring = true;
  EXPECT_NE(text_for(problem).find("- Score: up to 100 points"), std::string::npos);
}

TEST(Prompt, InLiveCodeBenchLayoutHasItsThreeParts) {
  const auto prompt = prompt_for(sum_problem(), {"livecodebench-generic-2", {}});
  ASSERT_TRUE(prompt);
  ASSERT_EQ(prompt->messages.size(), 2u);
  EXPECT_EQ(prompt->messages[0].role, runners::Role::System);
  const std::string& text = prompt->messages[1].content;
  EXPECT_TRUE(text.starts_with("### Question:\n" + sum_problem().statement + "\n\n")) << text;
  EXPECT_NE(text.find("\n\n### Format: "), std::string::npos);
  EXPECT_TRUE(text.ends_with("```\n\n### Answer: (use the provided format with backticks)\n\n"))
      << text;
}

TEST(Prompt, InNemoSkillsLayoutTurnsFourSpacesIntoATab) {
  problems::Problem problem = sum_problem();
  problem.statement = "a:\n    b";
  const std::string text = text_for(problem, {"nemo-skills-1", {"python3"}});
  EXPECT_NE(text.find("a:\n\tb"), std::string::npos);
  EXPECT_NE(text.find("```python\n"), std::string::npos);
  EXPECT_NE(text_for(problem, {"nemo-skills-1", {"cpp17", "cpp20"}}).find("Use C++ only"),
            std::string::npos);
}

TEST(Prompt, OfAPatchAsksForADiff) {
  problems::Problem problem = sum_problem();
  problem.task = problems::PatchTask{.repository = "owner/name",
                                     .base_commit = "abc",
                                     .test_patch = "",
                                     .version = "",
                                     .image = "",
                                     .fail_to_pass = {},
                                     .pass_to_pass = {},
                                     .reference_patch = ""};
  const std::string text = text_for(problem);
  EXPECT_NE(text.find("owner/name at commit abc"), std::string::npos);
  EXPECT_NE(text.find("```diff"), std::string::npos);
}

TEST(Prompt, OfAProofSaysHowItIsMarked) {
  problems::Problem problem = sum_problem();
  problem.points_max = 7;
  problem.task = problems::ProofTask{};
  EXPECT_NE(text_for(problem).find("marked from 0 to 7"), std::string::npos);
}

TEST(Prompt, RefusesAStatementThatIsOnlyAPdf) {
  problems::Problem problem = sum_problem();
  problem.statement.clear();
  problem.statement_format = problems::StatementFormat::Pdf;
  const auto prompt = prompt_for(problem);
  ASSERT_FALSE(prompt);
  EXPECT_EQ(prompt.error().code, ErrorCode::Unsupported);
  EXPECT_EQ(prompt.error().what, "problem \"demo/sum\" has its statement only as a PDF");
}

TEST(PromptTemplate, OffersTheClosestName) {
  const auto name = prompt_template_for(sum_problem(), "evalctl-program");
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code, ErrorCode::Usage);
  EXPECT_EQ(name.error().help, "did you mean \"evalctl-program-1\"?");
}

TEST(PromptTemplate, RefusesATemplateOfAnotherKind) {
  const auto name = prompt_template_for(sum_problem(), "evalctl-proof-1");
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().what,
            "prompt template \"evalctl-proof-1\" is made for a proof, and \"demo/sum\" asks for a "
            "program");
}

class PromptSamples : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("prompt");
    ASSERT_TRUE(folder);
    folder_.emplace(*std::move(folder));
    add("sample/1", true, "1 2\r\n", "3\n");
    add("secret/1", false, "4 4\n", "8\n");
  }

  void add(const std::string& name, bool is_sample, std::string_view input,
           std::string_view answer) {
    problems::Testcase testcase;
    testcase.name = name;
    testcase.is_sample = is_sample;
    testcase.input.path = folder_->path() / (name + ".in");
    testcase.answer.path = folder_->path() / (name + ".ans");
    ASSERT_TRUE(write_file(testcase.input.path, input));
    ASSERT_TRUE(write_file(testcase.answer.path, answer));
    std::get<problems::ProgramTask>(problem_.task).testcases.push_back(testcase);
  }

  std::optional<TempDir> folder_;
  problems::Problem problem_ = sum_problem();
};

TEST_F(PromptSamples, AreReadFromSampleTestcasesOnly) {
  EXPECT_EQ(samples_to_add(problem_), (std::vector<PromptSample>{{"1 2\n", "3\n"}}));
}

TEST_F(PromptSamples, AreLeftOutWhereTheStatementHasThem) {
  problem_.statement = "Add.\n\nSample Input\n1  2\n\nSample Output\n3\n";
  EXPECT_EQ(samples_to_add(problem_), std::vector<PromptSample>{});
}

TEST_F(PromptSamples, AreAddedWhereTheStatementHasOnlySome) {
  add("sample/2", true, "7 8\n", "15\n");
  problem_.statement = "Add.\n\nSample Input\n1 2\n\nSample Output\n3\n";
  EXPECT_EQ(samples_to_add(problem_)->size(), 2u);
}

TEST_F(PromptSamples, OfAGraderAreKeptFromTheModel) {
  std::get<problems::ProgramTask>(problem_.task).submission_name = "sum";
  EXPECT_EQ(samples_to_add(problem_), std::vector<PromptSample>{});
}

TEST_F(PromptSamples, AreCutAndCounted) {
  for (int i = 2; i < 9; ++i) {
    add("sample/" + std::to_string(i), true, std::string(100'000, 'x'), "1\n");
  }
  const auto samples = samples_to_add(problem_);
  ASSERT_TRUE(samples);
  EXPECT_EQ(samples->size(), kSamplesMax);
  EXPECT_LT(samples->at(1).input.size(), kSampleTextMax.count + 100);
}

TEST_F(PromptSamples, NameTheFileThatCannotBeRead) {
  std::get<problems::ProgramTask>(problem_.task).testcases[0].input.path = "/nowhere/1.in";
  const auto samples = samples_to_add(problem_);
  ASSERT_FALSE(samples);
  EXPECT_NE(samples.error().where.find("sample/1"), std::string::npos);
}

}  // namespace
}  // namespace eval::evaluator
