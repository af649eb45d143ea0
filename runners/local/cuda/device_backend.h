#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runners/local/cuda/device.h"
#include "runners/local/cuda/kernels/kernel_table.h"
#include "runners/local/cuda/step_tables.h"
#include "runners/local/model/backend.h"

// The Backend over a Device and a table of kernels: the same class drives a GPU and the emulation.
//
// Theory of operation. Memory is four kinds of slabs, taken once: weights (a buffer each), state (pages of
// keys and values; slots of Mamba state), tables (the step as the kernels read it) and an arena, from
// which scratch() takes in order and to which scratch_release() gives back.
//
// A decode step is padded with dummy rows to the next power of two and then has one of few shapes. Its
// operations run once as they are, are recorded at the second time, and replayed from then on. Replaying
// still calls the body, in Trace mode: nothing is queued, but tensors get their places, and a hash of the
// operations proves that the record is of this body; if not, the step runs as it is.
namespace eval::runners::local::cuda {

struct BackendOptions {
  bool graphs = true;    // record and replay decode steps; off lets read() look inside a step
  bool keep_fp8 = true;  // E4M3 weights stay so on the device; otherwise they become BF16
  bool vendor_dense =
      true;  // cuBLASLt where there is one; otherwise own products, which are proven to
             // give a row the same bits whatever else is in the step
};

class DeviceSampler;

class DeviceBackend final : public Backend {
 public:
  DeviceBackend(std::unique_ptr<Device> device, const KernelTable& kernels, BackendOptions options);
  ~DeviceBackend() override;

  std::string description() const override;
  DType activation() const override { return kernels_.activation; }
  // Rounding what products give to BF16 again and again costs more accuracy than all else.
  DType wide() const override { return DType::F32; }
  bool pieces_match_decode() const override;
  Bytes memory_available() const override { return device_->memory_available(); }
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
  std::size_t scratch_mark() const override { return arena_used_; }
  void scratch_release(std::size_t mark) override { arena_used_ = mark; }

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
  enum class Mode { Run, Trace };
  struct Record {
    std::uint64_t hash = 0;                // of the operations it holds
    std::unique_ptr<Recording> recording;  // null: seen once, not yet recorded
  };

  View view(Tensor x) const;
  // Notes an operation in the hash; false when it must not be queued (Trace).
  bool begin(int operation, std::initializer_list<const void*> operands,
             std::initializer_list<Tensor> tensors);
  void pass(Mode mode, const std::function<void()>& body);
  Result<void> run_recorded(const std::function<void()>& body);
  const double* turns_of(const AttentionShape& shape);

  std::unique_ptr<Device> device_;
  const KernelTable& kernels_;
  BackendOptions options_;

  StateShape state_shape_;
  StatePlan plan_;
  StepLimits limits_;
  std::size_t page_bytes_ = 0;
  std::size_t conv_bytes_ = 0;  // of one slot
  std::size_t scan_bytes_ = 0;
  DeviceBuffer pages_;       // [pages + 1]; the last one is of the dummy rows
  DeviceBuffer conv_state_;  // [slots + 1]
  DeviceBuffer scan_state_;
  DeviceBuffer arena_;
  DeviceBuffer partials_;
  std::map<std::array<double, 6>, DeviceBuffer>
      rotations_;  // turns per position, by a Rope's numbers
  std::optional<StepTables> tables_;
  std::unique_ptr<DeviceSampler> sampler_;

  std::size_t arena_used_ = 0;
  std::int64_t step_rows_ = 0;  // of the running step, and what they are padded to
  std::int64_t padded_rows_ = 0;
  Mode mode_ = Mode::Run;
  std::uint64_t hash_ = 0;
  std::map<std::pair<std::int64_t, std::int32_t>, Record> records_;  // by rows and splits
};

}  // namespace eval::runners::local::cuda
