#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "tests/runners/local_ops/backend_case.h"
#include "tests/runners/local_ops/random_values.h"

namespace eval::runners::local {

// A matrix of the test, on both sides: its values, which BF16 holds exactly, and the backend's copy.
struct Input {
  std::int64_t rows = 0, cols = 0;
  std::vector<float> values;
  MatrixPtr matrix;
  MatrixPtr identity;  // [cols, cols] where cols <= 64, else null
  double at(std::int64_t row, std::int64_t col) const {
    return values[static_cast<std::size_t>(row * cols + col)];
  }
};

// Runs single operations of a backend. Values reach a tensor as rows of an embedding.
class OpTest : public testing::TestWithParam<BackendCase> {
 protected:
  void SetUp() override { backend_ = GetParam().make(); }

  // `pieces` lengths of the step's pieces, sequence i with slot i and pages of its own, all starting at
  // `position`. Call once, first.
  void start(const std::vector<int>& pieces,
             const LayerConfig& layer = {.mixer = MlpShape{.width = 64}}, int position = 0);
  Input input(std::int64_t rows, std::int64_t cols, double spread = 1,
              MatrixUse use = MatrixUse::Head);
  Input input(std::int64_t rows, std::int64_t cols, std::vector<float> values,
              MatrixUse use = MatrixUse::Head);
  VectorPtr vector(const std::vector<float>& values) { return *backend_->load_vector(values); }

  // One step of the pieces given to start(); returns what `body` returns, read back. A second call goes
  // on behind the first.
  std::vector<float> run(const std::function<Tensor()>& body);
  // In the type that the graph hands to the operation: what products take, or what they give.
  Tensor activated(const Input& input);  // within run()
  Tensor tensor(const Input& input);     // of Backend::wide(); within run()
  Tensor floats(const Input& input);     // of F32; within run(); cols <= 64
  Tensor scratch(std::int64_t cols) {
    return backend_->scratch(step_.rows(), cols, backend_->activation());
  }
  Tensor scratch_wide(std::int64_t cols) {
    return backend_->scratch(step_.rows(), cols, backend_->wide());
  }
  Tensor scratch_floats(std::int64_t cols) {
    return backend_->scratch(step_.rows(), cols, DType::F32);
  }
  const Step& step() const { return step_; }

  // |difference| <= tolerance * scale; the tolerance is the precision's.
  void expect_near(const std::vector<float>& got, const std::vector<double>& want, double scale = 1,
                   double f32_tolerance = 3e-6) const;

  std::unique_ptr<Backend> backend_;
  RandomValues random_{42};

 private:
  Step step_;
};

inline double silu64(double x) {
  return x / (1 + std::exp(-x));
}

}  // namespace eval::runners::local
