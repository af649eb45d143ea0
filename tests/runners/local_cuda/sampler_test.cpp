#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "runners/local/cuda/emulation/emulated_device.h"
#include "runners/local/cuda/sampler.h"
#include "runners/local/model/sampling.h"

// The device's sampler draws what the reference draws.
namespace eval::runners::local::cuda {
namespace {

std::vector<float> random_logits(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> logits(count);
  // Rounded to eighths, so that there are many ties.
  for (float& x : logits) x = std::round(normal(random) * 8) / 8;
  return logits;
}

void expect_same_as_reference(std::size_t vocabulary, std::vector<SampleRule> rules,
                              std::optional<std::uint64_t> seed = {}) {
  const auto device = make_emulated_device({.seed = seed}, Bytes::mib(64));
  const KernelTable& kernels = emulated_bf16::kernel_table();
  auto sampler = DeviceSampler::create(*device, kernels, static_cast<std::int64_t>(rules.size()),
                                       static_cast<std::int64_t>(vocabulary));
  ASSERT_TRUE(sampler.has_value());
  std::vector<float> logits;
  for (std::size_t r = 0; r < rules.size(); ++r) {
    const std::vector<float> row = random_logits(vocabulary, r);
    logits.insert(logits.end(), row.begin(), row.end());
  }
  auto memory = *DeviceBuffer::create(*device, Bytes{logits.size() * sizeof(float)});
  device->copy_to_device(memory.data(), logits.data(), logits.size() * sizeof(float));
  const auto width = static_cast<std::int64_t>(vocabulary);
  const auto sampled =
      (*sampler)->sample({memory.data(), width, static_cast<std::int32_t>(rules.size()),
                          static_cast<std::int32_t>(vocabulary), true},
                         rules);
  ASSERT_TRUE(sampled.has_value());
  SampleScratch scratch;
  for (std::size_t r = 0; r < rules.size(); ++r) {
    const SampledToken expected =
        sample_token(std::span(logits).subspan(r * vocabulary, vocabulary), rules[r], scratch);
    EXPECT_EQ((*sampled)[r].token, expected.token) << "row " << r;
    EXPECT_EQ((*sampled)[r].logprob, expected.logprob) << "row " << r;
    EXPECT_EQ((*sampled)[r].likeliest, expected.likeliest) << "row " << r;
  }
}

// Rules of every kind, at many positions of the generator.
std::vector<SampleRule> many_rules() {
  std::vector<SampleRule> rules;
  for (std::uint32_t i = 0; i < 4; ++i) {
    const SampleRule base{.seed = 9, .attempt = i, .position = 17 * i};
    rules.push_back(base);
    const auto add = [&](auto change) { change(rules.emplace_back(base)); };
    add([](SampleRule& r) { r.temperature = 0; });
    add([](SampleRule& r) { r.temperature = 0.6F, r.top_p = 0.95F; });
    add([](SampleRule& r) { r.top_p = 0.2F; });
    add([](SampleRule& r) { r.top_p = 0; });
    add([](SampleRule& r) { r.top_k = 5; });
    add([](SampleRule& r) { r.top_k = 40, r.top_p = 0.7F, r.min_p = 0.05F; });
    add([](SampleRule& r) { r.min_p = 0.3F; });
    add([](SampleRule& r) { r.min_p = 2; });
    add([](SampleRule& r) { r.logprobs = 7; });
    add([](SampleRule& r) {
      r.repetition_penalty = 1.3F, r.presence_penalty = 0.5F, r.frequency_penalty = 0.25F;
      r.seen = {1, 2, 3, 3, 4, 4, 4, 30}, r.prompt_tokens = 3;
    });
  }
  return rules;
}

TEST(DeviceSampler, DrawsWhatTheReferenceDraws) {
  expect_same_as_reference(777, many_rules());
}

TEST(DeviceSampler, DoesNotDependOnTheOrderOfThreads) {
  expect_same_as_reference(130, many_rules(), 4);
}

TEST(DeviceSampler, TakesATinyVocabulary) {
  expect_same_as_reference(3, {{}, {.temperature = 0}, {.top_p = 0.5F, .logprobs = 10}});
}

TEST(DeviceSampler, TakesALargeVocabularyWithAThousandThreads) {
  expect_same_as_reference(9000, {{.top_p = 0.9F, .seed = 3, .logprobs = 2}});
}

}  // namespace
}  // namespace eval::runners::local::cuda
