#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "evaluator/strategies/refine.h"
#include "evaluator/strategies/verify_until.h"
#include "judges/proof/procedure.h"
#include "tests/evaluator/pipeline_fixture.h"

namespace eval::evaluator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

runners::Generation says(std::string text) {
  runners::Generation generation;
  generation.text = std::move(text);
  generation.prompt_tokens = 10;
  generation.completion_tokens = 90;
  return generation;
}

std::string solution(std::string_view proof, std::string_view score = "1") {
  return fmt::format("## Solution\n\n{}\n\n## Self Evaluation\n\nSure.\n\\boxed{{{}}}\n", proof,
                     score);
}

std::string text_of(const runners::Prompt& prompt) {
  return prompt.messages.front().content;
}

bool is_verification(const runners::Prompt& prompt) {
  return text_of(prompt).starts_with("You check whether");
}

// Plays a strategy against `model`, turn by turn.
struct Game {
  explicit Game(std::string_view name) : strategy(*strategy_from_name(name)) {
    problem.id = "set/p1";
    problem.content_hash = "hash";
    problem.statement = "Prove $1=1$.";
    problem.task = problems::ProofTask{};
    first.messages.push_back({runners::Role::User, "the first prompt"});
  }
  StrategyView view() const { return {problem, first, so_far}; }
  // At most `turns` further turns; true if the strategy is complete.
  bool play(const std::function<std::string(const runners::Prompt&)>& model,
            std::size_t turns = 10'000) {
    for (std::size_t end = so_far.size() + turns; so_far.size() < end;) {
      const auto prompts = strategy.next(view());
      if (prompts.empty()) return true;
      so_far.push_back(says(model(prompts.front())));
      asked.push_back(text_of(prompts.front()));
    }
    return strategy.next(view()).empty();
  }
  std::size_t chosen() const { return strategy.chosen(view()); }

  Strategy strategy;
  problems::Problem problem;
  runners::Prompt first;
  std::vector<runners::Generation> so_far;
  std::vector<std::string> asked;
};

TEST(StrategyNames, PresetsAreThePublishedOnes) {
  const RefineParameters cascade = *refine_parameters("nemotron-cascade-2");
  EXPECT_EQ(cascade.proofs, 128);
  EXPECT_EQ(cascade.verifications, 64);
  EXPECT_EQ(cascade.pool * cascade.refinements, 128);
  EXPECT_EQ(cascade.rounds, 8);
  EXPECT_EQ(refine_parameters("nemotron-cascade-2-reduced")->verifications, 16);
  EXPECT_EQ(refine_parameters("deepseekmath-v2")->rounds, 16);
  EXPECT_EQ(refine_parameters("deepseekmath-v2-paper")->stop, 1);
  EXPECT_EQ(refine_parameters("nemotron-cascade-2,rounds=3")->rounds, 3);
}

TEST(StrategyNames, FaultsNameTheClosest) {
  EXPECT_THAT(strategy_from_name("verify_untill").error().help, HasSubstr("verify_until"));
  EXPECT_THAT(strategy_from_name("generate_verify_refine:nemotron-cascade").error().help,
              HasSubstr("nemotron-cascade-2"));
  EXPECT_THAT(strategy_from_name("verify_until:pases=2").error().help, HasSubstr("passes"));
  EXPECT_FALSE(strategy_from_name("verify_until:passes=0"));
  EXPECT_FALSE(strategy_from_name("generate_verify_refine"));
}

TEST(Refine, StopsWhenAProofPassesAllVerifications) {
  Game game("generate_verify_refine:proofs=3,verifications=2");
  int written = 0;
  EXPECT_TRUE(game.play([&](const runners::Prompt& prompt) {
    if (!is_verification(prompt)) return solution(fmt::format("proof {}", written++));
    const bool is_good = text_of(prompt).find("proof 1") != std::string::npos;
    return std::string(is_good ? "\\boxed{1}" : "\\boxed{0.5}");
  }));
  EXPECT_EQ(game.so_far.size(), 3U + 6U);
  EXPECT_EQ(game.chosen(), 1U);
}

