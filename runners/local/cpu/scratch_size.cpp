#include <algorithm>

#include "runners/local/cpu/cpu_backend_impl.h"

// How much scratch a forward pass takes at most: forward.cpp's tensors, layer by layer, and what the
// operations here take for themselves while they run.
namespace eval::runners::local::cpu {
namespace {

struct Counter {
  std::int64_t rows;
  std::int64_t bytes = 0;

  // A tensor of `count` times `cols` values of 4 bytes, rounded up as the arena does.
  void tensor(std::int64_t count, std::int64_t cols) { bytes += (count * cols * 4 + 63) / 64 * 64; }
  void activations(std::int64_t cols) { tensor(rows, cols); }
  // A product's inputs as units, with their scales (F32 needs none: an upper bound).
  void packed(std::int64_t count, std::int64_t cols) {
    tensor(count, (cols + 1) / 2);
    tensor(count, 1);
  }

  void mlp(const MlpShape& shape, std::int64_t hidden) {
    activations(shape.gated ? 2 * shape.width : shape.width);
    activations(shape.width);
    activations(hidden);
    packed(rows, std::max<std::int64_t>(shape.width, hidden));
  }

  void layer(const AttentionShape& shape, std::int64_t hidden) {
    const std::int64_t inner = std::int64_t{shape.heads} * shape.head_dim;
    activations(inner + std::int64_t{2} * shape.kv_heads * shape.head_dim);
    activations(inner);
    activations(hidden);
    packed(rows, std::max(inner, hidden));
    packed(rows, hidden);  // the low parts
  }
  void layer(const MambaShape& shape, std::int64_t hidden) {
    activations(shape.projected());
    activations(shape.channels());
    activations(shape.inner());
    activations(shape.inner());
    activations(hidden);
    packed(rows, std::max<std::int64_t>(shape.inner(), hidden));
  }
  void layer(const MlpShape& shape, std::int64_t hidden) { mlp(shape, hidden); }
  void layer(const MoeShape& shape, std::int64_t hidden) {
    const std::int64_t inner = shape.latent > 0 ? shape.latent : hidden;
    const std::int64_t pairs = rows * shape.experts_per_token;
    activations(shape.experts);
    activations(shape.experts_per_token);
    activations(shape.experts_per_token);
    for (int i = 0; i < 4; ++i) activations(std::max(inner, hidden));  // latents, routed, sum
    packed(rows, std::max(inner, hidden));
    tensor(pairs, inner);  // gathered units: as many as values in F32
    tensor(pairs, 1);
    tensor(pairs, shape.expert_width);
    packed(pairs, shape.expert_width);
    tensor(pairs, inner);
    if (shape.shared_width > 0) mlp({.width = shape.shared_width}, hidden);
  }
};

}  // namespace

Bytes CpuBackend::scratch_bytes(const ModelConfig& config, const StepLimits& limits) const {
  std::int64_t largest = 0;
  for (const LayerConfig& layer : config.layers) {
    Counter counter{limits.rows};
    std::visit([&](const auto& shape) { counter.layer(shape, config.hidden); }, layer.mixer);
    largest = std::max(largest, counter.bytes);
  }
  Counter rest{limits.rows};
  rest.activations(config.hidden);
  rest.activations(config.hidden);
  rest.tensor(limits.logit_rows, config.hidden);
  rest.tensor(limits.logit_rows, config.vocabulary);
  rest.packed(limits.logit_rows, config.hidden);
  return Bytes{static_cast<std::uint64_t>(largest + rest.bytes)};
}

}  // namespace eval::runners::local::cpu
