#include <algorithm>
#include <numeric>

#include "tests/runners/local_ops/op_fixture.h"

// Attention, convolution, scan, router and experts, against float64.
namespace eval::runners::local {
namespace {

using SequenceOps = OpTest;

// Softmax attention of row `r` over the rows [first, r] of the same piece.
std::vector<double> attend(const Input& qkv, const AttentionShape& shape, int first, int r, int h) {
  const int group = shape.heads / shape.kv_heads, dim = shape.head_dim;
  const int key = (shape.heads + h / group) * dim, value = key + shape.kv_heads * dim;
  if (shape.window) first = std::max(first, r - *shape.window + 1);
  std::vector<double> scores;
  for (int s = first; s <= r; ++s) {
    double dot = 0;
    for (int d = 0; d < dim; ++d) dot += qkv.at(r, h * dim + d) * qkv.at(s, key + d);
    scores.push_back(std::exp(dot / std::sqrt(dim)));
  }
  const double sum = std::accumulate(scores.begin(), scores.end(), 0.0);
  std::vector<double> y(static_cast<std::size_t>(dim), 0.0);
  for (int s = first; s <= r; ++s)
    for (int d = 0; d < dim; ++d)
      y[static_cast<std::size_t>(d)] +=
          scores[static_cast<std::size_t>(s - first)] / sum * qkv.at(s, value + d);
  return y;
}

TEST_P(SequenceOps, AttentionOverPages) {
  for (const std::optional<int> window : {std::optional<int>(), std::optional<int>(70)}) {
    SetUp();
    const AttentionShape shape{
        .heads = 6, .kv_heads = 2, .head_dim = 24, .rope = {}, .window = window};
    const std::vector<int> pieces = {150, 1, 65};
    start(pieces, {.mixer = shape});
    const Input qkv = input(216, 10 * 24, 1.5);
    const std::vector<float> got = run([&] {
      Tensor y = scratch(6 * 24);
      backend_->attention(tensor(qkv), shape, 0, y);
      return y;
    });
    std::vector<double> want;
    int first = 0;
    for (const int length : pieces) {
      for (int r = first; r < first + length; ++r)
        for (int h = 0; h < 6; ++h) {
          const std::vector<double> y = attend(qkv, shape, first, r, h);
          want.insert(want.end(), y.begin(), y.end());
        }
      first += length;
    }
    expect_near(got, want, 1.5);
  }
}

constexpr MambaShape kMamba{.heads = 4, .head_dim = 12, .groups = 2, .state = 10, .kernel = 4};

MambaWeights mamba_weights(Backend& backend, RandomValues& random,
                           std::vector<std::vector<float>>& kept) {
  const std::int64_t channels = kMamba.channels();
  kept = {random.values(channels * 4), random.values(channels), random.values(4, 3),
          random.values(4), random.values(4)};
  for (float& a : kept[3]) a = -std::fabs(a) - 0.01F;
  MambaWeights w;
  w.conv_weight = *backend.load_vector(kept[0]);
  w.conv_bias = *backend.load_vector(kept[1]);
  w.dt_bias = *backend.load_vector(kept[2]);
  w.a = *backend.load_vector(kept[3]);
  w.d = *backend.load_vector(kept[4]);
  return w;
}

// Two steps of two sequences: the second goes on with the state of the first.
TEST_P(SequenceOps, ConvolutionKeepsItsLastRows) {
  start({2, 5}, {.mixer = kMamba});
  std::vector<std::vector<float>> kept;
  const MambaWeights w = mamba_weights(*backend_, random_, kept);
  const int channels = kMamba.channels();
  const Input steps[] = {input(7, channels), input(7, channels)};
  std::vector<float> got;
  for (const Input& x : steps) {
    const std::vector<float> part = run([&] {
      Tensor c = scratch_wide(channels);
      backend_->conv_scan(tensor(x), w, kMamba, 0, c);
      return c;
    });
    got.insert(got.end(), part.begin(), part.end());
  }
  std::vector<double> want;
  for (int s = 0; s < 2; ++s)
    for (int r = 0; r < 7; ++r)
      for (int c = 0; c < channels; ++c) {
        const int first = r < 2 ? 0 : 2, length = r < 2 ? 2 : 5;
        const int t = s * length + r - first;  // in its sequence
        double sum = kept[1][static_cast<std::size_t>(c)];
        for (int j = 0; j < 4; ++j) {
          const int past = t - 3 + j;
          if (past < 0) continue;
          const double x = steps[past / length].at(first + past % length, c);
          sum += kept[0][static_cast<std::size_t>(c * 4 + j)] * x;
        }
        want.push_back(silu64(sum));
      }
  expect_near(got, want, 4);
}

TEST_P(SequenceOps, ScanIsTheRecurrence) {
  start({3, 6}, {.mixer = kMamba});
  std::vector<std::vector<float>> kept;
  const MambaWeights w = mamba_weights(*backend_, random_, kept);
  const int inner = kMamba.inner(), channels = kMamba.channels();
  const Input steps[] = {input(9, channels), input(9, channels)};
  const Input dts[] = {input(9, 4, 3), input(9, 4, 30)};  // beyond 20 softplus is linear
  std::vector<float> got;
  for (int s = 0; s < 2; ++s) {
    const std::vector<float> part = run([&] {
      Tensor y = scratch_floats(inner);
      backend_->ssd_scan(tensor(steps[s]), tensor(dts[s]), w, kMamba, 0, y);
      return y;
    });
    got.insert(got.end(), part.begin(), part.end());
  }
  std::vector<double> want(got.size());
  for (int r0 = 0; r0 < 9; r0 = r0 == 0 ? 3 : 9)
    for (int h = 0; h < 4; ++h)
      for (int p = 0; p < 12; ++p) {
        std::vector<double> state(10, 0.0);
        for (int s = 0; s < 2; ++s)
          for (int r = r0; r < (r0 == 0 ? 3 : 9); ++r) {
            const auto head = static_cast<std::size_t>(h);
            const double raw = dts[s].at(r, h) + kept[2][head];
            const double delta = std::log1p(std::exp(raw));
            const double u = steps[s].at(r, h * 12 + p);
            double y = kept[4][head] * u;
            for (int n = 0; n < 10; ++n) {
              double& value = state[static_cast<std::size_t>(n)];
              value = std::exp(delta * kept[3][head]) * value +
                      delta * u * steps[s].at(r, inner + h / 2 * 10 + n);
              y += value * steps[s].at(r, inner + 20 + h / 2 * 10 + n);
            }
            want[static_cast<std::size_t>((s * 9 + r) * inner + h * 12 + p)] = y;
          }
      }
  expect_near(got, want, 100);
}

TEST_P(SequenceOps, ClearedAndCopiedSlots) {
  start({2, 2}, {.mixer = kMamba});
  std::vector<std::vector<float>> kept;
  const MambaWeights w = mamba_weights(*backend_, random_, kept);
  const Input x = input(4, kMamba.channels());
  const auto step = [&] {
    return run([&] {
      Tensor c = scratch_wide(kMamba.channels());
      backend_->conv_scan(tensor(x), w, kMamba, 0, c);
      return c;
    });
  };
  const std::vector<float> fresh = step();
  backend_->copy_slot(0, 1);
  backend_->clear_slot(0);
  const std::vector<float> second = step();
  const auto half = static_cast<std::ptrdiff_t>(fresh.size() / 2);
  EXPECT_TRUE(std::equal(fresh.begin(), fresh.begin() + half, second.begin()));
  EXPECT_FALSE(std::equal(fresh.begin() + half, fresh.end(), second.begin() + half));
}

TEST_P(SequenceOps, RouterChoosesByCorrectedAndWeighsByPlainScores) {
  start({2});
  // sigmoid: 0.5 for all of row 0; row 1 has ln 3 (0.75, a little more in BF16) at expert 2.
  const float ln3 = to_bf16(std::log(3.0F));
  const Input scores = input(2, 4, std::vector<float>{0, 0, 0, 0, 0, 0, ln3, 0});
  const VectorPtr correction = vector({0, 0.25F, 0, 0.25F});
  const MoeShape shape{.experts = 4, .experts_per_token = 2, .scaling = 2};
  std::vector<float> weights;
  const std::vector<float> chosen = run([&] {
    Tensor ids = backend_->scratch(2, 2, DType::I32);
    Tensor w = backend_->scratch(2, 2, DType::F32);
    backend_->route(floats(scores), *correction, shape, ids, w);
    weights = *backend_->read(w);
    return ids;
  });
  // Row 0: the lowest id first. Row 1: 0.75 and 0.5 + 0.25, which weighs as 0.5.
  EXPECT_EQ(chosen, (std::vector<float>{1, 3, 2, 1}));
  const std::vector<float> want = {1, 1, 1.2F, 0.8F};
  for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(weights[i], want[i], 1e-3) << i;
}

TEST_P(SequenceOps, RouterKeepsTheBestGroups) {
  start({1});
  const Input scores = input(1, 6, std::vector<float>{3, -4, 1, 1, 2, -4});
  const VectorPtr correction = vector(std::vector<float>(6, 0));
  // Pairs: 0.95 + 0.02, 0.73 + 0.73, 0.88 + 0.02: the second group wins, and only it is looked at.
  const MoeShape shape{.experts = 6, .experts_per_token = 2, .groups = 3, .groups_kept = 1};
  const std::vector<float> chosen = run([&] {
    Tensor ids = backend_->scratch(1, 2, DType::I32);
    Tensor w = backend_->scratch(1, 2, DType::F32);
    backend_->route(floats(scores), *correction, shape, ids, w);
    return ids;
  });
  EXPECT_EQ(chosen, (std::vector<float>{2, 3}));
}

TEST_P(SequenceOps, ExpertsSumTheirWeightedResults) {
  const MoeShape shape{.experts = 5, .experts_per_token = 2, .expert_width = 36};
  constexpr int kRows = 12, kHidden = 28;
  start({kRows}, {.mixer = shape});
  const Input x = input(kRows, kHidden);
  const Input scores = input(kRows, 5, 3);
  std::vector<std::vector<float>> up, down;
  ExpertTensors tensors;
  for (int e = 0; e < 5; ++e) {
    up.push_back(random_.values(36 * kHidden, 0.3));
    down.push_back(random_.values(kHidden * 36, 0.3));
  }
  for (std::size_t e = 0; e < 5; ++e) {
    tensors.up.push_back(host_tensor(up[e], {36, kHidden}));
    tensors.down.push_back(host_tensor(down[e], {kHidden, 36}));
  }
  const ExpertsPtr experts = *backend_->load_experts(tensors);
  const VectorPtr correction = vector(std::vector<float>(5, 0));
  std::vector<float> chosen, weights;
  const std::vector<float> got = run([&] {
    Tensor ids = backend_->scratch(kRows, 2, DType::I32);
    Tensor w = scratch_floats(2);
    backend_->route(floats(scores), *correction, shape, ids, w);
    chosen = *backend_->read(ids);
    weights = *backend_->read(w);
    Tensor y = scratch(kHidden);
    backend_->experts(activated(x), ids, w, *experts, y);
    return y;
  });
  std::vector<double> want;
  for (int r = 0; r < kRows; ++r)
    for (int n = 0; n < kHidden; ++n) {
      double y = 0;
      for (int k = 0; k < 2; ++k) {
        const auto pair = static_cast<std::size_t>(r * 2 + k);
        const auto e = static_cast<std::size_t>(chosen[pair]);
        for (int j = 0; j < 36; ++j) {
          double hidden = 0;
          for (int i = 0; i < kHidden; ++i)
            hidden += up[e][static_cast<std::size_t>(j * kHidden + i)] * x.at(r, i);
          hidden = std::max(hidden, 0.0);
          y += weights[pair] * hidden * hidden * down[e][static_cast<std::size_t>(n * 36 + j)];
        }
      }
      want.push_back(y);
    }
  expect_near(got, want, GetParam().int8 ? 8 : 2);
}

TEST_P(SequenceOps, SampleTakesOneTokenARow) {
  start({2});
  const Input logits = input(2, 6, std::vector<float>{0, 1, 5, 5, 2, 1, 9, 1, 2, 3, 4, 5});
  std::vector<SampledToken> tokens;
  run([&] {
    Tensor t = floats(logits);
    tokens = *backend_->sample(t, std::vector<SampleRule>(2, {.temperature = 0}));
    return t;
  });
  EXPECT_EQ(tokens[0].token, 2);
  EXPECT_EQ(tokens[1].token, 0);
  EXPECT_NEAR(tokens[1].logprob, -0.0290, 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Backends, SequenceOps, testing::ValuesIn(backend_cases()),
                         [](const auto& test) { return case_name(test); });

}  // namespace
}  // namespace eval::runners::local
