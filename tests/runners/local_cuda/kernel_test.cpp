#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "runners/local/cuda/emulation/emulated_backend.h"

// Operations at the shapes real models have (the seam's tests use small ones), against float64. F32, so that
// every mistake shows.
namespace eval::runners::local {
namespace {

constexpr double kBound = 2e-5;

std::vector<float> random_values(std::size_t count, std::uint64_t seed, float scale = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0, scale);
  std::vector<float> values(count);
  for (float& x : values) x = normal(random);
  return values;
}

// A backend with one layer, and steps of one sequence on its first slot and pages.
class OneLayer {
 public:
  OneLayer(LayerConfig layer, int hidden, int rows_max, int tokens_max)
      : backend_(cuda::make_emulated_backend({.activation = DType::F32})) {
    config_.vocabulary = rows_max;
    config_.hidden = hidden;
    config_.context_max = tokens_max;
    config_.layers.push_back(layer);
    pages_ = (tokens_max + kPageTokens - 1) / kPageTokens;
    const auto allocated = backend_->allocate(config_, {state_shape(config_), 1, pages_},
                                              {.rows = rows_max, .pieces = 2, .logit_rows = 2});
    EXPECT_TRUE(allocated.has_value());
  }

  Backend& backend() { return *backend_; }
  // The next piece begins `tokens` earlier; what it writes takes the place of what was there.
  void go_back(int tokens) { position_ -= tokens; }

  // Runs `operations` on a piece whose rows are those of `inputs` [rows, cols], as an F32 tensor.
  std::vector<float> run(const std::vector<float>& inputs, int cols,
                         const std::function<Tensor(Tensor)>& operations) {
    HostTensor table{std::as_bytes(std::span(inputs)), DType::F32, {}, {}};
    table.shape = {static_cast<std::int64_t>(inputs.size()) / cols, cols};
    const MatrixPtr matrix = *backend_->load_matrix({&table, 1}, MatrixUse::Head);
    Step step;
    const auto rows = static_cast<std::int32_t>(table.shape[0]);
    step.pieces.push_back({.length = rows, .position = position_});
    for (std::int32_t r = 0; r < rows; ++r) {
      step.tokens.push_back(r);
      step.positions.push_back(position_ + r);
      step.piece_of.push_back(0);
    }
    for (std::int32_t page = 0; page < pages_; ++page) step.pages.push_back(page);
    position_ += rows;
    Tensor y;
    const auto ran = backend_->run_step(step, [&] {
      const Tensor x = backend_->scratch(rows, cols, DType::F32);
      backend_->embed(*matrix, x);
      y = operations(x);
    });
    EXPECT_TRUE(ran.has_value());
    return *backend_->read(y);
  }

