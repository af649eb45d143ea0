#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "runners/local/model/backend.h"
#include "runners/local/model/model_config.h"

// A model whose weights live in a backend, and its forward pass.
namespace eval::runners::local {

struct AttentionWeights {
  AttentionShape shape;
  int state_layer = 0;  // index among attention layers
  MatrixPtr qkv;        // [(heads + 2 kv_heads) * head_dim, hidden]
  VectorPtr qkv_bias;   // null: none
  VectorPtr q_norm, k_norm;
  MatrixPtr output;  // [hidden, heads * head_dim]
  VectorPtr output_bias;
};

struct MambaLayer {
  MambaShape shape;
  int state_layer = 0;  // index among Mamba layers
  MatrixPtr in_proj;    // [projected, hidden]
  VectorPtr in_bias;
  MambaWeights vectors;
  VectorPtr norm;      // [inner]
  MatrixPtr out_proj;  // [hidden, inner]
  VectorPtr out_bias;
};

struct MlpWeights {
  MlpShape shape;
  MatrixPtr up;  // [width, hidden], or [gate | up] stacked: [2 width, hidden]
  VectorPtr up_bias;
  MatrixPtr down;  // [hidden, width]
  VectorPtr down_bias;
};

struct MoeWeights {
  MoeShape shape;
  MatrixPtr gate;        // [experts, hidden]
  VectorPtr correction;  // [experts]
  ExpertsPtr experts;
  MatrixPtr latent_down, latent_up;  // fc1_latent_proj, fc2_latent_proj; null without a latent
  MlpWeights shared;                 // up is null without a shared expert
};

struct Layer {
  VectorPtr norm;  // [hidden]
  std::variant<AttentionWeights, MambaLayer, MoeWeights, MlpWeights> mixer;
};

struct Model {
  ModelConfig config;
  MatrixPtr embedding;  // [vocabulary, hidden]
  std::vector<Layer> layers;
  VectorPtr final_norm;
  MatrixPtr head;      // null when tied: the embedding is used
  Bytes weight_bytes;  // of device memory
};

// Called after every layer with the residual stream [rows, hidden], and once with layer = -1 after the
// embedding; layers after the last that keeps state see [logit_rows, hidden] only. For tests and
// `verify-repro`; null costs nothing.
using LayerTap = std::function<void(int layer, Tensor residual)>;

// One step: x = embed(tokens); x += mixer(rmsnorm(x)) per layer; logits [logit_rows, vocabulary] F32 of
// rmsnorm(x) lm_head^T. The logits live until the backend's next step.
Result<Tensor> forward(const Model& model, const Step& step, Backend& backend,
                       const LayerTap& tap = nullptr);

}  // namespace eval::runners::local
