#include "tests/support/fake_backend.h"

#include <algorithm>

#include "base/check.h"

namespace eval::runners::local {
namespace {

struct FakeMatrix : Matrix {
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  Bytes bytes_;
  std::int64_t rows() const override { return rows_; }
  std::int64_t cols() const override { return cols_; }
  Bytes bytes() const override { return bytes_; }
};
struct FakeVector : Vector {
  std::int64_t size_ = 0;
  std::int64_t size() const override { return size_; }
};
struct FakeExperts : Experts {
  Bytes bytes_;
  Bytes bytes() const override { return bytes_; }
};

// A misaligned tensor would be undefined behaviour in every real backend.
void check_tensor(const HostTensor& tensor) {
  const auto address = reinterpret_cast<std::uintptr_t>(tensor.bytes.data());
  EVAL_CHECK(address % dtype_bytes(tensor.dtype) == 0);
  EVAL_CHECK(tensor.shape.size() == 2);
  EVAL_CHECK(tensor.bytes.size() == static_cast<std::size_t>(tensor.shape[0] * tensor.shape[1]) *
                                        dtype_bytes(tensor.dtype));
}

[[noreturn]] void unreachable() {
  EVAL_CHECK(!"a fake backend computes nothing");
  std::abort();
}

}  // namespace

Result<void> FakeBackend::count_load() {
  if (fail_at == loads_++) return fail(ErrorCode::Infrastructure, "out of memory");
  return {};
}

Result<MatrixPtr> FakeBackend::load_matrix(std::span<const HostTensor> row_blocks, MatrixUse use) {
  EVAL_TRY(count_load());
  LoadedMatrix loaded;
  loaded.use = use;
  for (const HostTensor& block : row_blocks) {
    check_tensor(block);
    loaded.blocks.push_back(block);
    loaded.data.insert(loaded.data.end(), block.bytes.begin(), block.bytes.end());
    loaded.rows += block.shape[0];
    loaded.cols = block.shape[1];
  }
  auto matrix = std::make_unique<FakeMatrix>();
  matrix->rows_ = loaded.rows;
  matrix->cols_ = loaded.cols;
  matrix->bytes_ = Bytes{loaded.data.size()};
  matrices.push_back(std::move(loaded));
  return matrix;
}

Result<VectorPtr> FakeBackend::load_vector(std::span<const float> values) {
  EVAL_TRY(count_load());
  vectors.emplace_back(values.begin(), values.end());
  auto vector = std::make_unique<FakeVector>();
  vector->size_ = static_cast<std::int64_t>(values.size());
  return vector;
}

Result<ExpertsPtr> FakeBackend::load_experts(const ExpertTensors& tensors) {
  EVAL_TRY(count_load());
  EVAL_CHECK(tensors.up.size() == tensors.down.size() && !tensors.up.empty());
  LoadedExperts loaded;
  auto experts = std::make_unique<FakeExperts>();
  for (std::size_t i = 0; i < tensors.up.size(); ++i) {
    check_tensor(tensors.up[i]);
    check_tensor(tensors.down[i]);
    loaded.up.push_back(tensors.up[i].shape);
    loaded.down.push_back(tensors.down[i].shape);
    experts->bytes_.count += tensors.up[i].bytes.size() + tensors.down[i].bytes.size();
  }
  loaded.first_up.assign(tensors.up[0].bytes.begin(), tensors.up[0].bytes.end());
  experts_loaded.push_back(std::move(loaded));
  return experts;
}

Result<void> FakeBackend::allocate(const ModelConfig&, const StatePlan&, const StepLimits&) {
  return {};
}
void FakeBackend::clear_slot(std::int32_t) {
  unreachable();
}
void FakeBackend::copy_slot(std::int32_t, std::int32_t) {
  unreachable();
}
void FakeBackend::copy_page(std::int32_t, std::int32_t) {
  unreachable();
}
Result<void> FakeBackend::run_step(const Step&, const std::function<void()>&) {
  unreachable();
}
Tensor FakeBackend::scratch(std::int64_t, std::int64_t, DType) {
  unreachable();
}
void FakeBackend::embed(const Matrix&, Tensor) {
  unreachable();
}
void FakeBackend::rmsnorm(Tensor, const Vector&, float, Tensor) {
  unreachable();
}
void FakeBackend::linear(Tensor, const Matrix&, const Vector*, Tensor) {
  unreachable();
}
void FakeBackend::add(Tensor, Tensor) {
  unreachable();
}
void FakeBackend::rotate(Tensor, const AttentionShape&, const Vector*, const Vector*, float) {
  unreachable();
}
void FakeBackend::attention(Tensor, const AttentionShape&, int, Tensor) {
  unreachable();
}
void FakeBackend::conv_scan(Tensor, const MambaWeights&, const MambaShape&, int, Tensor) {
  unreachable();
}
void FakeBackend::ssd_scan(Tensor, Tensor, const MambaWeights&, const MambaShape&, int, Tensor) {
  unreachable();
}
void FakeBackend::gated_norm(Tensor, Tensor, const Vector&, int, float, Tensor) {
  unreachable();
}
void FakeBackend::route(Tensor, const Vector&, const MoeShape&, Tensor, Tensor) {
  unreachable();
}
void FakeBackend::experts(Tensor, Tensor, Tensor, const Experts&, Tensor) {
  unreachable();
}
void FakeBackend::activate(Tensor, Activation, bool, Tensor) {
  unreachable();
}
void FakeBackend::gather_logit_rows(Tensor, Tensor) {
  unreachable();
}
Result<std::vector<SampledToken>> FakeBackend::sample(Tensor, std::span<const SampleRule>) {
  unreachable();
}
Result<std::vector<float>> FakeBackend::read(Tensor) {
  unreachable();
}

}  // namespace eval::runners::local
