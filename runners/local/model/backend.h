#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "runners/local/model/model_config.h"
#include "runners/local/model/step.h"
#include "runners/local/model/tensor.h"

// The seam of the local runner: memory, weights, state and the operations of a forward pass. The order
// of layers is written once, in forward.cpp, against this interface; cpu/ and cuda/ implement it, and
// the sources of cuda/ compiled through the emulation header are a third, for tests.
//
// Precision of every implementation: weights and activations in the backend's types, accumulation in
// F32; norms, router, softmax, delta, SSM state and logits in F32.
// Reduction orders are fixed: a row's result does not depend, bit for bit, on the other rows of the step,
// nor on how a prompt was cut into pieces at the cuts the engine makes (multiples of kPageTokens).
// Not thread-safe: one engine drives one backend from one thread; a backend may use threads inside.
namespace eval::runners::local {

// Weights as a backend keeps them (packed, converted, on its device).
class Matrix {
 public:
  virtual ~Matrix() = default;
  virtual std::int64_t rows() const = 0;  // outputs
  virtual std::int64_t cols() const = 0;  // inputs
  virtual Bytes bytes() const = 0;        // of device memory
};
class Vector {  // F32 on the device
 public:
  virtual ~Vector() = default;
  virtual std::int64_t size() const = 0;
};
class Experts {  // the routed experts of one layer
 public:
  virtual ~Experts() = default;
  virtual Bytes bytes() const = 0;
};
using MatrixPtr = std::unique_ptr<Matrix>;
using VectorPtr = std::unique_ptr<Vector>;
using ExpertsPtr = std::unique_ptr<Experts>;

// What a backend may round. Dense matrices may be quantised; Router and Head stay exact; Attention is the
// three blocks {queries, keys, values}, where the inputs of the first two deserve more bits: errors of
// scores are exponentiated.
enum class MatrixUse { Dense, Attention, Router, Head };

struct ExpertTensors {
  std::vector<HostTensor> up;    // [experts] of [expert_width, inputs]
  std::vector<HostTensor> down;  // [experts] of [inputs, expert_width]
};

struct MambaWeights {     // vectors of one layer
  VectorPtr conv_weight;  // [channels * kernel], channel-major; the last tap is the current token
  VectorPtr conv_bias;    // [channels]; may be null
  VectorPtr dt_bias;      // [heads]
  VectorPtr a;            // [heads] A = -exp(A_log)
  VectorPtr d;            // [heads]
};

// What generating sequences need: `slots` Mamba states and `pages` pages of kPageTokens tokens.
struct StatePlan {
  StateShape shape;
  std::int32_t slots = 0;
  std::int32_t pages = 0;
};

// Limits of one step, for which scratch memory is set aside once.
struct StepLimits {
  std::int64_t rows = 0;  // tokens
  std::int64_t pieces = 0;
  std::int64_t logit_rows = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;

  virtual std::string description()
      const = 0;                         // "cpu avx512_bf16 bf16, 2 threads"; into fingerprints
  virtual DType activation() const = 0;  // what products take
  // Of what products give and of the residual stream: may be wider than the activations, so that a value
  // is rounded once, where it enters the next product. Router scores and logits are F32 always.
  virtual DType wide() const { return activation(); }
  // Whether a token's results are the same, bit for bit, in a piece of one token and inside a longer
  // piece. Then a preempted sequence is recomputed in long pieces, otherwise token by token as before.
  virtual bool pieces_match_decode() const { return false; }
  virtual Bytes memory_available() const = 0;  // free device memory now
  virtual Bytes kv_bytes_per_page(const StateShape& shape) const = 0;
  virtual Bytes slot_bytes(const StateShape& shape) const = 0;
  virtual Bytes scratch_bytes(const ModelConfig& config, const StepLimits& limits) const = 0;

  // Weights. Row blocks are stacked: {q, k, v} becomes one matrix. Errors: out of memory.
  virtual Result<MatrixPtr> load_matrix(std::span<const HostTensor> row_blocks, MatrixUse use) = 0;
  virtual Result<VectorPtr> load_vector(std::span<const float> values) = 0;
  virtual Result<ExpertsPtr> load_experts(const ExpertTensors& tensors) = 0;

  // State. All zero at first. `plan` and `limits` are fixed for the life of the backend.
  virtual Result<void> allocate(const ModelConfig& config, const StatePlan& plan,
                                const StepLimits& limits) = 0;
  virtual void clear_slot(std::int32_t slot) = 0;
  virtual void copy_slot(std::int32_t from, std::int32_t to) = 0;
  virtual void copy_page(std::int32_t from, std::int32_t to) = 0;

