#include <algorithm>
#include <cstring>

#include "tests/runners/local_ops/op_fixture.h"

// Operations that work on every row by itself, against float64.
namespace eval::runners::local {
namespace {

using RowOps = OpTest;
constexpr int kRows = 9;

TEST_P(RowOps, EmbedAddAndGather) {
  start({5, 4});
  const Input x = input(kRows, 72), y = input(kRows, 72);
  const std::vector<float> got = run([&] {
    Tensor sum = tensor(x);
    backend_->add(sum, tensor(y));
    Tensor last = backend_->scratch(1, 72, backend_->wide());
    backend_->gather_logit_rows(sum, last);
    return last;
  });
  std::vector<double> want;
  for (int c = 0; c < 72; ++c) want.push_back(x.at(kRows - 1, c) + y.at(kRows - 1, c));
  expect_near(got, want);
}

TEST_P(RowOps, RmsNorm) {
  start({kRows});
  for (const std::int64_t cols : {24, 64, 100}) {
    const Input x = input(kRows, cols, 3);
    const std::vector<float> w = random_.values(cols, 2);
    const VectorPtr weights = vector(w);
    const std::vector<float> got = run([&] {
      Tensor t = tensor(x);
      backend_->rmsnorm(t, *weights, 1e-5F, t);
      return t;
    });
    std::vector<double> want;
    for (int r = 0; r < kRows; ++r) {
      double sum = 0;
      for (int c = 0; c < cols; ++c) sum += x.at(r, c) * x.at(r, c);
      for (int c = 0; c < cols; ++c)
        want.push_back(w[static_cast<std::size_t>(c)] * x.at(r, c) /
                       std::sqrt(sum / static_cast<double>(cols) + 1e-5));
    }
    expect_near(got, want, 4);
  }
}

TEST_P(RowOps, LinearWithBias) {
  start({kRows});
  const Input x = input(kRows, 99);
  const Input w = input(130, 99, 0.3);
  const std::vector<float> b = random_.values(130);
  const VectorPtr bias = vector(b);
  const std::vector<float> got = run([&] {
    Tensor y = scratch_floats(130);
    backend_->linear(activated(x), *w.matrix, bias.get(), y);
    return y;
  });
  std::vector<double> want;
  for (int r = 0; r < kRows; ++r)
    for (int n = 0; n < 130; ++n) {
      double sum = b[static_cast<std::size_t>(n)];
      for (int k = 0; k < 99; ++k) sum += x.at(r, k) * w.at(n, k);
      want.push_back(sum);
    }
  expect_near(got, want, 2);
}

// Quantised or not: the error of a dense product is small against its outputs (rms about 1 here).
TEST_P(RowOps, DenseLinearIsClose) {
  start({kRows});
  const Input x = input(kRows, 256);
  const Input w = input(64, 256, 0.19, MatrixUse::Dense);
  const std::vector<float> got = run([&] {
    Tensor y = scratch_floats(64);
    backend_->linear(activated(x), *w.matrix, nullptr, y);
    return y;
  });
  for (int r = 0; r < kRows; ++r)
    for (int n = 0; n < 64; ++n) {
      double sum = 0;
      for (int k = 0; k < 256; ++k) sum += x.at(r, k) * w.at(n, k);
      EXPECT_NEAR(got[static_cast<std::size_t>(r * 64 + n)], sum, GetParam().int8 ? 0.05 : 1e-2);
    }
}

TEST_P(RowOps, StackedBlocksAreOneMatrix) {
  start({2});
  const Input x = input(2, 8);
  const std::vector<float> top = random_.values(3 * 8), bottom = random_.values(2 * 8);
  const HostTensor blocks[] = {host_tensor(top, {3, 8}), host_tensor(bottom, {2, 8})};
  const MatrixPtr w = *backend_->load_matrix(blocks, MatrixUse::Router);
  EXPECT_EQ(w->rows(), 5);
  const std::vector<float> got = run([&] {
    Tensor y = scratch_floats(5);
    backend_->linear(activated(x), *w, nullptr, y);
    return y;
  });
  std::vector<double> want;
  for (int r = 0; r < 2; ++r)
    for (std::size_t n = 0; n < 5; ++n) {
      double sum = 0;
      for (std::size_t k = 0; k < 8; ++k)
        sum += x.at(r, static_cast<int>(k)) * (n < 3 ? top[n * 8 + k] : bottom[(n - 3) * 8 + k]);
      want.push_back(sum);
    }
  expect_near(got, want, 3);
}

// Checkpoints come in several types; each must give the same numbers.
TEST_P(RowOps, MatricesOfEveryStoredType) {
  start({1});
  const std::vector<std::uint16_t> bf16 = {0x3F80, 0xC000, 0x3E80, 0x0000};  // 1, -2, 0.25, 0
  const std::vector<std::uint16_t> f16 = {0x3C00, 0xC000, 0x3400, 0x0000};
  const std::vector<std::uint8_t> f8 = {0x38, 0xC0, 0x28, 0x00};
  const HostTensor tensors[] = {
      {std::as_bytes(std::span(bf16)), DType::BF16, {1, 4}, {}},
      {std::as_bytes(std::span(f16)), DType::F16, {1, 4}, {}},
      {std::as_bytes(std::span(f8)), DType::F8E4M3, {1, 4}, {}},
      {std::as_bytes(std::span(f8)), DType::F8E4M3, {1, 4}, TensorScales::whole(0.5F)}};
  const MatrixPtr table = *backend_->load_matrix(tensors, MatrixUse::Head);
  const Input x = input(1, 4, std::vector<float>{1, 2, 4, 8});
  const std::vector<float> got = run([&] {
    Tensor y = scratch_floats(4);
    backend_->linear(activated(x), *table, nullptr, y);
    return y;
  });
  EXPECT_EQ(got, (std::vector<float>{-2, -2, -2, -1}));  // 1 - 4 + 1
}

TEST_P(RowOps, RotateWithNormsAndScaling) {
  const AttentionShape shape{.heads = 3,
                             .kv_heads = 1,
                             .head_dim = 20,
                             .qk_norm = true,
                             .rope = Rope{.theta = 10000,
                                          .scaling = Rope::Scaling{.factor = 8,
                                                                   .low_frequency_factor = 1,
                                                                   .high_frequency_factor = 4,
                                                                   .original_context = 256}},
                             .window = {}};
  constexpr int kPosition = 100;
  start({kRows}, {.mixer = shape}, kPosition);
  const Input x = input(kRows, 5 * 20);
  const std::vector<float> q = random_.values(20, 2), k = random_.values(20, 2);
  const VectorPtr q_norm = vector(q), k_norm = vector(k);
  const std::vector<float> got = run([&] {
    Tensor t = tensor(x);
    backend_->rotate(t, shape, q_norm.get(), k_norm.get(), 1e-6F);
    return t;
  });
  std::vector<double> want;
  for (int r = 0; r < kRows; ++r)
    for (int h = 0; h < 5; ++h) {
      std::vector<double> head;
      double sum = 0;
      for (int d = 0; d < 20; ++d) sum += x.at(r, h * 20 + d) * x.at(r, h * 20 + d);
      for (int d = 0; d < 20; ++d) {
        const auto i = static_cast<std::size_t>(d);
        const double norm = (h < 3 ? q : k)[i] / std::sqrt(sum / 20 + 1e-6);
        head.push_back(x.at(r, h * 20 + d) * (h == 4 ? 1 : norm));
      }
      for (int j = 0; j < 10 && h < 4; ++j) {
        double f = std::pow(10000.0, -2.0 * j / 20);
        const double wavelength = 2 * 3.14159265358979323846 / f;
        const double t = (256 / wavelength - 1) / 3;  // 0 at the long end, 1 at the short one
        f = f * std::clamp(t, 0.0, 1.0) + f / 8 * (1 - std::clamp(t, 0.0, 1.0));
        const double angle = (kPosition + r) * f;
        const auto a = static_cast<std::size_t>(j), b = a + 10;
        const double first = head[a], second = head[b];
        head[a] = first * std::cos(angle) - second * std::sin(angle);
        head[b] = second * std::cos(angle) + first * std::sin(angle);
      }
      want.insert(want.end(), head.begin(), head.end());
    }
  expect_near(got, want, 4);
}

TEST_P(RowOps, Activations) {
  start({kRows});
  const Input x = input(kRows, 80, 6);
  for (const bool gated : {false, true})
    for (const Activation activation : {Activation::Relu2, Activation::Silu}) {
      const int width = gated ? 40 : 80;
      const std::vector<float> got = run([&] {
        Tensor y = scratch(width);
        backend_->activate(tensor(x), activation, gated, y);
        return y;
      });
      std::vector<double> want;
      for (int r = 0; r < kRows; ++r)
        for (int c = 0; c < width; ++c) {
          const double v = x.at(r, c);
          const double y = activation == Activation::Silu ? silu64(v) : v > 0 ? v * v : 0;
          want.push_back(gated ? y * x.at(r, width + c) : y);
        }
      expect_near(got, want, 72);  // up to 140 here, and BF16 steps by 1 from 128 on
    }
}

TEST_P(RowOps, GatedNormGatesFirstAndNormsInGroups) {
  start({kRows});
  const Input y = input(kRows, 60, 3), z = input(kRows, 60, 3);
  const std::vector<float> w = random_.values(60, 2);
  const VectorPtr weights = vector(w);
  const std::vector<float> got = run([&] {
    Tensor out = scratch(60);
    backend_->gated_norm(floats(y), tensor(z), *weights, 3, 1e-5F, out);
    return out;
  });
  std::vector<double> want;
  for (int r = 0; r < kRows; ++r)
    for (int first = 0; first < 60; first += 20) {
      double sum = 0;
      for (int c = first; c < first + 20; ++c) sum += std::pow(y.at(r, c) * silu64(z.at(r, c)), 2);
      for (int c = first; c < first + 20; ++c)
        want.push_back(w[static_cast<std::size_t>(c)] * y.at(r, c) * silu64(z.at(r, c)) /
                       std::sqrt(sum / 20 + 1e-5));
    }
  expect_near(got, want, 6);
}

INSTANTIATE_TEST_SUITE_P(Backends, RowOps, testing::ValuesIn(backend_cases()),
                         [](const auto& test) { return case_name(test); });

// A row's product is the same bits for every number of rows in the step and at every place among them.
class Rows : public testing::TestWithParam<std::tuple<BackendCase, MatrixUse>> {};

TEST_P(Rows, OfAProductDoNotSeeEachOther) {
  const auto& [backend_case, use] = GetParam();
  const std::unique_ptr<Backend> backend = backend_case.make();
  constexpr std::int64_t kInputs = 200, kOutputs = 150;
  RandomValues random(3);
  const std::vector<float> x = random.values(512 * kInputs), w = random.values(kOutputs * kInputs);
  const HostTensor xs = host_tensor(x, {512, kInputs});
  std::vector<HostTensor> blocks;  // queries, keys and values, where that matters
  for (const std::int64_t first : {0, 70, 110}) {
    const std::int64_t rows = first == 0 ? 70 : 40;
    blocks.push_back(host_tensor(std::span(w).subspan(static_cast<std::size_t>(first * kInputs),
                                                      static_cast<std::size_t>(rows * kInputs)),
                                 {rows, kInputs}));
  }
  const MatrixPtr table = *backend->load_matrix({&xs, 1}, MatrixUse::Head);
  const MatrixPtr matrix = *backend->load_matrix(blocks, use);
  ModelConfig config;
  config.hidden = 512;
  config.vocabulary = 64;
  config.layers = {{.mixer = MlpShape{.width = 512}}};
  ASSERT_TRUE(backend->allocate(config, {}, {.rows = 512, .pieces = 1, .logit_rows = 1}));
  const auto product = [&](int rows, int first) {
    Step step;
    step.pieces = {{0, rows, 0, 0, 0}};
    for (int r = 0; r < rows; ++r) {
      step.tokens.push_back((first + r) % 512);
      step.positions.push_back(r);
      step.piece_of.push_back(0);
    }
    Tensor y;
    EXPECT_TRUE(backend->run_step(step, [&] {
      Tensor in = backend->scratch(rows, kInputs, backend->activation());
      backend->embed(*table, in);
      y = backend->scratch(rows, kOutputs, DType::F32);
      backend->linear(in, *matrix, nullptr, y);
    }));
    return *backend->read(y);
  };
  const std::vector<float> whole = product(512, 0);
  std::vector<int> counts = {128, 241, 512};
  for (int rows = 1; rows <= 64; ++rows) counts.push_back(rows);
  for (const int rows : counts) {
    const int first = rows * 5 % 448;
    const std::vector<float> part = product(std::min(rows, 512 - first), first);
    ASSERT_EQ(
        std::memcmp(part.data(), whole.data() + first * kOutputs, part.size() * sizeof(float)), 0)
        << rows << " rows";
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Rows,
                         testing::Combine(testing::ValuesIn(backend_cases()),
                                          testing::Values(MatrixUse::Dense, MatrixUse::Attention,
                                                          MatrixUse::Router)),
                         [](const auto& test) {
                           return std::get<0>(test.param).name + "_" +
                                  std::to_string(static_cast<int>(std::get<1>(test.param)));
                         });

}  // namespace
}  // namespace eval::runners::local