 private:
  std::unique_ptr<Backend> backend_;
  ModelConfig config_;
  std::int32_t pages_ = 0;
  std::int32_t position_ = 0;
};

// ---- attention ---------------------------------------------------------------------------------------

AttentionShape attention_shape(int heads, int kv_heads, int head_dim, std::optional<int> window) {
  AttentionShape shape;
  shape.heads = heads;
  shape.kv_heads = kv_heads;
  shape.head_dim = head_dim;
  shape.window = window;
  return shape;
}

// Row `row` of softmax(q k^T / sqrt(D)) v in float64.
std::vector<double> attend(const std::vector<float>& qkv, const AttentionShape& s, int row) {
  const int dim = s.head_dim;
  const int stride = (s.heads + 2 * s.kv_heads) * dim;
  const auto at = [&](int r, int head, int d) {
    return static_cast<double>(qkv[static_cast<std::size_t>(r * stride + head * dim + d)]);
  };
  std::vector<double> y;
  for (int h = 0; h < s.heads; ++h) {
    const int kv = h / (s.heads / s.kv_heads);
    const int first = s.window ? std::max(0, row - *s.window + 1) : 0;
    std::vector<double> scores;
    for (int r = first; r <= row; ++r) {
      double score = 0;
      for (int d = 0; d < dim; ++d) score += at(row, h, d) * at(r, s.heads + kv, d);
      scores.push_back(score / std::sqrt(dim));
    }
    const double maximum = *std::max_element(scores.begin(), scores.end());
    double sum = 0;
    for (double& score : scores) sum += score = std::exp(score - maximum);
    for (int d = 0; d < dim; ++d) {
      double value = 0;
      for (int r = first; r <= row; ++r)
        value += scores[static_cast<std::size_t>(r - first)] * at(r, s.heads + s.kv_heads + kv, d);
      y.push_back(value / sum);
    }
  }
  return y;
}

// 530 tokens and then one: past a split of 512 keys, by the prompt kernel and by the decode kernel. The last
// token once more in a piece of two: the same bits.
void check_attention(const AttentionShape& shape) {
  constexpr int kPrompt = 530;
  const int stride = (shape.heads + 2 * shape.kv_heads) * shape.head_dim;
  const auto qkv = random_values(static_cast<std::size_t>((kPrompt + 1) * stride), 1);
  OneLayer layer({shape, 0}, 64, kPrompt, kPrompt + 1);
  const auto run = [&](int first, int count) {
    const auto begin = qkv.begin() + first * stride;
    return layer.run({begin, begin + count * stride}, stride, [&](Tensor x) {
      const Tensor y = layer.backend().scratch(x.rows, shape.heads * shape.head_dim, DType::F32);
      layer.backend().attention(x, shape, 0, y);
      return y;
    });
  };
  const std::vector<float> prompt = run(0, kPrompt);
  const std::vector<float> decoded = run(kPrompt, 1);
  const auto width = static_cast<std::size_t>(shape.heads * shape.head_dim);
  const auto expect_row = [&](const std::vector<float>& y, std::size_t at, int row) {
    const std::vector<double> expected = attend(qkv, shape, row);
    for (std::size_t i = 0; i < width; ++i)
      ASSERT_NEAR(y[at * width + i], expected[i], kBound) << "row " << row << " value " << i;
  };
  for (const int row : {0, 63, 64, 511, 512, kPrompt - 1})
    expect_row(prompt, static_cast<std::size_t>(row), row);
  expect_row(decoded, 0, kPrompt);
  layer.go_back(2);
  std::vector<float> again = run(kPrompt - 1, 2);
  again.erase(again.begin(), again.begin() + static_cast<std::ptrdiff_t>(width));
  EXPECT_EQ(decoded, again);
}

TEST(AttentionKernel, HeadsOf128) {
  check_attention(attention_shape(2, 1, 128, {}));
}
TEST(AttentionKernel, HeadsOf64) {
  check_attention(attention_shape(2, 2, 64, {}));
}
TEST(AttentionKernel, MoreQueryHeadsThanATileHasRows) {
  check_attention(attention_shape(20, 1, 8, {}));
}
TEST(AttentionKernel, AWindowThatBeginsInAnEarlierSplit) {
  check_attention(attention_shape(2, 1, 16, 70));
}

// ---- Mamba ---------------------------------------------------------------------------------------------

MambaShape mamba_shape(int state) {
  MambaShape shape;
  shape.heads = 2;
  shape.head_dim = 20;
  shape.groups = 1;
  shape.state = state;
  return shape;
}

// The recurrence in float64 over all rows of c [rows, channels] and dt [rows, heads].
std::vector<double> scan(const std::vector<float>& c, const std::vector<float>& dt,
                         const MambaShape& s, const std::vector<float>& bias,
                         const std::vector<float>& a, const std::vector<float>& d) {
  const auto index = [](int i) { return static_cast<std::size_t>(i); };
  const int rows = static_cast<int>(dt.size()) / s.heads;
  std::vector<double> state(index(s.inner() * s.state));
  std::vector<double> y;
  for (int t = 0; t < rows; ++t)
    for (int i = 0; i < s.inner(); ++i) {
      const int head = i / s.head_dim;
      const float* row = c.data() + t * s.channels();
      const double delta = std::log1p(
          std::exp(static_cast<double>(dt[index(t * s.heads + head)]) + bias[index(head)]));
      double sum = 0;
      for (int n = 0; n < s.state; ++n) {
        double& value = state[index(i * s.state + n)];
        value = std::exp(delta * a[index(head)]) * value + delta * row[i] * row[s.inner() + n];
        sum += value * row[s.inner() + s.state + n];
      }
      y.push_back(sum + static_cast<double>(d[index(head)]) * row[i]);
    }
  return y;
}

void check_scan(int state) {
  const MambaShape shape = mamba_shape(state);
  constexpr int kRows = 37;  // more than two chunks of the kernel, and a part
  const int cols = shape.channels() + shape.heads;
  const std::vector<float> rows = random_values(static_cast<std::size_t>(kRows * cols), 2, 0.5F);
  std::vector<float> c;
  std::vector<float> dt;
  for (auto row = rows.begin(); row != rows.end(); row += cols) {
    c.insert(c.end(), row, row + shape.channels());
    dt.insert(dt.end(), row + shape.channels(), row + cols);
  }
  const std::vector<float> bias = {0.1F, -3};
  const std::vector<float> a = {-0.5F, -2};
  const std::vector<float> d = {1, 0.25F};
  OneLayer layer({shape, 0}, 64, kRows, kRows);
  MambaWeights weights;
  weights.dt_bias = *layer.backend().load_vector(bias);
  weights.a = *layer.backend().load_vector(a);
  weights.d = *layer.backend().load_vector(d);
  std::vector<float> y;
  for (const auto& [first, count] : {std::pair(0, 36), std::pair(36, 1)}) {  // then one more token
    const auto begin = rows.begin() + first * cols;
    const std::vector<float> part = layer.run({begin, begin + count * cols}, cols, [&](Tensor x) {
      const Tensor out = layer.backend().scratch(x.rows, shape.inner(), DType::F32);
      layer.backend().ssd_scan(x.columns(0, shape.channels()),
                               x.columns(shape.channels(), shape.heads), weights, shape, 0, out);
      return out;
    });
    y.insert(y.end(), part.begin(), part.end());
  }
  const std::vector<double> expected = scan(c, dt, shape, bias, a, d);
  ASSERT_EQ(y.size(), expected.size());
  for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], expected[i], kBound) << i;
}

