// A tiny checkpoint with random weights, written by scripts/make_random_model.py, through the CPU backend.
#include "runners/local/engine/local_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <thread>

#include "base/random.h"
#include "runners/local/checkpoint/checkpoint.h"
#include "runners/local/engine/local_runner.h"
#include "runners/local/engine/model_hash.h"

namespace eval::runners::local {
namespace {

using ::testing::HasSubstr;

// The checkpoint of a shape, written once a process; empty where there is no Python.
fs::path tiny_model(const std::string& shape) {
  static std::map<std::string, fs::path> made;
  static const auto folder = TempDir::create("evalctl-tiny-model");
  if (const auto found = made.find(shape); found != made.end()) return found->second;
  const fs::path dir = folder->path() / shape;
  const std::string command = std::string("python3 ") + EVAL_TEST_SOURCE_DIR +
                              "/scripts/make_random_model.py " + shape + " " + dir.string() +
                              " > /dev/null";
  return made[shape] = std::system(command.c_str()) == 0 ? dir : fs::path();
}

class TinyModel : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    dir_ = tiny_model(GetParam());
    if (dir_.empty()) GTEST_SKIP() << "scripts/make_random_model.py does not run here";
  }

  Result<std::unique_ptr<LocalModel>> open(std::optional<Bytes> memory = Bytes::mib(256),
                                           std::int32_t concurrency = 8) const {
    LocalModelOptions options;
    options.dir = dir_;
    options.device.threads = 1;
    options.memory = memory;
    options.context = 512;
    options.concurrency = concurrency;
    return LocalModel::open(options);
  }

  fs::path dir_;
};

struct Asked {
  Prompt prompt;
  SamplingParams sampling;
  std::uint32_t attempt = 0;
};

std::vector<Asked> sixty_four() {
  std::vector<Asked> requests;
  for (int i = 0; i < 64; ++i) {
    Asked one;
    one.prompt.messages = {
        {Role::User, "Print the sum of all values. " + std::string(i / 4 * 7, 'x')}};
    one.sampling.seed = static_cast<std::uint64_t>(100 + i);
    one.sampling.temperature = i % 5 == 0 ? 0.0 : 1.0;
    one.sampling.max_tokens = 8 + i * 5 % 40;
    one.attempt = static_cast<std::uint32_t>(i % 4);
    requests.push_back(std::move(one));
  }
  return requests;
}

// The scheduler's own view of a model: tokens of requests that arrive in `order`, some steps apart.
class Bench {
 public:
  Bench(const fs::path& dir, const SchedulerOptions& schedule,
        std::optional<bool> pieces_match = std::nullopt)
      : schedule_(schedule) {
    auto checkpoint = Checkpoint::open(dir);
    EXPECT_TRUE(checkpoint);
    backend_ = *make_backend({.device = Device::Cpu, .format = WeightFormat::BF16, .threads = 1});
    schedule_.pieces_match_decode = pieces_match.value_or(backend_->pieces_match_decode());
    model_ = *load_model(*checkpoint, *backend_);
    EXPECT_TRUE(backend_->allocate(
        model_.config, {state_shape(model_.config), schedule.slots, schedule.pages},
        {schedule.prefill_budget + schedule.running_max,
         schedule.running_max + schedule.prompts_max, schedule.running_max}));
  }

  std::vector<std::vector<TokenId>> run(const std::vector<CompletionRequest>& requests,
                                        const std::vector<std::size_t>& order, bool trickle) {
    Scheduler scheduler(schedule_);
    SplitMix64 random(7);
    std::map<SequenceId, std::size_t> who;
    std::vector<std::vector<TokenId>> tokens(requests.size());
    const auto step = [&] {
      const StepPlan& plan = scheduler.plan({});
      const auto sampled = run_plan(plan, model_, *backend_);
      EXPECT_TRUE(sampled);
      for (const Finished& one : scheduler.complete(*sampled, {})) {
        tokens[who.at(one.id)] = one.completion->tokens;
      }
    };
    for (const std::size_t index : order) {
      who[*scheduler.add(requests[index], {})] = index;
      for (std::uint64_t i = trickle ? random.below(6) : 0; i > 0; --i) step();
    }
    while (!scheduler.is_idle()) step();
    counts = scheduler.counts();
    return tokens;
  }

  const ModelConfig& config() const { return model_.config; }
  SchedulerCounts counts;

 private:
  SchedulerOptions schedule_;
  std::unique_ptr<Backend> backend_;
  Model model_;
};

