#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runners/local/model/backend.h"
#include "runners/local/model/model.h"

namespace eval::testing {

// A backend whose model is a hash: the next token is a function of all tokens of the sequence, of its
// seed and of nothing else. It keeps them twice, as a Mamba layer would (a hash in the slot) and as an
// attention layer would (the tokens themselves in the pages), and reads both back for every row. So a
// slot or page that was not copied, shared wrongly or given away too early changes a token, and is
// written down in `faults`.
class HashBackend final : public runners::local::Backend {
 public:
  using DType = runners::local::DType;
  using Tensor = runners::local::Tensor;

  // Set before use.
  bool pieces_match = true;  // false: single tokens and longer pieces leave different states
  std::function<Result<void>(int step)> before_step;  // may fail, or wait
  Bytes available = Bytes::gib(1);
  Bytes page_bytes = Bytes::kib(8);
  Bytes slot_size = Bytes::mib(1);
  Bytes scratch_per_row = Bytes::kib(4);

  std::vector<std::string> faults;         // what the engine did wrong; stays empty
  std::vector<std::int64_t> rows_of_step;  // of every step run

  std::string description() const override { return "fake"; }
  DType activation() const override { return DType::F32; }
  bool pieces_match_decode() const override { return pieces_match; }
  Bytes memory_available() const override { return available; }
  Bytes kv_bytes_per_page(const runners::local::StateShape&) const override { return page_bytes; }
  Bytes slot_bytes(const runners::local::StateShape&) const override { return slot_size; }
  Bytes scratch_bytes(const runners::local::ModelConfig&,
                      const runners::local::StepLimits& limits) const override {
    return Bytes{scratch_per_row.count * static_cast<std::uint64_t>(limits.rows)};
  }
  Result<runners::local::MatrixPtr> load_matrix(std::span<const runners::local::HostTensor> blocks,
                                                runners::local::MatrixUse use) override;
  Result<runners::local::VectorPtr> load_vector(std::span<const float> values) override;
  Result<runners::local::ExpertsPtr> load_experts(
      const runners::local::ExpertTensors& tensors) override;
  Result<void> allocate(const runners::local::ModelConfig& config,
                        const runners::local::StatePlan& plan,
                        const runners::local::StepLimits& limits) override;
  void clear_slot(std::int32_t slot) override;
  void copy_slot(std::int32_t from, std::int32_t to) override;
  void copy_page(std::int32_t from, std::int32_t to) override;
  Result<void> run_step(const runners::local::Step& step,
                        const std::function<void()>& body) override;
  Tensor scratch(std::int64_t rows, std::int64_t cols, DType dtype) override;
  std::size_t scratch_mark() const override { return 0; }
  void scratch_release(std::size_t) override {}
  void embed(const runners::local::Matrix&, Tensor) override {}
  void rmsnorm(Tensor, const runners::local::Vector&, float, Tensor) override {}
  void linear(Tensor, const runners::local::Matrix&, const runners::local::Vector*,
              Tensor) override {}
  void add(Tensor, Tensor) override {}
  void rotate(Tensor, const runners::local::AttentionShape&, const runners::local::Vector*,
              const runners::local::Vector*, float) override {}
  void attention(Tensor, const runners::local::AttentionShape&, int, Tensor) override {}
  void conv_scan(Tensor, const runners::local::MambaWeights&, const runners::local::MambaShape&,
                 int, Tensor) override {}
  void ssd_scan(Tensor, Tensor, const runners::local::MambaWeights&,
                const runners::local::MambaShape&, int, Tensor) override {}
  void gated_norm(Tensor, Tensor, const runners::local::Vector&, int, float, Tensor) override {}
  void route(Tensor, const runners::local::Vector&, const runners::local::MoeShape&, Tensor,
             Tensor) override {}
  void experts(Tensor, Tensor, Tensor, const runners::local::Experts&, Tensor) override {}
  void activate(Tensor, runners::local::Activation, bool, Tensor) override {}
  void gather_logit_rows(Tensor, Tensor) override {}
  Result<std::vector<runners::local::SampledToken>> sample(
      Tensor logits, std::span<const runners::local::SampleRule> rules) override;
  Result<std::vector<float>> read(Tensor) override { return std::vector<float>(); }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::int64_t tokens = 0;
  };
  struct Cell {
    std::int32_t token = -1;
    bool alone = false;  // computed in a piece of one token
  };
  using Page = std::array<Cell, runners::local::kPageTokens>;

  void check_step(const runners::local::Step& step);
  void run_piece(const runners::local::Step& step, const runners::local::Piece& piece);
  std::uint64_t mixed(std::uint64_t hash, Cell cell) const;
  void fault(std::string text) { faults.push_back(std::move(text)); }

  std::vector<Slot> slots_;
  std::vector<Page> pages_;
  runners::local::StepLimits limits_;
  std::int64_t vocabulary_ = 0;
  std::vector<std::uint64_t> row_hashes_;
  std::vector<std::int32_t> logit_rows_;
  int steps_ = 0;
};

// A model without layers for it.
runners::local::Model hash_model(std::int64_t vocabulary = 1000, std::int64_t context = 4096);

// The token that model and backend give after `tokens`, worked out without slots and pages. Of all of
// them the first `prompt` - 1 count as computed in a long piece, but for the last if it opens a page.
std::int32_t hash_next_token(const HashBackend& backend, const std::vector<std::int32_t>& tokens,
                             std::size_t prompt, const runners::local::SampleRule& rule,
                             std::int64_t vocabulary = 1000);

}  // namespace eval::testing