TEST(ScanKernel, StatesOf128) {
  check_scan(128);
}
TEST(ScanKernel, StatesOf64) {
  check_scan(64);
}
TEST(ScanKernel, StatesOf200) {
  check_scan(200);
}

// ---- products and experts --------------------------------------------------------------------------

TEST(ProductKernel, WidthsThatFillNoTile) {
  constexpr int kRows = 21;
  constexpr int kInputs = 100;
  constexpr int kOutputs = 70;
  MlpShape mlp;
  mlp.width = kOutputs;
  OneLayer layer({mlp, 0}, kInputs, kRows, 64);
  const std::vector<float> x = random_values(kRows * kInputs, 3);
  const std::vector<float> w = random_values(kOutputs * kInputs, 4);
  const std::vector<float> bias = random_values(kOutputs, 5);
  const HostTensor tensor{std::as_bytes(std::span(w)), DType::F32, {kOutputs, kInputs}, {}};
  const MatrixPtr matrix = *layer.backend().load_matrix({&tensor, 1}, MatrixUse::Dense);
  const VectorPtr offsets = *layer.backend().load_vector(bias);
  const std::vector<float> y = layer.run(x, kInputs, [&](Tensor input) {
    const Tensor out = layer.backend().scratch(kRows, kOutputs, DType::F32);
    layer.backend().linear(input, *matrix, offsets.get(), out);
    return out;
  });
  for (std::size_t r = 0; r < kRows; ++r)
    for (std::size_t o = 0; o < kOutputs; ++o) {
      double sum = static_cast<double>(bias[o]);
      for (std::size_t k = 0; k < kInputs; ++k)
        sum += static_cast<double>(x[r * kInputs + k]) * static_cast<double>(w[o * kInputs + k]);
      ASSERT_NEAR(y[r * kOutputs + o], sum, kBound) << r << " " << o;
    }
}

// Which experts a row of scores gets, as the seam defines it, with 8 experts in 4 groups of which 2 stay.
TEST(RouteKernel, KeepsTheBestGroups) {
  MoeShape moe;
  moe.experts = 8;
  moe.experts_per_token = 3;
  moe.groups = 4;
  moe.groups_kept = 2;
  moe.scaling = 2.5F;
  moe.expert_width = 8;
  OneLayer layer({moe, 0}, 16, 2, 64);
  const std::vector<float> scores = {0, 0, 3, -9, 1, 1, 2, -1,  //
                                     1, 1, 1, 1,  1, 1, 1, 1};  // ties: the lowest ids
  const std::vector<float> correction = {0, 0, 0, 0, 0.3F, 0, 0, 0};
  const VectorPtr bias = *layer.backend().load_vector(correction);
  Tensor weights;
  const std::vector<float> chosen = layer.run(scores, 8, [&](Tensor x) {
    const Tensor ids = layer.backend().scratch(2, 3, DType::I32);
    weights = layer.backend().scratch(2, 3, DType::F32);
    layer.backend().route(x, *bias, moe, ids, weights);
    return ids;
  });
  // Groups are worth s0+s1, s2+s3, s4+s5+0.3, s6+s7 with s = sigmoid: 1, 0.95, 1.76, 1.15.
  EXPECT_EQ(chosen, (std::vector<float>{4, 6, 5, 4, 0, 1}));
  const std::vector<float> given = *layer.backend().read(weights);
  const auto s = [](float x) { return 1 / (1 + std::exp(-x)); };
  const float sum = s(1) + s(2) + s(1);
  EXPECT_NEAR(given[0], 2.5F * s(1) / sum, 1e-6);
  EXPECT_NEAR(given[1], 2.5F * s(2) / sum, 1e-6);
  EXPECT_NEAR(given[3] + given[4] + given[5], 2.5F, 1e-6);
}

