#include "runners/local/engine/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "base/random.h"
#include "tests/support/hash_backend.h"

namespace eval::runners::local {
namespace {

using eval::testing::hash_model;
using eval::testing::hash_next_token;
using eval::testing::HashBackend;
using ::testing::IsEmpty;
using Tokens = std::vector<TokenId>;

// Room for everything.
SchedulerOptions roomy() {
  return {.slots = 80,
          .pages = 2000,
          .running_max = 70,
          .prompts_max = 4,
          .prefill_budget = 512,
          .context = 1024};
}

// Pages for little more than one sequence, and few slots.
SchedulerOptions tiny() {
  return {.slots = 5,
          .pages = 12,
          .running_max = 4,
          .prompts_max = 2,
          .prefill_budget = 64,
          .context = 512};
}

Tokens prompt_of(std::uint64_t seed, std::size_t length) {
  SplitMix64 random(seed);
  Tokens tokens;
  for (std::size_t i = 0; i < length; ++i) {
    tokens.push_back(static_cast<TokenId>(random.below(1000)));
  }
  return tokens;
}

CompletionRequest request_for(std::uint64_t seed, std::size_t prompt, std::int64_t max_tokens) {
  CompletionRequest request;
  request.prompt = prompt_of(seed, prompt);
  request.rule.seed = seed;
  request.max_tokens = max_tokens;
  return request;
}

// The scheduler and the hash backend, without a thread between them.
class Machine {
 public:
  explicit Machine(const SchedulerOptions& options, bool pieces_match = false)
      : scheduler(with_match(options, pieces_match)), model(hash_model(1000, options.context)) {
    backend.pieces_match = pieces_match;
    EXPECT_TRUE(backend.allocate(model.config, {{}, options.slots, options.pages},
                                 {options.prefill_budget + options.running_max,
                                  options.running_max + options.prompts_max, options.running_max}));
  }

  SequenceId add(CompletionRequest request) {
    auto id = scheduler.add(std::move(request), {});
    EXPECT_TRUE(id);
    return *id;
  }

  void step() {
    const StepPlan& plan = scheduler.plan(now += std::chrono::milliseconds(1));
    for (const StateOp& op : plan.ops) {
      if (op.kind == StateOp::Kind::ClearSlot) backend.clear_slot(op.to);
      if (op.kind == StateOp::Kind::CopySlot) backend.copy_slot(op.from, op.to);
      if (op.kind == StateOp::Kind::CopyPage) backend.copy_page(op.from, op.to);
    }
    const auto logits = forward(model, plan.step, backend);
    const auto sampled = backend.sample(*logits, plan.rules);
    for (Finished& one : scheduler.complete(*sampled, now)) {
      ASSERT_TRUE(one.completion);
      order.push_back(one.id);
      done.emplace(one.id, *std::move(one.completion));
    }
  }

  void run() {
    constexpr int kStepsMax = 100'000;
    for (int i = 0; i < kStepsMax && !scheduler.is_idle(); ++i) step();
    EXPECT_TRUE(scheduler.is_idle());
    EXPECT_THAT(backend.faults, IsEmpty());
  }

  static SchedulerOptions with_match(SchedulerOptions options, bool pieces_match) {
    options.pieces_match_decode = pieces_match;
    return options;
  }