std::vector<CompletionRequest> token_requests(const ModelConfig& config) {
  std::vector<CompletionRequest> requests;
  for (std::uint64_t i = 0; i < 64; ++i) {
    SplitMix64 random(i / 4);
    CompletionRequest request;
    const std::uint64_t length = 3 + i / 4 * 11;
    for (std::uint64_t t = 0; t < length; ++t) {
      request.prompt.push_back(
          static_cast<TokenId>(random.below(static_cast<std::uint64_t>(config.vocabulary))));
    }
    request.rule.seed = i;
    request.rule.temperature = i % 5 == 0 ? 0.0F : 1.0F;
    request.max_tokens = static_cast<std::int64_t>(10 + i * 7 % 60);
    requests.push_back(std::move(request));
  }
  return requests;
}

TEST_P(TinyModel, GivesTheSameTokensAloneTogetherAndPreempted) {
  const SchedulerOptions roomy{.slots = 70,
                               .pages = 400,
                               .running_max = 64,
                               .prompts_max = 4,
                               .prefill_budget = 512,
                               .context = 256};
  Bench together(dir_, roomy);
  const auto requests = token_requests(together.config());
  std::vector<std::size_t> order(requests.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::vector<std::vector<TokenId>> alone;
  for (const std::size_t i : order) alone.push_back(together.run(requests, {i}, false)[i]);
  EXPECT_EQ(together.run(requests, order, false), alone);

  const SchedulerOptions tiny{.slots = 7,
                              .pages = 5,
                              .running_max = 6,
                              .prompts_max = 2,
                              .prefill_budget = 64,
                              .context = 256};
  SplitMix64 random(3);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  // Recomputed as the backend says it may be, and token by token.
  for (const std::optional<bool> pieces_match : {std::optional<bool>(), std::optional(false)}) {
    Bench cramped(dir_, tiny, pieces_match);
    EXPECT_EQ(cramped.run(requests, order, true), alone);
    EXPECT_GT(cramped.counts.preemptions, 0);
    EXPECT_GT(cramped.counts.recomputed, 0);
  }
}

TEST_P(TinyModel, RepliesTheSameFromManyThreadsAndFromOne) {
  const auto requests = sixty_four();
  const auto run = [&](std::int32_t concurrency, int threads) {
    auto runner = make_local_runner(*open(Bytes::mib(256), concurrency));
    std::vector<std::string> hashes(requests.size());
    std::atomic<std::size_t> next{0};
    {
      std::vector<std::jthread> workers;
      for (int t = 0; t < threads; ++t) {
        workers.emplace_back([&] {
          for (std::size_t i = next++; i < requests.size(); i = next++) {
            GenerationRequest request;
            request.prompt = requests[i].prompt;
            request.sampling = requests[i].sampling;
            request.attempt = static_cast<int>(requests[i].attempt);
            auto generation = runner->generate(request, {});
            if (generation) hashes[i] = *generation->token_hash;
          }
        });
      }
    }
    return hashes;
  };
  const auto alone = run(1, 1);
  EXPECT_EQ(std::ranges::count(alone, std::string()), 0);
  EXPECT_EQ(run(8, 16), alone);
}

TEST_P(TinyModel, PrefillsAPromptOnceForAllAttempts) {
  const auto model = *open();
  Prompt prompt{{{Role::User, "Write a program that adds two numbers."}}};
  std::int64_t prompt_tokens = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t attempt = 0; attempt < 8; ++attempt) {
      threads.emplace_back([&, attempt] {
        SamplingParams sampling;
        sampling.seed = attempt;
        sampling.max_tokens = 6;
        const auto reply = model->reply(prompt, sampling, attempt, 0, {}, {});
        if (attempt == 0 && reply) prompt_tokens = reply->completion.prompt_tokens;
      });
    }
  }
  SamplingParams one_more;
  one_more.max_tokens = 1;
  ASSERT_TRUE(model->reply(prompt, one_more, 9, 0, {}, {}));
  EXPECT_GT(prompt_tokens, 5);
  EXPECT_EQ(model->engine()->counts().prefilled, prompt_tokens - 1);
}

TEST_P(TinyModel, StreamsTheTextThatItReturns) {
  const auto model = *open();
  SamplingParams sampling;
  sampling.seed = 5;
  sampling.max_tokens = 40;
  sampling.thinking = false;
  std::string streamed;
  const auto reply = model->reply({{{Role::User, "Hello"}}}, sampling, 0, 2,
                                  [&](std::string_view text) { streamed += text; }, {});
  ASSERT_TRUE(reply) << describe(reply.error());
  EXPECT_THAT(streamed, HasSubstr(reply->text));
  EXPECT_EQ(reply->completion.sampled.size(), reply->completion.tokens.size());
  EXPECT_EQ(reply->completion.sampled[0].likeliest.size(), 2U);
}

