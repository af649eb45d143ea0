#include "tests/runners/local_ops/tiny_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/runners/local_ops/random_values.h"

namespace eval::runners::local {
namespace {

constexpr std::int64_t kVocabulary = 160;
constexpr int kHidden = 48;

class Builder {
 public:
  Builder(Backend& backend, std::uint64_t seed) : backend_(backend), random_(seed) {}

  MatrixPtr matrix(std::vector<std::int64_t> row_blocks, std::int64_t cols,
                   MatrixUse use = MatrixUse::Dense) {
    std::vector<std::vector<float>> values;
    std::vector<HostTensor> tensors;
    for (const std::int64_t rows : row_blocks) {
      values.push_back(random_.values(rows * cols, 1.5 / std::sqrt(static_cast<double>(cols))));
      tensors.push_back(host_tensor(values.back(), {rows, cols}));
    }
    return std::move(*backend_.load_matrix(tensors, use));
  }
  VectorPtr vector(std::int64_t size, double spread, double middle = 0) {
    std::vector<float> values = random_.values(size, spread);
    for (float& value : values) value += static_cast<float>(middle);
    return std::move(*backend_.load_vector(values));
  }
  VectorPtr norm(std::int64_t size) { return vector(size, 0.3, 1); }

  ExpertsPtr experts(const MoeShape& shape) {
    std::vector<std::vector<float>> values;
    ExpertTensors tensors;
    for (int e = 0; e < shape.experts; ++e) {
      values.push_back(random_.values(std::int64_t{shape.expert_width} * kHidden, 0.3));
      tensors.up.push_back(host_tensor(values.back(), {shape.expert_width, kHidden}));
      values.push_back(random_.values(std::int64_t{shape.expert_width} * kHidden, 0.3));
      tensors.down.push_back(host_tensor(values.back(), {kHidden, shape.expert_width}));
    }
    return std::move(*backend_.load_experts(tensors));
  }

  AttentionWeights attention(const AttentionShape& shape, int state_layer) {
    AttentionWeights w;
    w.shape = shape;
    w.state_layer = state_layer;
    const std::int64_t q = std::int64_t{shape.heads} * shape.head_dim;
    const std::int64_t kv = std::int64_t{shape.kv_heads} * shape.head_dim;
    w.qkv = matrix({q, kv, kv}, kHidden, MatrixUse::Attention);
    if (shape.qkv_bias) w.qkv_bias = vector(q + 2 * kv, 0.5);
    if (shape.qk_norm) {
      w.q_norm = norm(shape.head_dim);
      w.k_norm = norm(shape.head_dim);
    }
    w.output = matrix({kHidden}, q);
    if (shape.output_bias) w.output_bias = vector(kHidden, 0.5);
    return w;
  }
  MlpWeights mlp(const MlpShape& shape) {
    const std::vector<std::int64_t> blocks(shape.gated ? 2 : 1, shape.width);
    MlpWeights w;
    w.shape = shape;
    w.up = matrix(blocks, kHidden);
    w.down = matrix({kHidden}, shape.width);
    return w;
  }
  MambaLayer mamba(const MambaShape& shape, int state_layer) {
    MambaLayer w;
    w.shape = shape;
    w.state_layer = state_layer;
    w.in_proj = matrix({shape.projected()}, kHidden);
    w.vectors.conv_weight = vector(std::int64_t{shape.channels()} * shape.kernel, 0.5);
    if (shape.conv_bias) w.vectors.conv_bias = vector(shape.channels(), 0.3);
    w.vectors.dt_bias = vector(shape.heads, 1, -2);
    w.vectors.a = vector(shape.heads, 0.5, -1);
    w.vectors.d = vector(shape.heads, 1);
    w.norm = norm(shape.inner());
    w.out_proj = matrix({kHidden}, shape.inner());
    return w;
  }
  MoeWeights moe(const MoeShape& shape) {
    MoeWeights w;
    w.shape = shape;
    w.gate = matrix({shape.experts}, kHidden, MatrixUse::Router);
    w.correction = vector(shape.experts, 0.2);
    w.experts = experts(shape);
    w.shared = mlp({.width = shape.shared_width});
    return w;
  }

  void add(Model& model, auto weights) {
    model.config.layers.push_back({.mixer = weights.shape});
    model.layers.push_back({.norm = norm(kHidden), .mixer = std::move(weights)});
  }
  Model start(bool tied) {
    Model model;
    model.config.vocabulary = kVocabulary;
    model.config.hidden = kHidden;
    model.config.tied_head = tied;
    model.embedding = matrix({kVocabulary}, kHidden, MatrixUse::Head);
    if (!tied) model.head = matrix({kVocabulary}, kHidden, MatrixUse::Head);
    model.final_norm = norm(kHidden);
    return model;
  }

 private:
  Backend& backend_;
  RandomValues random_;
};

}  // namespace

Model tiny_hybrid(Backend& backend) {
  Builder builder(backend, 11);
  const MambaShape mamba{.heads = 4, .head_dim = 20, .groups = 2, .state = 24};
  Model model = builder.start(false);
  builder.add(model, builder.mamba(mamba, 0));
  builder.add(model, builder.moe({.experts = 8,
                                  .experts_per_token = 3,
                                  .expert_width = 40,
                                  .shared_width = 56,
                                  .scaling = 2.5F}));
  builder.add(
      model,
      builder.attention({.heads = 10, .kv_heads = 2, .head_dim = 16, .rope = {}, .window = {}}, 0));
  builder.add(model, builder.mamba(mamba, 1));
  builder.add(model, builder.mlp({.width = 72}));
  return model;
}

Model tiny_dense(Backend& backend) {
  Builder builder(backend, 12);
  const AttentionShape attention{.heads = 6,
                                 .kv_heads = 3,
                                 .head_dim = 20,
                                 .qkv_bias = true,
                                 .output_bias = true,
                                 .qk_norm = true,
                                 .rope = Rope{},
                                 .window = 50};
  const MlpShape mlp{.width = 88, .gated = true, .activation = Activation::Silu};
  Model model = builder.start(true);
  for (int block = 0; block < 2; ++block) {
    builder.add(model, builder.attention(attention, block));
    builder.add(model, builder.mlp(mlp));
  }
  return model;
}

std::vector<TokenId> random_tokens(std::size_t count, std::uint64_t seed) {
  SplitMix64 random(seed);
  std::vector<TokenId> tokens(count);
  for (TokenId& token : tokens) token = static_cast<TokenId>(random.below(kVocabulary));
  return tokens;
}

}  // namespace eval::runners::local