  HashBackend backend;
  Scheduler scheduler;
  Model model;
  std::chrono::nanoseconds now{0};
  std::map<SequenceId, Completion> done;
  std::vector<SequenceId> order;
};

// What the model says, worked out without any scheduling.
Tokens expected_tokens(const HashBackend& backend, const CompletionRequest& request) {
  Tokens all = request.prompt;
  Tokens generated;
  while (std::ssize(generated) < request.max_tokens) {
    SampleRule rule = request.rule;
    rule.position = static_cast<std::uint32_t>(all.size());
    generated.push_back(hash_next_token(backend, all, request.prompt.size(), rule));
    all.push_back(generated.back());
  }
  return generated;
}

// 64 requests: some prompts are shared, lengths differ.
std::vector<CompletionRequest> sixty_four() {
  std::vector<CompletionRequest> requests;
  for (std::uint64_t i = 0; i < 64; ++i) {
    CompletionRequest request = request_for(i / 3, 20 + (i / 3) * 7 % 150, 0);
    request.rule.attempt = static_cast<std::uint32_t>(i % 3);
    request.rule.seed = 1000 + i;
    request.max_tokens = static_cast<std::int64_t>(5 + i * 13 % 120);
    requests.push_back(std::move(request));
  }
  return requests;
}

std::vector<Tokens> alone(const std::vector<CompletionRequest>& requests, bool pieces_match) {
  std::vector<Tokens> results;
  for (const CompletionRequest& request : requests) {
    Machine machine(roomy(), pieces_match);
    const SequenceId id = machine.add(request);
    machine.run();
    results.push_back(machine.done.at(id).tokens);
  }
  return results;
}

class Invariance : public ::testing::TestWithParam<bool> {};

TEST_P(Invariance, OneAloneGivesWhatTheModelSays) {
  const auto requests = sixty_four();
  Machine machine(roomy(), GetParam());
  const SequenceId id = machine.add(requests[5]);
  machine.run();
  EXPECT_EQ(machine.done.at(id).tokens, expected_tokens(machine.backend, requests[5]));
}

TEST_P(Invariance, OneBatchGivesTheSameTokens) {
  const auto requests = sixty_four();
  Machine machine(roomy(), GetParam());
  std::vector<SequenceId> ids;
  for (const auto& request : requests) ids.push_back(machine.add(request));
  machine.run();
  const auto expected = alone(requests, GetParam());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(machine.done.at(ids[i]).tokens, expected[i]) << "request " << i;
  }
}

TEST_P(Invariance, RandomOrderWithPreemptionGivesTheSameTokens) {
  const auto requests = sixty_four();
  const auto expected = alone(requests, GetParam());
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SplitMix64 random(seed);
    Machine machine(tiny(), GetParam());
    std::map<SequenceId, std::size_t> who;
    std::vector<std::size_t> left(requests.size());
    std::iota(left.begin(), left.end(), std::size_t{0});
    while (!left.empty()) {  // they trickle in
      const auto pick = left.begin() + static_cast<std::ptrdiff_t>(random.below(left.size()));
      who[machine.add(requests[*pick])] = *pick;
      left.erase(pick);
      for (std::uint64_t i = random.below(20); i > 0; --i) machine.step();
    }
    machine.run();
    EXPECT_GT(machine.scheduler.counts().preemptions, 0);
    EXPECT_GT(machine.scheduler.counts().recomputed, 0);
    for (const auto& [id, index] : who) {
      EXPECT_EQ(machine.done.at(id).tokens, expected[index]) << "request " << index;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Invariance, ::testing::Bool(), [](const auto& parameter) {
  return parameter.param ? "WherePiecesMatchSingleTokens" : "WhereTheyDoNot";
});

TEST(Scheduler, PrefillsAPromptOnceForAllItsAttempts) {
  Machine machine(roomy());
  for (std::uint32_t attempt = 0; attempt < 16; ++attempt) {
    CompletionRequest request = request_for(7, 301, 4);
    request.rule.attempt = attempt;
    machine.add(std::move(request));
  }
  machine.run();
  EXPECT_EQ(machine.scheduler.counts().prefilled, 300);
  EXPECT_EQ(machine.scheduler.counts().forks, 16);
  // 300 of the prompt, and of each attempt its last prompt token and all generated ones but the last.
  const auto& rows = machine.backend.rows_of_step;
  EXPECT_EQ(std::accumulate(rows.begin(), rows.end(), std::int64_t{0}), 300 + 16 * 4);
}

TEST(Scheduler, RemembersAPromptForAttemptsThatComeLater) {
  Machine machine(roomy());
  machine.add(request_for(7, 200, 3));
  machine.run();
  machine.add(request_for(7, 200, 3));
  machine.run();
  EXPECT_EQ(machine.scheduler.counts().prefilled, 199);
}

TEST(Scheduler, SharesAPromptOfWhichThePrefillIsUnderWay) {
  SchedulerOptions options = roomy();
  options.prefill_budget = 64;
  Machine machine(options);
  machine.add(request_for(7, 300, 3));
  machine.step();
  machine.add(request_for(7, 300, 3));
  machine.run();
  EXPECT_EQ(machine.scheduler.counts().prefilled, 299);
}

TEST(Scheduler, GivesUpThePromptThatWasNotUsedForLongest) {
  SchedulerOptions options = roomy();
  options.prompts_max = 2;
  Machine machine(options);
  for (const std::uint64_t seed : {1, 2, 1, 3, 1}) {
    machine.add(request_for(seed, 101, 1));
    machine.run();
  }
  EXPECT_EQ(machine.scheduler.counts().prefilled, 300);  // 1, 2 and 3, once each
}

TEST(Scheduler, StaysWithinThePrefillBudgetAndCutsAtPages) {
  SchedulerOptions options = roomy();
  options.prefill_budget = 100;
  Machine machine(options);
  machine.add(request_for(1, 150, 2));
  machine.add(request_for(2, 150, 2));
  const StepPlan& first = machine.scheduler.plan({});
  ASSERT_EQ(first.step.pieces.size(), 1U);
  EXPECT_EQ(first.step.pieces[0].length, 64);
}

TEST(Scheduler, FillsTheBudgetWithTheNextPrompt) {
  SchedulerOptions options = roomy();
  options.prefill_budget = 128;
  Machine machine(options);
  machine.add(request_for(1, 41, 2));
  machine.add(request_for(2, 300, 2));
  const StepPlan& first = machine.scheduler.plan({});
  ASSERT_EQ(first.step.pieces.size(), 2U);
  EXPECT_EQ(first.step.pieces[0].length, 40);
  EXPECT_EQ(first.step.pieces[1].length, 64);
}

TEST(Scheduler, DecodesWhileAPromptIsPrefilled) {
  SchedulerOptions options = roomy();
  options.prefill_budget = 64;
  Machine machine(options);
  machine.add(request_for(1, 30, 50));
  machine.step();
  machine.step();
  machine.add(request_for(2, 500, 5));
  const StepPlan& plan = machine.scheduler.plan({});
  ASSERT_EQ(plan.step.pieces.size(), 2U);
  EXPECT_EQ(plan.step.pieces[0].length, 1);
  EXPECT_EQ(plan.step.pieces[1].length, 64);
}

TEST(Scheduler, ServesInTheOrderOfArrival) {
  SchedulerOptions options = tiny();
  options.running_max = 1;
  Machine machine(options);
  std::vector<SequenceId> ids;
  for (std::uint64_t i = 0; i < 6; ++i) ids.push_back(machine.add(request_for(i, 90, 70)));
  machine.run();
  EXPECT_EQ(machine.order, ids);
}

TEST(Scheduler, PreemptsTheYoungest) {
  SchedulerOptions options = tiny();
  options.pages = 10;
  Machine machine(options);
  const SequenceId old = machine.add(request_for(1, 100, 400));
  const SequenceId young = machine.add(request_for(2, 100, 400));
  machine.run();
  EXPECT_EQ(machine.done.at(old).preemptions, 0);
  EXPECT_GT(machine.done.at(young).preemptions, 0);
}

TEST(Scheduler, WorksWithOneSlotAndTheLeastPages) {
  SchedulerOptions options = tiny();
  options.slots = 1;
  options.pages = 8;
  options.prompts_max = 1;
  Machine machine(options);
  for (int i = 0; i < 3; ++i) machine.add(request_for(3, 200, 312));
  machine.add(request_for(4, 10, 500));
  machine.run();
  EXPECT_EQ(machine.done.size(), 4U);
}

TEST(Scheduler, EndsAtAStopIdAndKeepsIt) {
  Machine machine(roomy());
  CompletionRequest request = request_for(1, 30, 40);
  const Tokens free = expected_tokens(machine.backend, request);
  request.stop_ids = {free[9]};
  const SequenceId id = machine.add(request);
  machine.run();
  const auto first = std::find(free.begin(), free.end(), free[9]) - free.begin() + 1;
  EXPECT_EQ(machine.done.at(id).tokens, Tokens(free.begin(), free.begin() + first));
  EXPECT_EQ(machine.done.at(id).finish_reason, FinishReason::Stop);
}

TEST(Scheduler, EndsWhenATokenIsNotWelcome) {
  Machine machine(roomy());
  CompletionRequest request = request_for(1, 30, 40);
  int seen = 0;
  request.on_token = [&](TokenId) { return ++seen < 3; };
  const SequenceId id = machine.add(request);
  machine.run();
  EXPECT_EQ(machine.done.at(id).tokens.size(), 3U);
  EXPECT_EQ(machine.done.at(id).finish_reason, FinishReason::Stop);
}

TEST(Scheduler, EndsByLengthAtTheEndOfTheContext) {
  SchedulerOptions options = tiny();
  Machine machine(options);
  const SequenceId id = machine.add(request_for(1, 500, 0));
  machine.run();
  EXPECT_EQ(machine.done.at(id).tokens.size(), 12U);
  EXPECT_EQ(machine.done.at(id).finish_reason, FinishReason::Length);
}

TEST(Scheduler, TakesAPromptOfOneToken) {
  Machine machine(roomy(), true);
  const CompletionRequest request = request_for(1, 1, 5);
  const SequenceId id = machine.add(request);
  machine.run();
  EXPECT_EQ(machine.done.at(id).tokens, expected_tokens(machine.backend, request));
}

TEST(Scheduler, RefusesAPromptThatFillsTheContext) {
  Machine machine(tiny());
  EXPECT_EQ(machine.scheduler.add(request_for(1, 512, 1), {}).error().code, ErrorCode::BadInput);
  EXPECT_EQ(machine.scheduler.add({}, {}).error().code, ErrorCode::BadInput);
}

TEST(Scheduler, GivesEverythingBackWhenCancelled) {
  Machine machine(tiny());
  const SequenceId running = machine.add(request_for(1, 100, 100));
  const SequenceId waiting = machine.add(request_for(2, 300, 100));
  for (int i = 0; i < 5; ++i) machine.step();
  machine.scheduler.cancel(running);
  machine.scheduler.cancel(waiting);
  EXPECT_TRUE(machine.scheduler.is_idle());
  // A whole context fits again.
  const SequenceId last = machine.add(request_for(3, 100, 412));
  machine.run();
  EXPECT_EQ(machine.done.at(last).tokens.size(), 412U);
  EXPECT_EQ(machine.done.size(), 1U);
}

// Everything at once in memory for little more than one sequence: many attempts of one prompt among
// others, arrivals at any time, and a quarter cancelled while they wait, are prefilled, run or have been
// preempted. Who is left gets what the model says, and nothing leaks.
TEST_P(Invariance, StressWithCancellationGivesTheSameTokens) {
  std::int64_t preemptions = 0;
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    SplitMix64 random(seed);
    Machine machine(tiny(), GetParam());
    std::map<SequenceId, CompletionRequest> wanted;
    int to_add = 80;
    std::size_t cancelled = 0;
    for (int steps = 0; to_add > 0 || !machine.scheduler.is_idle(); ++steps) {
      ASSERT_LT(steps, 100'000);
      for (std::uint64_t n = random.below(4); n > 0 && to_add > 0; --n, --to_add) {
        const std::uint64_t prompt = to_add % 2 == 0 ? 0 : random.below(40);
        CompletionRequest request = request_for(prompt, 1 + prompt * 37 % 120, 0);
        request.rule.seed = seed * 1000 + static_cast<std::uint64_t>(to_add);
        request.max_tokens = static_cast<std::int64_t>(1 + random.below(200));
        wanted.emplace(machine.add(request), std::move(request));
      }
      if (!wanted.empty() && random.below(12) == 0) {
        const auto victim =
            std::next(wanted.begin(), static_cast<std::ptrdiff_t>(random.below(wanted.size())));
        if (!machine.done.contains(victim->first)) {
          machine.scheduler.cancel(victim->first);
          wanted.erase(victim);
          ++cancelled;
        }
      }
      if (!machine.scheduler.is_idle()) machine.step();
    }
    EXPECT_THAT(machine.backend.faults, IsEmpty());
    EXPECT_GT(cancelled, 8U);
    preemptions += machine.scheduler.counts().preemptions;
    ASSERT_EQ(machine.done.size(), wanted.size()) << "seed " << seed;
    for (const auto& [id, request] : wanted)
      ASSERT_EQ(machine.done.at(id).tokens, expected_tokens(machine.backend, request)) << id;
    const SequenceId last = machine.add(request_for(77, 100, 412));  // a whole context fits again
    machine.run();
    EXPECT_EQ(machine.done.at(last).tokens.size(), 412U);
  }
  EXPECT_GT(preemptions, 0);
}

TEST(Scheduler, TakesTheSameStopIdTwice) {
  Machine machine(roomy());
  CompletionRequest request = request_for(1, 30, 50);
  const Tokens tokens = expected_tokens(machine.backend, request);
  request.stop_ids = {tokens[9], tokens[9], tokens[20], tokens[9]};
  const SequenceId id = machine.add(request);
  machine.run();
  EXPECT_LE(machine.done.at(id).tokens.size(), 10U);
  EXPECT_EQ(machine.done.at(id).tokens.back(), tokens[9]);
  EXPECT_EQ(machine.done.at(id).finish_reason, FinishReason::Stop);
  EXPECT_EQ(machine.done.at(id).logprobs.size(), machine.done.at(id).tokens.size());
}

TEST(Scheduler, HandsPromptAndGenerationToThePenalties) {
  Machine machine(roomy());
  CompletionRequest request = request_for(1, 30, 2);
  request.rule.repetition_penalty = 1.1F;
  machine.add(request);
  machine.step();
  machine.step();
  const StepPlan& plan = machine.scheduler.plan({});
  ASSERT_EQ(plan.rules.size(), 1U);
  EXPECT_EQ(plan.rules[0].prompt_tokens, 30);
  EXPECT_EQ(plan.rules[0].seen.size(), 31U);
  EXPECT_EQ(plan.rules[0].position, 31U);
}

TEST(Scheduler, TellsTheTimesOfACompletion) {
  SchedulerOptions options = roomy();
  options.running_max = 1;
  options.prompts_max = 1;
  Machine machine(options);
  const SequenceId first = machine.add(request_for(1, 30, 3));
  const SequenceId second = machine.add(request_for(2, 30, 3));
  machine.run();
  using std::chrono::milliseconds;
  EXPECT_EQ(machine.done.at(first).queue_time, milliseconds(1));
  EXPECT_EQ(machine.done.at(first).first_token_time, milliseconds(1));
  EXPECT_EQ(machine.done.at(first).total_time, milliseconds(3));
  EXPECT_GT(machine.done.at(second).queue_time, milliseconds(3));
}

TEST(TokenHash, DependsOnEveryTokenAndItsPlace) {
  EXPECT_EQ(token_hash({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_NE(token_hash({1, 2}), token_hash({2, 1}));
  EXPECT_NE(token_hash({1}), token_hash({256}));
}

}  // namespace
}  // namespace eval::runners::local
