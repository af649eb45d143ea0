#include "runners/local/engine/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "tests/support/hash_backend.h"

namespace eval::runners::local {
namespace {

using eval::testing::hash_model;
using eval::testing::HashBackend;

SchedulerOptions options() {
  return {.slots = 12,
          .pages = 100,
          .running_max = 8,
          .prompts_max = 4,
          .prefill_budget = 128,
          .context = 512};
}

struct Machine {
  HashBackend* backend = nullptr;
  std::unique_ptr<Engine> engine;
};

Machine make(std::function<Result<void>(int)> before_step = {}) {
  auto backend = std::make_unique<HashBackend>();
  backend->before_step = std::move(before_step);
  Machine setup;
  setup.backend = backend.get();
  const SchedulerOptions schedule = options();
  auto engine = Engine::create(hash_model(), std::move(backend), schedule,
                               {schedule.prefill_budget + 8, 12, 8});
  EXPECT_TRUE(engine);
  setup.engine = *std::move(engine);
  return setup;
}

CompletionRequest request_for(TokenId first, std::int64_t max_tokens) {
  CompletionRequest request;
  request.prompt = {first, 2, 3, 4, 5};
  request.max_tokens = max_tokens;
  return request;
}

TEST(Engine, CompletesForManyThreadsAsForOne) {
  std::vector<std::vector<TokenId>> alone(20);
  for (TokenId i = 0; i < 20; ++i) {
    const Machine setup = make();
    alone[static_cast<std::size_t>(i)] = setup.engine->complete(request_for(i, 100))->tokens;
  }
  const Machine setup = make();
  std::vector<std::vector<TokenId>> together(20);
  {
    std::vector<std::jthread> threads;
    for (TokenId i = 0; i < 20; ++i) {
      threads.emplace_back([&, i] {
        auto completion = setup.engine->complete(request_for(i, 100));
        if (completion) together[static_cast<std::size_t>(i)] = completion->tokens;
      });
    }
  }
  EXPECT_EQ(together, alone);
  EXPECT_TRUE(setup.backend->faults.empty());
}

TEST(Engine, StopsAtOnceEvenInTheMiddleOfAStep) {
  std::latch in_step(1);
  std::latch may_go_on(1);
  const Machine setup = make([&](int step) -> Result<void> {
    if (step == 0) {
      in_step.count_down();
      may_go_on.wait();
    }
    return {};
  });
  std::stop_source stop;
  std::jthread stopper([&] {
    in_step.wait();
    stop.request_stop();
  });
  const auto completion = setup.engine->complete(request_for(1, 100), stop.get_token());
  ASSERT_FALSE(completion);
  EXPECT_EQ(completion.error().code, ErrorCode::Cancelled);
  may_go_on.count_down();
  // And the engine goes on with the next.
  EXPECT_TRUE(setup.engine->complete(request_for(2, 3)));
}

TEST(Engine, ReportsNoTokenAfterAStop) {
  const Machine setup = make();
  std::stop_source stop;
  std::atomic<int> after{0};
  auto request = request_for(1, 100);
  request.on_token = [&](TokenId) {
    if (stop.stop_requested()) after += 1;
    stop.request_stop();
    return true;
  };
  EXPECT_FALSE(setup.engine->complete(request, stop.get_token()));
  EXPECT_TRUE(setup.engine->complete(request_for(2, 3)));
  EXPECT_EQ(after, 0);
}

TEST(Engine, FailsEverybodyWhenTheDeviceFails) {
  const Machine setup = make([](int step) -> Result<void> {
    if (step < 3) return {};
    return fail(ErrorCode::Infrastructure, "the device fell off the bus");
  });
  const auto first = setup.engine->complete(request_for(1, 100));
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().what, "the device fell off the bus");
  EXPECT_FALSE(setup.engine->complete(request_for(2, 1)));
}

TEST(Engine, RefusesATokenOutsideTheVocabulary) {
  const Machine setup = make();
  const auto completion = setup.engine->complete(request_for(1000, 1));
  ASSERT_FALSE(completion);
  EXPECT_EQ(completion.error().code, ErrorCode::BadInput);
}

}  // namespace
}  // namespace eval::runners::local