  // A step. begin_step() takes the batch over and frees the scratch tensors of the step before;
  // `body` then runs the operations. A backend may record them and replay the record for a later
  // batch of the same shape (CUDA graphs). Errors: a device fault, which ends the backend's life.
  virtual Result<void> run_step(const Step& step, const std::function<void()>& body) = 0;

  // Scratch for the running step, uninitialised. Never fails within StepLimits.
  virtual Tensor scratch(std::int64_t rows, std::int64_t cols, DType dtype) = 0;
  // What was taken after scratch_mark() is given back by scratch_release() of its value: the scratch of
  // one layer serves the next.
  virtual std::size_t scratch_mark() const = 0;
  virtual void scratch_release(std::size_t mark) = 0;

  // ---- the operations -------------------------------------------------------------------------
  // x[r, :] = table[tokens[r], :]
  virtual void embed(const Matrix& table, Tensor x) = 0;
  // y = w * x / sqrt(mean(x^2) + epsilon), per row (Zhang & Sennrich 2019). May alias.
  virtual void rmsnorm(Tensor x, const Vector& w, float epsilon, Tensor y) = 0;
  // y = x W^T (+ bias). y's dtype may be the activation's or F32.
  // A matrix of MatrixUse::Attention takes what rmsnorm() wrote and nothing else: a backend may keep more
  // bits of that beside the tensor.
  virtual void linear(Tensor x, const Matrix& w, const Vector* bias, Tensor y) = 0;
  // x += y
  virtual void add(Tensor x, Tensor y) = 0;
  // Inside qkv [rows, (heads + 2 kv_heads) * head_dim]: norms each query and key head by q_norm and
  // k_norm if the shape says so, then rotates. No-op without norm and rope.
  virtual void rotate(Tensor qkv, const AttentionShape& shape, const Vector* q_norm,
                      const Vector* k_norm, float epsilon) = 0;
  // Appends keys and values to the pages of `layer` (index among attention layers), then
  // y[r, h, :] = softmax(q k^T / sqrt(head_dim)) v over the sequence up to and including r.
  virtual void attention(Tensor qkv, const AttentionShape& shape, int layer, Tensor y) = 0;
  // c[t, ch] = silu(bias + sum_j w[ch, j] x[t - K + 1 + j, ch]) per sequence, with and updating the conv
  // state of `layer` (index among Mamba layers): its last K - 1 raw rows.
  virtual void conv_scan(Tensor x, const MambaWeights& w, const MambaShape& shape, int layer,
                         Tensor c) = 0;
  // Per head: delta = softplus(dt + dt_bias), S = exp(delta A) S + delta u (x) B_g, y = S C_g + D u,
  // with u, B, C the parts of c; updates the state S of `layer`. y [rows, inner] F32.
  // Dao & Gu 2024 (Mamba-2); no clamp on delta.
  virtual void ssd_scan(Tensor c, Tensor dt, const MambaWeights& w, const MambaShape& shape,
                        int layer, Tensor y) = 0;
  // out = w * groupnorm(y * silu(z)): gate first, then RMSNorm inside each of `groups` equal parts.
  virtual void gated_norm(Tensor y, Tensor z, const Vector& w, int groups, float epsilon,
                          Tensor out) = 0;
  // Per row: s = sigmoid(scores); experts_per_token largest of s + correction (within the groups kept)
  // go to `chosen` [rows, k] I32, in descending order, the lowest id on ties; `weights` [rows, k] F32
  // are their *uncorrected* s, normalised (sum + 1e-20) and scaled as the shape says.
  virtual void route(Tensor scores, const Vector& correction, const MoeShape& shape, Tensor chosen,
                     Tensor weights) = 0;
  // y[r, :] = sum_k weights[r, k] * down_e(relu2(up_e x[r, :])), e = chosen[r, k], summed in order of k.
  virtual void experts(Tensor x, Tensor chosen, Tensor weights, const Experts& w, Tensor y) = 0;
  // y = act(x), or with `gated` y = act(x[:, :width]) * x[:, width:] (x = [gate | up]).
  virtual void activate(Tensor x, Activation activation, bool gated, Tensor y) = 0;
  // y[i, :] = x[rows[i], :] with rows = the step's logit_rows.
  virtual void gather_logit_rows(Tensor x, Tensor y) = 0;

  // After run_step: one token per logit row. logits [logit_rows, vocabulary] F32.
  virtual Result<std::vector<SampledToken>> sample(Tensor logits,
                                                   std::span<const SampleRule> rules) = 0;
  // Copies a tensor of the last step to the host as F32, row-major without gaps. For tests and tools.
  virtual Result<std::vector<float>> read(Tensor x) = 0;
};

}  // namespace eval::runners::local