TEST(Refine, RefinesTheBestWithTheirLowestAnalyses) {
  Game game(
      "generate_verify_refine:proofs=3,verifications=3,pool=1,analyses=2,refinements=2,rounds=2");
  int written = 0;
  std::map<std::string, int> verified;
  const auto model = [&](const runners::Prompt& prompt) {
    const std::string text = text_of(prompt);
    if (!is_verification(prompt)) return solution(fmt::format("proof-{}", written++));
    for (const char* name : {"proof-0", "proof-1", "proof-2", "proof-3", "proof-4"}) {
      if (text.find(name) == std::string::npos) continue;
      const int n = verified[name]++;
      if (name == std::string("proof-1")) {
        return fmt::format("report {} \\boxed{{{}}}", n, n == 1 ? "0" : "1");
      }
      return std::string(name == std::string("proof-4") ? "\\boxed{0.5}" : "\\boxed{0}");
    }
    return std::string();
  };
  EXPECT_TRUE(game.play(model));
  // Round 1: 3 proofs, 9 verifications; round 2: 2 refinements of proof-1, 6 verifications.
  ASSERT_EQ(game.so_far.size(), 20U);
  EXPECT_THAT(game.asked[12], HasSubstr("proof-1"));
  EXPECT_THAT(game.asked[12], HasSubstr("Evaluation 1 (score 0)\n\nreport 1"));
  EXPECT_THAT(game.asked[12], HasSubstr("Evaluation 2 (score 1)\n\nreport 0"));
  EXPECT_THAT(game.asked[12], Not(HasSubstr("Evaluation 3")));
  EXPECT_EQ(game.chosen(), 1U);  // two thirds beat a half and nothing
}

TEST(Refine, DropsRepliesWithoutSectionOrScore) {
  Game game("generate_verify_refine:proofs=3,verifications=1,rounds=1");
  int written = 0;
  EXPECT_TRUE(game.play([&](const runners::Prompt& prompt) {
    if (is_verification(prompt)) return std::string("\\boxed{0.5}");
    ++written;
    return written == 1 ? "no heading" : written == 2 ? "## Solution\nx" : solution("whole");
  }));
  EXPECT_EQ(game.so_far.size(), 4U);
  EXPECT_EQ(game.chosen(), 2U);
}

TEST(Refine, MetaVerificationTakesUnfoundedEvaluationsOut) {
  Game game("generate_verify_refine:proofs=2,verifications=1,rounds=1,meta=2");
  int written = 0;
  EXPECT_TRUE(game.play([&](const runners::Prompt& prompt) {
    const std::string text = text_of(prompt);
    if (text.find("Judge the evaluation") != std::string::npos) return std::string("\\boxed{0}");
    if (!is_verification(prompt)) return solution(fmt::format("proof {}", written++));
    return std::string(text.find("proof 0") != std::string::npos ? "\\boxed{0.5}" : "\\boxed{1}");
  }));
  EXPECT_EQ(game.so_far.size(), 2U + 2U + 2U);
  EXPECT_EQ(game.chosen(), 1U);
}

TEST(Refine, ABudgetStopsCleanlyWithTheBestSoFar) {
  const auto model = [](const runners::Prompt& prompt) {
    return is_verification(prompt) ? std::string("\\boxed{0.5}") : solution("p");
  };
  Game requests("generate_verify_refine:proofs=4,verifications=4,requests=7");
  EXPECT_TRUE(requests.play(model));
  EXPECT_EQ(requests.so_far.size(), 7U);
  EXPECT_EQ(requests.chosen(), 0U);
  Game tokens("generate_verify_refine:proofs=4,verifications=4,tokens=500");
  EXPECT_TRUE(tokens.play(model));
  EXPECT_EQ(tokens.so_far.size(), 5U);
}

TEST(Refine, AsksForWhatFollowsAnyBeginning) {
  const auto model = [](const runners::Prompt& prompt) {
    return is_verification(prompt) ? "\\boxed{0.5} " + text_of(prompt).substr(0, 5) : solution("p");
  };
  Game whole("generate_verify_refine:small");
  EXPECT_TRUE(whole.play(model));
  for (std::size_t cut = 0; cut < whole.so_far.size(); ++cut) {
    Game resumed("generate_verify_refine:small");
    resumed.so_far.assign(whole.so_far.begin(), whole.so_far.begin() + static_cast<long>(cut));
    EXPECT_EQ(text_of(resumed.strategy.next(resumed.view()).front()), whole.asked[cut]) << cut;
  }
}

TEST(Refine, BatchesArePromptsThatDoNotDependOnEachOther) {
  Game game("generate_verify_refine:nemotron-cascade-2");
  EXPECT_EQ(game.strategy.next(game.view()).size(), kTurnsAtOnce);
}

TEST(VerifyUntil, AcceptsAfterPassesInARow) {
  Game game("verify_until:passes=2,failures=3");
  int verification = 0;
  EXPECT_TRUE(game.play([&](const runners::Prompt& prompt) -> std::string {
    if (!is_verification(prompt)) return solution(fmt::format("try {}", game.asked.size()));
    // pass, fail, pass, pass
    return ++verification == 2 ? "a gap \\boxed{0.5}" : "\\boxed{1}";
  }));
  // solve, improve, pass, fail, correct, pass, pass
  ASSERT_EQ(game.so_far.size(), 7U);
  EXPECT_EQ(game.asked[0], "the first prompt");
  EXPECT_THAT(game.asked[4], HasSubstr("a gap"));
  EXPECT_EQ(game.chosen(), 4U);
}

