#include "evaluator/strategies/bash_agent.h"

#include <gtest/gtest.h>

#include "evaluator/agent_world.h"

namespace eval::evaluator {
namespace {

runners::Generation reply(std::string text) {
  runners::Generation generation;
  generation.text = std::move(text);
  return generation;
}

runners::Generation answered(std::string text, std::string observation) {
  runners::Generation generation = reply(std::move(text));
  generation.files = {{std::string(kObservationFile), std::move(observation)}};
  return generation;
}

TEST(BashAction, IsTheOneBashBlock) {
  EXPECT_EQ(bash_action(reply("THOUGHT: look\n\n```bash\nls -la\ncat a\n```\nand then")).script,
            "ls -la\ncat a\n");
}

TEST(BashAction, TwoBlocksAreRefusedAndNothingIsRun) {
  const ActionRequest request = bash_action(reply("```bash\nls\n```\n```bash\nrm -r .\n```"));
  EXPECT_FALSE(request.script);
  EXPECT_NE(request.refusal.find("2 blocks"), std::string::npos);
}

TEST(BashAction, ABlockOfAnotherLanguageIsNone) {
  EXPECT_FALSE(bash_action(reply("```python\nprint()\n```")).script);
}

TEST(BashAction, AReplyThatWasCutOffIsNotRun) {
  runners::Generation cut = reply("```bash\nrm -rf build\n```");
  cut.finish_reason = runners::FinishReason::Length;
  EXPECT_FALSE(bash_action(cut).script);
  EXPECT_FALSE(bash_action(reply("```bash\nrm -rf /tmp/x")).script);
}

TEST(ObservationText, ShowsTheEndsOfLongOutput) {
  const std::string text = observation_text(0, std::string(6000, 'a') + std::string(6001, 'b'), "");
  EXPECT_NE(text.find("<elided_chars>2001</elided_chars>"), std::string::npos);
  EXPECT_NE(text.find(std::string(5000, 'a') + "\n</output_head>"), std::string::npos);
  EXPECT_NE(text.find(std::string(5000, 'b') + "</output_tail>"), std::string::npos);
}

TEST(ObservationText, ShowsTenThousandCharactersWhole) {
  const std::string output(10'000, 'x');
  EXPECT_EQ(observation_text(3, output, ""),
            "<returncode>3</returncode>\n<output>\n" + output + "</output>");
}

TEST(ObservationText, SaysWhyACommandWasStopped) {
  EXPECT_TRUE(observation_text(-1, "half", "too slow")
                  .starts_with("<exception>too slow</exception>\n<returncode>-1"));
}

TEST(NormalisedPatch, BeginsAtTheDiffAndEndsWithALine) {
  EXPECT_EQ(normalised_patch("noise\ndiff --git a/x b/x\n+a"), "diff --git a/x b/x\n+a\n");
  EXPECT_EQ(normalised_patch("nothing here"), "");
}

class BashAgentStrategy : public ::testing::Test {
 protected:
  std::vector<runners::Prompt> next() const {
    return strategy_->next({problem_, runners::Prompt{}, so_far_});
  }
  void use(std::string_view name) {
    auto made = strategy_from_name(name);
    ASSERT_TRUE(made) << describe(made.error());
    strategy_ = std::move(*made);
  }
  problems::Problem problem_;
  std::optional<Strategy> strategy_;
  std::vector<runners::Generation> so_far_;
};

TEST_F(BashAgentStrategy, KeepsTheWholeHistory) {
  use("bash_agent");
  problem_.statement = "The sum is wrong.";
  so_far_ = {answered("```bash\nls\n```", "<returncode>0</returncode>")};
  const auto prompts = next();
  ASSERT_EQ(prompts.size(), 1u);
  const auto& messages = prompts.front().messages;
  ASSERT_EQ(messages.size(), 4u);
  EXPECT_EQ(messages[0].role, runners::Role::System);
  EXPECT_NE(messages[1].content.find("The sum is wrong."), std::string::npos);
  EXPECT_NE(messages[1].content.find(std::string(kSubmissionMarker)), std::string::npos);
  EXPECT_EQ(messages[2].content, "```bash\nls\n```");
  EXPECT_EQ(messages[3].content, "<returncode>0</returncode>");
}

TEST_F(BashAgentStrategy, EndsWithASubmission) {
  use("bash_agent");
  so_far_ = {answered("```bash\necho\n```", "done")};
  so_far_.back().files.push_back({std::string(kPatchFile), "diff"});
  EXPECT_TRUE(next().empty());
  EXPECT_EQ(strategy_->chosen({problem_, {}, so_far_}), 0u);
}

TEST_F(BashAgentStrategy, EndsAfterItsSteps) {
  use("bash_agent:steps=2");
  so_far_ = {answered("```bash\nls\n```", "")};
  EXPECT_FALSE(next().empty());
  so_far_.push_back(answered("```bash\nls\n```", ""));
  EXPECT_TRUE(next().empty());
}

TEST_F(BashAgentStrategy, EndsAfterThreeFormatErrorsInARow) {
  use("bash_agent");
  so_far_ = {answered("no", "x"), answered("no", "x"), answered("```bash\nls\n```", ""),
             answered("no", "x"), answered("no", "x")};
  EXPECT_FALSE(next().empty());
  so_far_.push_back(answered("no", "x"));
  EXPECT_TRUE(next().empty());
}

TEST_F(BashAgentStrategy, EndsWhenItsCostIsReached) {
  use("bash_agent:cost=100,prompt_price=50,completion_price=200");
  so_far_ = {answered("```bash\nls\n```", "")};
  so_far_.back().prompt_tokens = 1'000'000;  // 50 cents
  so_far_.back().completion_tokens = 249'999;
  EXPECT_FALSE(next().empty());
  so_far_.back().completion_tokens = 250'000;
  EXPECT_TRUE(next().empty());
}

TEST_F(BashAgentStrategy, UnknownParametersAreRefused) {
  EXPECT_FALSE(strategy_from_name("bash_agent:stepz=3"));
  EXPECT_FALSE(strategy_from_name("bash_agent:steps=0"));
}

}  // namespace
}  // namespace eval::evaluator
