#include "tests/runners/local_ops/op_fixture.h"

#include <numeric>

namespace eval::runners::local {

void OpTest::start(const std::vector<int>& pieces, const LayerConfig& layer, int position) {
  constexpr int kPagesEach = 4;
  step_ = {};
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto sequence = static_cast<std::int32_t>(i);
    step_.pieces.push_back({.first_row = static_cast<std::int32_t>(step_.rows()),
                            .length = pieces[i],
                            .position = position,
                            .slot = sequence,
                            .first_page = static_cast<std::int32_t>(step_.pages.size())});
    for (int t = 0; t < pieces[i]; ++t) {
      step_.tokens.push_back(static_cast<TokenId>(step_.rows()));
      step_.positions.push_back(position + t);
      step_.piece_of.push_back(sequence);
    }
    for (int page = 0; page < kPagesEach; ++page)
      step_.pages.push_back(page * static_cast<int>(pieces.size()) + sequence);
  }
  step_.logit_rows = {static_cast<std::int32_t>(step_.rows()) - 1};
  ModelConfig config;
  config.hidden = 512;
  config.vocabulary = 512;
  config.layers = {layer, {.mixer = MlpShape{.width = 2048}}};
  const auto sequences = static_cast<std::int32_t>(pieces.size());
  const auto allocated = backend_->allocate(
      config, {state_shape(config), sequences, sequences * kPagesEach},
      {.rows = std::max<std::int64_t>(step_.rows(), 16), .pieces = sequences, .logit_rows = 16});
  ASSERT_TRUE(allocated.has_value()) << describe(allocated.error());
}

Input OpTest::input(std::int64_t rows, std::int64_t cols, double spread, MatrixUse use) {
  return input(rows, cols, random_.values(rows * cols, spread), use);
}

Input OpTest::input(std::int64_t rows, std::int64_t cols, std::vector<float> values,
                    MatrixUse use) {
  Input input{rows, cols, std::move(values), nullptr, nullptr};
  const HostTensor tensor = host_tensor(input.values, {rows, cols});
  input.matrix = *backend_->load_matrix({&tensor, 1}, use);
  if (cols <= 64) {
    std::vector<float> one(static_cast<std::size_t>(cols * cols), 0.0F);
    for (std::int64_t i = 0; i < cols; ++i) one[static_cast<std::size_t>(i * (cols + 1))] = 1;
    const HostTensor ones = host_tensor(one, {cols, cols});
    input.identity = *backend_->load_matrix({&ones, 1}, MatrixUse::Router);
  }
  return input;
}

std::vector<float> OpTest::run(const std::function<Tensor()>& body) {
  Tensor result;
  EXPECT_TRUE(backend_->run_step(step_, [&] { result = body(); }).has_value());
  std::vector<float> values = *backend_->read(result);
  for (Piece& piece : step_.pieces) piece.position += piece.length;
  for (std::size_t r = 0; r < step_.positions.size(); ++r)
    step_.positions[r] += step_.pieces[static_cast<std::size_t>(step_.piece_of[r])].length;
  return values;
}

Tensor OpTest::tensor(const Input& input) {
  Tensor x = scratch_wide(input.cols);
  backend_->embed(*input.matrix, x);
  return x;
}

Tensor OpTest::activated(const Input& input) {
  Tensor x = scratch(input.cols);
  backend_->embed(*input.matrix, x);
  return x;
}

Tensor OpTest::floats(const Input& input) {
  Tensor y = scratch_floats(input.cols);
  backend_->linear(activated(input), *input.identity, nullptr, y);
  return y;
}

void OpTest::expect_near(const std::vector<float>& got, const std::vector<double>& want,
                         double scale, double f32_tolerance) const {
  const double bound = scale * (GetParam().bf16 ? 1e-2 : f32_tolerance);
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], want[i], bound) << "value " << i;
}

}  // namespace eval::runners::local
