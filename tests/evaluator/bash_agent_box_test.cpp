// The agent loop from prompt to verdict: recorded replies act on a small repository of our own, in a box.
#include "judges/swe/patch_judge.h"
#include "judges/swe/prepared_environments.h"
#include "judges/task_judge.h"
#include "tests/evaluator/pipeline_fixture.h"
#include "tests/support/small_repository.h"

namespace eval::evaluator {
namespace {

// Answers turn n with the n-th reply.
class RecordedReplies final : public runners::Runner {
 public:
  std::vector<std::string> replies;
  int asked = 0;
  std::function<void(int turn)> before = {};
  std::vector<runners::Prompt> prompts = {};

  Result<runners::Generation> generate(const runners::GenerationRequest& request,
                                       std::stop_token) override {
    if (before) before(request.turn);
    asked += 1;
    prompts.push_back(request.prompt);
    if (static_cast<std::size_t>(request.turn) >= replies.size()) {
      return fail(ErrorCode::NotFound, "no more replies");
    }
    runners::Generation generation;
    generation.text = replies[static_cast<std::size_t>(request.turn)];
    return generation;
  }
  std::optional<int> attempts_available(std::string_view) const override { return std::nullopt; }
  std::string description() const override { return "recorded replies"; }
  int preferred_concurrency() const override { return 1; }
};

class BashAgentInABox : public PipelineTest {
 protected:
  void SetUp() override {
    PipelineTest::SetUp();
    repository_.emplace(folder_->path());
    if (!repository_->why_not().empty()) GTEST_SKIP() << repository_->why_not();
    auto source = judges::swe::open_prepared_environments(
        folder_->path(), folder_->path() / "cache", eval::testing::make_box);
    ASSERT_TRUE(source) << describe(source.error());
    source_ = std::move(*source);
    judges::TaskJudges parts;
    parts.patch = judges::swe::make_patch_judge(source_, {});
    patch_judge_ = judges::make_task_judge(std::move(parts));
    config_.suite.problems = {repository_->problem()};
    config_.strategy = "bash_agent";
    replies_.replies = {
        "THOUGHT: look\n\n```bash\ncat src/sums.py\n```", "I forgot the block.",
        "THOUGHT: the first number is skipped\n\n```bash\nsed -i 's/numbers\\[1:\\]/numbers/' "
        "src/sums.py && git diff\n```",
        "THOUGHT: done\n\n```bash\ngit diff -- src > /tmp/patch.txt && cat /tmp/patch.txt\n```",
        "```bash\necho COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT && cat /tmp/patch.txt\n```"};
  }

  RunOutcome run_agent(std::stop_token stop = {}) {
    auto outcome =
        run(config_, {store_.get(), &replies_, patch_judge_.get(), &clock_, {}, worlds_of(source_)},
            stop);
    EXPECT_TRUE(outcome) << describe(outcome.error());
    return outcome ? *outcome : RunOutcome{};
  }

  std::optional<eval::testing::SmallRepository> repository_;
  std::shared_ptr<judges::swe::EnvironmentSource> source_;
  std::unique_ptr<judges::Judge> patch_judge_;
  RecordedReplies replies_;
};

TEST_F(BashAgentInABox, SolvesASmallRepository) {
  run_agent();
  const std::vector<Attempt> all = attempts();
  ASSERT_EQ(all.size(), 1u);
  ASSERT_EQ(all.front().generations.size(), 5u);
  ASSERT_FALSE(all.front().judgements.empty());
  EXPECT_EQ(all.front().judgements.back().verdict, judges::Verdict::AC)
      << all.front().judgements.back().compile_log;
  EXPECT_NE(replies_.prompts.at(1).messages.back().content.find("for number in numbers[1:]"),
            std::string::npos);
  EXPECT_NE(replies_.prompts.at(2).messages.back().content.find("0 blocks"), std::string::npos);
}

TEST_F(BashAgentInABox, GoesOnWhereItWasInterrupted) {
  std::stop_source stop;
  replies_.before = [&](int turn) {
    if (turn == 3) stop.request_stop();
  };
  run_agent(stop.get_token());
  replies_.before = nullptr;
  replies_.asked = 0;
  run_agent();
  EXPECT_LE(replies_.asked, 3);
  EXPECT_EQ(attempts().front().judgements.back().verdict, judges::Verdict::AC);
}

TEST_F(BashAgentInABox, WithoutAnythingHandedInThereIsNoSubmission) {
  config_.strategy = "bash_agent:steps=2";
  run_agent();
  EXPECT_EQ(attempts().front().judgements.back().verdict, judges::Verdict::NA);
}

}  // namespace
}  // namespace eval::evaluator
