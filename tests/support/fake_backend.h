#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runners/local/model/backend.h"

namespace eval::runners::local {

// A backend that keeps what it was given and computes nothing: for tests of loading. The operations of a
// forward pass stop the process, since a test that reaches them means another backend.
class FakeBackend : public Backend {
 public:
  struct LoadedMatrix {
    MatrixUse use = MatrixUse::Dense;
    std::vector<HostTensor> blocks;  // their bytes copied to `data`, one after another
    std::vector<std::byte> data;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
  };
  struct LoadedExperts {
    std::vector<std::vector<std::int64_t>> up, down;  // shapes
    std::vector<std::byte> first_up;
  };
  std::vector<LoadedMatrix> matrices;
  std::vector<std::vector<float>> vectors;
  std::vector<LoadedExperts> experts_loaded;
  std::optional<std::size_t> fail_at;  // the n-th load fails (from 0)

  std::string description() const override { return "fake"; }
  DType activation() const override { return DType::F32; }
  Bytes memory_available() const override { return Bytes::gib(1); }
  Bytes kv_bytes_per_page(const StateShape&) const override { return {}; }
  Bytes slot_bytes(const StateShape&) const override { return {}; }
  Bytes scratch_bytes(const ModelConfig&, const StepLimits&) const override { return {}; }

  Result<MatrixPtr> load_matrix(std::span<const HostTensor> row_blocks, MatrixUse use) override;
  Result<VectorPtr> load_vector(std::span<const float> values) override;
  Result<ExpertsPtr> load_experts(const ExpertTensors& tensors) override;

  Result<void> allocate(const ModelConfig&, const StatePlan&, const StepLimits&) override;
  void clear_slot(std::int32_t) override;
  void copy_slot(std::int32_t, std::int32_t) override;
  void copy_page(std::int32_t, std::int32_t) override;
  Result<void> run_step(const Step&, const std::function<void()>&) override;
  Tensor scratch(std::int64_t, std::int64_t, DType) override;
  std::size_t scratch_mark() const override { return 0; }
  void scratch_release(std::size_t) override {}
  void embed(const Matrix&, Tensor) override;
  void rmsnorm(Tensor, const Vector&, float, Tensor) override;
  void linear(Tensor, const Matrix&, const Vector*, Tensor) override;
  void add(Tensor, Tensor) override;
  void rotate(Tensor, const AttentionShape&, const Vector*, const Vector*, float) override;
  void attention(Tensor, const AttentionShape&, int, Tensor) override;
  void conv_scan(Tensor, const MambaWeights&, const MambaShape&, int, Tensor) override;
  void ssd_scan(Tensor, Tensor, const MambaWeights&, const MambaShape&, int, Tensor) override;
  void gated_norm(Tensor, Tensor, const Vector&, int, float, Tensor) override;
  void route(Tensor, const Vector&, const MoeShape&, Tensor, Tensor) override;
  void experts(Tensor, Tensor, Tensor, const Experts&, Tensor) override;
  void activate(Tensor, Activation, bool, Tensor) override;
  void gather_logit_rows(Tensor, Tensor) override;
  Result<std::vector<SampledToken>> sample(Tensor, std::span<const SampleRule>) override;
  Result<std::vector<float>> read(Tensor) override;

 private:
  Result<void> count_load();
  std::size_t loads_ = 0;
};

}  // namespace eval::runners::local