TEST(VerifyUntil, GivesUpAfterFailuresInARow) {
  Game game("verify_until:passes=2,failures=3");
  EXPECT_TRUE(game.play([&](const runners::Prompt& prompt) {
    return is_verification(prompt) ? std::string("\\boxed{0}") : solution("x");
  }));
  // solve, improve, (fail, correct) twice, fail
  EXPECT_EQ(game.so_far.size(), 7U);
  EXPECT_EQ(game.chosen(), 5U);
}

TEST(VerifyUntil, UnreadableVerificationsEndWithTheIterations) {
  Game game("verify_until:iterations=4");
  EXPECT_TRUE(game.play([&](const runners::Prompt& prompt) {
    return is_verification(prompt) ? std::string("hm") : solution("x");
  }));
  EXPECT_EQ(game.so_far.size(), 2U + 4U);
}

// A runner with the request cache of the http runner: what was answered once is not asked again.
class StrategyRun : public PipelineTest {
 protected:
  void SetUp() override {
    PipelineTest::SetUp();
    add_problems({"a"});
    config_.suite.problems[0].task = problems::ProofTask{};
    config_.strategy = "generate_verify_refine:small";
    config_.judge = false;
    runner_.answer = [this](const auto& request, auto) -> Result<runners::Generation> {
      const std::string prompt = text_of(request.prompt);
      const auto key = std::make_pair(prompt, *request.sampling.seed);
      const std::lock_guard lock(mutex_);
      if (const auto known = cache_.find(key); known != cache_.end()) return known->second;
      // As a real runner: what was not under way when the stop came is not begun.
      if (requests_left_ <= 0) return fail(ErrorCode::Cancelled, "the run was stopped");
      ++asked_[key];
      if (--requests_left_ == 0) stop_.request_stop();
      runners::Generation generation =
          says(prompt.starts_with("You check whether")
                   ? fmt::format("\\boxed{{0.5}} {}", *request.sampling.seed % 1000)
                   : solution(fmt::format("proof of {}", *request.sampling.seed % 1000)));
      return cache_.emplace(key, generation).first->second;
    };
  }
  using Key = std::pair<std::string, std::uint64_t>;
  std::mutex mutex_;
  std::map<Key, runners::Generation> cache_;
  std::map<Key, int> asked_;
  int requests_left_ = 1'000'000;
  std::stop_source stop_;
};

TEST_F(StrategyRun, StoresEveryTurnAndJudgesTheChosenOne) {
  const RunOutcome outcome = run_all();
  EXPECT_EQ(outcome.generated, 1);
  // 4 proofs, 16 verifications, 4 refinements, 16 verifications.
  EXPECT_EQ(attempts()[0].generations.size(), 40U);
  EXPECT_EQ(asked_.size(), 40U);
  EXPECT_EQ(run_all().generated, 1);
  EXPECT_EQ(asked_.size(), 40U);
}

TEST_F(StrategyRun, StoppedInTheMiddleItGoesOnAndAsksForNothingTwice) {
  const RunOutcome whole = run_all();
  ASSERT_EQ(whole.generated, 1);
  const auto expected = attempts()[0].generations;
  for (const int after : {1, 6, 19, 23, 39}) {
    config_.run_id = fmt::format("stopped-{}", after);
    cache_.clear();
    asked_.clear();
    stop_ = std::stop_source();
    requests_left_ = after;
    const RunOutcome first = run_all(stop_.get_token());
    EXPECT_TRUE(first.interrupted) << after;
    EXPECT_LT(attempts()[0].generations.size(), 40U);
    requests_left_ = 1'000'000;
    open_store();
    const RunOutcome second = run_all();
    EXPECT_FALSE(second.interrupted);
    EXPECT_EQ(second.generated, 1);
    EXPECT_EQ(attempts()[0].generations.size(), expected.size());
    EXPECT_EQ(asked_.size(), 40U) << after;
    for (const auto& [key, count] : asked_) EXPECT_EQ(count, 1);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(attempts()[0].generations[i].text, expected[i].text) << i;
    }
  }
}

TEST_F(StrategyRun, JudgingAloneLeavesAnUnfinishedAttemptAlone) {
  requests_left_ = 6;
  run_all(stop_.get_token());
  config_.generate = false;
  config_.judge = true;
  const RunOutcome outcome = run_all();
  EXPECT_EQ(outcome.judged, 0);
  EXPECT_EQ(outcome.failed, 0);
}

}  // namespace
}  // namespace eval::evaluator