// Every token to the same two experts of ten: wide tiles, and eight experts with nothing to do.
TEST(ExpertsKernel, SumsItsExpertsInOrder) {
  constexpr int kRows = 45;
  constexpr int kInputs = 24;
  constexpr int kWidth = 40;
  MoeShape moe;
  moe.experts = 10;
  moe.experts_per_token = 2;
  moe.expert_width = kWidth;
  OneLayer layer({moe, 0}, kInputs, kRows, 64);
  const std::vector<float> x = random_values(kRows * kInputs, 6);
  std::vector<std::vector<float>> up;
  std::vector<std::vector<float>> down;
  ExpertTensors tensors;
  for (std::uint64_t e = 0; e < 10; ++e) {
    up.push_back(random_values(kWidth * kInputs, 10 + e, 0.2F));
    down.push_back(random_values(kWidth * kInputs, 30 + e, 0.2F));
  }
  for (std::size_t e = 0; e < 10; ++e) {
    tensors.up.push_back({std::as_bytes(std::span(up[e])), DType::F32, {kWidth, kInputs}, {}});
    tensors.down.push_back({std::as_bytes(std::span(down[e])), DType::F32, {kInputs, kWidth}, {}});
  }
  const ExpertsPtr experts = *layer.backend().load_experts(tensors);
  // The router is made to choose: experts 7 and 2 always, with weights that follow from the scores.
  std::vector<float> score_table;
  for (int r = 0; r < kRows; ++r)
    for (int e = 0; e < 10; ++e) score_table.push_back(e == 7 ? 2.0F : e == 2 ? 1.0F : -3.0F);
  const HostTensor gate{std::as_bytes(std::span(score_table)), DType::F32, {kRows, 10}, {}};
  const MatrixPtr scores = *layer.backend().load_matrix({&gate, 1}, MatrixUse::Router);
  const VectorPtr correction = *layer.backend().load_vector(std::vector<float>(10));
  const std::vector<float> y = layer.run(x, kInputs, [&](Tensor input) {
    Backend& backend = layer.backend();
    const Tensor rows = backend.scratch(kRows, 10, DType::F32);
    backend.embed(*scores, rows);
    const Tensor chosen = backend.scratch(kRows, 2, DType::I32);
    const Tensor weights = backend.scratch(kRows, 2, DType::F32);
    backend.route(rows, *correction, moe, chosen, weights);
    const Tensor out = backend.scratch(kRows, kInputs, DType::F32);
    backend.experts(input, chosen, weights, *experts, out);
    return out;
  });
  const double s7 = 1 / (1 + std::exp(-2.0));
  const double s2 = 1 / (1 + std::exp(-1.0));
  for (std::size_t r = 0; r < kRows; ++r)
    for (std::size_t o = 0; o < kInputs; ++o) {
      double sum = 0;
      for (const auto& [e, weight] : {std::pair(7, s7 / (s7 + s2)), std::pair(2, s2 / (s7 + s2))})
        for (std::size_t w = 0; w < kWidth; ++w) {
          const std::vector<float>& first = up[static_cast<std::size_t>(e)];
          const std::vector<float>& second = down[static_cast<std::size_t>(e)];
          double hidden = 0;
          for (std::size_t k = 0; k < kInputs; ++k)
            hidden += static_cast<double>(x[r * kInputs + k]) *
                      static_cast<double>(first[w * kInputs + k]);
          hidden = std::max(hidden, 0.0);
          sum += weight * hidden * hidden * static_cast<double>(second[o * kWidth + w]);
        }
      ASSERT_NEAR(y[r * kInputs + o], sum, kBound) << r << " " << o;
    }
}

}  // namespace
}  // namespace eval::runners::local
