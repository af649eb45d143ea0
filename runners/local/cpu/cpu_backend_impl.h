#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runners/local/cpu/cpu_backend.h"
#include "runners/local/cpu/kernels.h"
#include "runners/local/cpu/packed_matrix.h"
#include "runners/local/cpu/product.h"
#include "runners/local/cpu/thread_pool.h"
#include "runners/local/model/sampling.h"

// The class behind make_cpu_backend(). cpu_backend.cpp: life, memory, state; cpu_ops.cpp, cpu_attention.cpp,
// cpu_mamba.cpp, cpu_experts.cpp: the operations, as loops over rows, heads or experts of kernels.h.
namespace eval::runners::local::cpu {

class CpuVector final : public Vector {
 public:
  explicit CpuVector(std::span<const float> values) : values_(values.begin(), values.end()) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(values_.size()); }
  const float* data() const { return values_.data(); }
  // As [channels * taps] turned into [taps][channels], made once (conv_scan walks channels).
  const float* transposed(std::int64_t taps) const;

 private:
  std::vector<float> values_;
  mutable std::vector<float> transposed_;
};
inline const float* values_of(const Vector& vector) {
  return static_cast<const CpuVector&>(vector).data();
}
inline const float* values_of(const Vector* vector) {
  return vector ? values_of(*vector) : nullptr;
}
inline float* row_of(Tensor x, std::int64_t row) {
  return reinterpret_cast<float*>(x.data) + row * x.stride;
}
inline std::int32_t* ids_of(Tensor x, std::int64_t row) {
  return reinterpret_cast<std::int32_t*>(x.data) + row * x.stride;
}
inline std::uint32_t* units_at(Tensor x, std::int64_t row) {
  return reinterpret_cast<std::uint32_t*>(x.data) + row * x.stride;
}

// Where things lie in pages and slots.
struct StateLayout {
  StateLayout() = default;
  StateLayout(const StateShape& shape, Element element);
  Element element = Element::F32;  // of values; keys are F32 or, beside BF16, binary16
  StateShape shape;
  std::int64_t key_words = 0;
  std::int64_t value_tiles = 0;  // of 64 values
  std::int64_t head_words = 0;   // one key/value head of one layer in a page: [keys | values]
  std::int64_t page_words = 0;
  std::int64_t conv_floats = 0;  // of one layer: [kernel - 1][channels]
  std::int64_t scan_floats = 0;  // of one layer: [heads][state][padded head_dim]
  std::int64_t slot_floats = 0;
  std::int64_t padded_head_dim() const { return (shape.mamba.head_dim + 15) / 16 * 16; }
};

class CpuBackend final : public Backend {
 public:
  CpuBackend(const CpuOptions& options, const Kernels& kernels, int threads, Bytes memory);

  std::string description() const override;
  DType activation() const override { return DType::F32; }
  bool pieces_match_decode() const override { return true; }
  Bytes memory_available() const override;
  Bytes kv_bytes_per_page(const StateShape& shape) const override;
  Bytes slot_bytes(const StateShape& shape) const override;
  Bytes scratch_bytes(const ModelConfig& config, const StepLimits& limits) const override;
  Result<MatrixPtr> load_matrix(std::span<const HostTensor> row_blocks, MatrixUse use) override;
  Result<VectorPtr> load_vector(std::span<const float> values) override;
  Result<ExpertsPtr> load_experts(const ExpertTensors& tensors) override;
  Result<void> allocate(const ModelConfig& config, const StatePlan& plan,
                        const StepLimits& limits) override;
  void clear_slot(std::int32_t slot) override;
  void copy_slot(std::int32_t from, std::int32_t to) override;
  void copy_page(std::int32_t from, std::int32_t to) override;
  Result<void> run_step(const Step& step, const std::function<void()>& body) override;
  Tensor scratch(std::int64_t rows, std::int64_t cols, DType dtype) override;
  std::size_t scratch_mark() const override { return scratch_used_; }
  void scratch_release(std::size_t mark) override { scratch_used_ = mark; }

  void embed(const Matrix& table, Tensor x) override;
  void rmsnorm(Tensor x, const Vector& w, float epsilon, Tensor y) override;
  void linear(Tensor x, const Matrix& w, const Vector* bias, Tensor y) override;
  void add(Tensor x, Tensor y) override;
  void rotate(Tensor qkv, const AttentionShape& shape, const Vector* q_norm, const Vector* k_norm,
              float epsilon) override;
  void attention(Tensor qkv, const AttentionShape& shape, int layer, Tensor y) override;
  void conv_scan(Tensor x, const MambaWeights& w, const MambaShape& shape, int layer,
                 Tensor c) override;
  void ssd_scan(Tensor c, Tensor dt, const MambaWeights& w, const MambaShape& shape, int layer,
                Tensor y) override;
  void gated_norm(Tensor y, Tensor z, const Vector& w, int groups, float epsilon,
                  Tensor out) override;
  void route(Tensor scores, const Vector& correction, const MoeShape& shape, Tensor chosen,
             Tensor weights) override;
  void experts(Tensor x, Tensor chosen, Tensor weights, const Experts& w, Tensor y) override;
  void activate(Tensor x, Activation activation, bool gated, Tensor y) override;
  void gather_logit_rows(Tensor x, Tensor y) override;

  Result<std::vector<SampledToken>> sample(Tensor logits,
                                           std::span<const SampleRule> rules) override;
  Result<std::vector<float>> read(Tensor x) override;

 private:
  Element matrix_element(MatrixUse use) const;
  Result<Buffer> take_memory(Bytes size);  // against the budget
  std::byte* scratch_bytes_of(std::size_t size);
  // Runs body(row) for the rows of a step, `cost` values of work each.
  void each_row(std::int64_t rows, std::int64_t cost,
                const std::function<void(std::int64_t)>& body);
  PackedRows pack_rows(Tensor x, Element element, bool split = false);
  void fill_rope_table(const AttentionShape& shape);
  void store_keys_and_values(Tensor qkv, const AttentionShape& shape, int layer);
  void attend(const Piece& piece, int kv_head, std::int32_t first_token, int tokens, Tensor qkv,
              const AttentionShape& shape, int layer, Tensor y, WorkerScratch& scratch);
  std::uint32_t* page_head(std::int32_t page, int layer, int kv_head) const;
  float* conv_state(std::int32_t slot, int layer) const;
  float* scan_state(std::int32_t slot, int layer) const;

  CpuOptions options_;
  const Kernels& kernels_;
  ThreadPool pool_;
  std::vector<WorkerScratch> workers_;
  std::vector<SampleScratch> samplers_;  // one a worker
  Bytes memory_, memory_used_;
  StateLayout layout_;
  StatePlan plan_;
  Buffer pages_, slots_, scratch_;
  std::size_t scratch_used_ = 0;
  const Step* step_ = nullptr;
  std::vector<float>
      rope_table_;  // [rows][cosine | sine] of the running step; empty: not filled yet
};

}  // namespace eval::runners::local::cpu