TEST_P(TinyModel, CutsAtAStopText) {
  const auto model = *open();
  SamplingParams sampling;
  sampling.seed = 5;
  sampling.max_tokens = 60;
  const Prompt prompt{{{Role::User, "Hello"}}};
  std::string all;
  ASSERT_TRUE(model->reply(prompt, sampling, 0, 0, [&](std::string_view t) { all += t; }, {}));
  ASSERT_GT(all.size(), 20U);
  sampling.stop = {all.substr(10, 3)};
  std::string cut;
  const auto reply =
      model->reply(prompt, sampling, 0, 0, [&](std::string_view t) { cut += t; }, {});
  ASSERT_TRUE(reply);
  EXPECT_EQ(cut, all.substr(0, all.find(sampling.stop[0])));
  EXPECT_EQ(reply->completion.finish_reason, FinishReason::Stop);
  EXPECT_LT(reply->completion.tokens.size(), 60U);
}

TEST_P(TinyModel, RefusesABudgetThatIsTooSmallBeforeLoading) {
  const auto model = open(Bytes::kib(100));
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::Infrastructure);
  EXPECT_THAT(model.error().what, HasSubstr("for the weights"));
}

TEST_P(TinyModel, PlansWithoutLoading) {
  LocalModelOptions options;
  options.dir = dir_;
  options.device.threads = 1;
  options.memory = Bytes::mib(256);
  options.plan_only = true;
  bool loaded = false;
  LocalModelHooks hooks;
  hooks.loading = [&](const LoadProgress&) { loaded = true; };
  const auto planned = LocalModel::open(options, hooks);
  ASSERT_TRUE(planned);
  EXPECT_FALSE(loaded);
  options.plan_only = false;
  const auto whole = LocalModel::open(options, hooks);
  EXPECT_TRUE(loaded);
  EXPECT_EQ((*planned)->description(), (*whole)->description());
}

TEST_P(TinyModel, EndsByLengthWithReasonAndCounts) {
  auto runner = make_local_runner(*open());
  GenerationRequest request;
  request.prompt = {{{Role::User, "Hello"}}};
  request.sampling.max_tokens = 3;
  request.sampling.seed = 1;
  const auto generation = runner->generate(request, {});
  ASSERT_TRUE(generation);
  EXPECT_EQ(generation->finish_reason, FinishReason::Length);
  EXPECT_EQ(generation->completion_tokens, 3);
  EXPECT_EQ(generation->token_hash->size(), 64U);
  EXPECT_THAT(generation->fingerprint, HasSubstr("local "));
}

INSTANTIATE_TEST_SUITE_P(Shapes, TinyModel, ::testing::Values("tiny-dense", "tiny-hybrid"),
                         [](const auto& parameter) {
                           return parameter.param == std::string("tiny-dense") ? "Dense" : "Hybrid";
                         });

TEST(ModelHash, ChangesWithTheConfigAndTheEdgesOfTheWeights) {
  const auto dir = TempDir::create("evalctl-model-hash");
  const fs::path weights = dir->path() / "model.safetensors";
  std::string content(1 << 20, 'w');
  content.replace(0, 8, std::string("\x10\0\0\0\0\0\0\0", 8));
  ASSERT_TRUE(write_file(weights, content));
  ASSERT_TRUE(write_file(dir->path() / "config.json", "{}"));
  const std::string first = *model_hash(dir->path());
  EXPECT_EQ(*model_hash(dir->path()), first);
  for (const std::size_t place : {std::size_t{9}, content.size() - 1}) {
    std::string other = content;
    other[place] = 'x';
    ASSERT_TRUE(write_file(weights, other));
    EXPECT_NE(*model_hash(dir->path()), first) << place;
  }
  ASSERT_TRUE(write_file(weights, content));
  ASSERT_TRUE(write_file(dir->path() / "config.json", "{ }"));
  EXPECT_NE(*model_hash(dir->path()), first);
}

TEST(ModelHash, SurvivesAFileThatIsTooShort) {
  const auto dir = TempDir::create("evalctl-model-hash");
  ASSERT_TRUE(write_file(dir->path() / "model.safetensors", "abc"));
  EXPECT_TRUE(model_hash(dir->path()));
}

}  // namespace
}  // namespace eval::runners::local
