#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "runners/local/cuda/emulation/emulated_backend.h"
#include "tests/runners/local_ops/sequences.h"
#include "tests/runners/local_ops/tiny_model.h"

namespace eval::runners::local {
namespace {

using Logits = std::vector<std::vector<float>>;

// Decodes three sequences side by side, of different lengths, for some steps.
Logits decode_three(bool graphs, Model (*make_model)(Backend&)) {
  const auto backend = cuda::make_emulated_backend({.seed = 2, .graphs = graphs});
  const Model model = make_model(*backend);
  Sequences sequences(*backend, model, 3, 80, 64);
  sequences.run({{0, random_tokens(3, 1)}, {1, random_tokens(5, 2)}, {2, random_tokens(1, 3)}});
  Logits all;
  for (TokenId step = 0; step < 4; ++step) {
    const Logits rows = sequences.run({{0, {step}}, {1, {step + 1}}, {2, {step + 2}}});
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

void expect_same_bits(const Logits& a, const Logits& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(std::memcmp(a[i].data(), b[i].data(), a[i].size() * sizeof(float)), 0) << i;
}

TEST(DeviceBackend, ReplayedStepsGiveTheBitsOfPlainOnes) {
  expect_same_bits(decode_three(true, tiny_hybrid), decode_three(false, tiny_hybrid));
}

TEST(DeviceBackend, ReplayedStepsOfADenseModelGiveTheBitsOfPlainOnes) {
  expect_same_bits(decode_three(true, tiny_dense), decode_three(false, tiny_dense));
}

TEST(DeviceBackend, ARecordIsNotReplayedForAnotherModel) {
  const auto backend = cuda::make_emulated_backend({.graphs = true});
  const Model first = tiny_dense(*backend);
  const Model second = tiny_dense(*backend);
  Sequences sequences(*backend, first, 1, 80, 16);
  Logits logits;
  for (int i = 0; i < 3; ++i) {
    sequences.restart(0);
    logits = sequences.run({{0, {7}}});
  }
  Step step{.tokens = {7},
            .positions = {0},
            .piece_of = {0},
            .pieces = {{0, 1, 0, 0, 0}},
            .pages = {0},
            .logit_rows = {0}};
  const Tensor other = *forward(second, step, *backend);
  expect_same_bits({*backend->read(other)}, logits);
}

ModelConfig bare_config() {
  ModelConfig config;
  config.vocabulary = 16;
  config.hidden = 16;
  config.context_max = 64;
  return config;
}

HostTensor host_tensor(std::span<const std::byte> bytes, DType dtype,
                       std::vector<std::int64_t> shape, float scale = 1) {
  return {bytes, dtype, std::move(shape), TensorScales::whole(scale)};
}

TEST(DeviceBackend, E4M3WeightsMultiplyAsTheirValuesTimesTheirScale) {
  const ModelConfig config = bare_config();
  std::vector<std::uint8_t> codes(32 * 16);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint8_t>(i * 37 % 120);
  std::vector<float> inputs(16 * 16);
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<float>(i % 9) - 4;
  std::vector<std::vector<float>> results;
  for (const bool keep_fp8 : {true, false}) {
    const auto backend = cuda::make_emulated_backend({.keep_fp8 = keep_fp8});
    const HostTensor table = host_tensor(std::as_bytes(std::span(inputs)), DType::F32, {16, 16});
    const HostTensor weight =
        host_tensor(std::as_bytes(std::span(codes)), DType::F8E4M3, {32, 16}, 0.25F);
    const MatrixPtr embedding = *backend->load_matrix({&table, 1}, MatrixUse::Dense);
    const MatrixPtr matrix = *backend->load_matrix({&weight, 1}, MatrixUse::Dense);
    EXPECT_EQ(matrix->bytes().count, keep_fp8 ? 32U * 16 + 32 * 4 : 32U * 16 * 2);
    ASSERT_TRUE(backend->allocate(config, {}, {.rows = 2, .pieces = 2, .logit_rows = 2}));
    Step step{.tokens = {3, 5},
              .positions = {0, 1},
              .piece_of = {0, 0},
              .pieces = {{0, 2, 0, 0, 0}},
              .pages = {0},
              .logit_rows = {1}};
    Tensor y;
    const auto ran = backend->run_step(step, [&] {
      const Tensor x = backend->scratch(2, 16, DType::BF16);
      backend->embed(*embedding, x);
      y = backend->scratch(2, 32, DType::F32);
      backend->linear(x, *matrix, nullptr, y);
    });
    ASSERT_TRUE(ran.has_value());
    results.push_back(*backend->read(y));
  }
  EXPECT_NE(results[0][5], 0);
  for (std::size_t i = 0; i < results[0].size(); ++i)
    EXPECT_NEAR(results[0][i], results[1][i], 1e-4 + std::fabs(results[1][i]) * 1e-6);
}

TEST(DeviceBackend, RefusesWhatItsKernelsCannotDo) {
  const auto backend = cuda::make_emulated_backend();
  ModelConfig config = bare_config();
  AttentionShape attention;
  attention.heads = attention.kv_heads = 1;
  attention.head_dim = 256;
  config.layers.push_back({attention, 3});
  const auto allocated = backend->allocate(config, {}, {.rows = 2, .pieces = 2, .logit_rows = 2});
  ASSERT_FALSE(allocated.has_value());
  EXPECT_EQ(allocated.error().code, ErrorCode::Unsupported);
  EXPECT_EQ(allocated.error().where, "layer 3");
}

TEST(DeviceBackend, SaysWhenTheDeviceIsFull) {
  const auto backend = cuda::make_emulated_backend({.memory = Bytes::kib(4)});
  const std::vector<float> values(4096);
  EXPECT_FALSE(backend->load_vector(values).has_value());
  EXPECT_TRUE(backend->load_vector(std::span(values).first(16)).has_value());
}

}  // namespace
}  // namespace eval::runners::local
