#include "runners/local/model/model.h"

// The order of layers, written once for every backend. x is the residual stream [rows, hidden].
namespace eval::runners::local {
namespace {

struct Pass {
  const Model& model;
  const Step& step;
  Backend& backend;

  Tensor activations(std::int64_t cols) const {
    return backend.scratch(step.rows(), cols, backend.activation());
  }
  Tensor floats(std::int64_t cols) const { return backend.scratch(step.rows(), cols, DType::F32); }

  Tensor wide(std::int64_t cols) const {
    return backend.scratch(step.rows(), cols, backend.wide());
  }

  Tensor project(Tensor x, const Matrix& w, const Vector* bias) const {
    Tensor y = wide(w.rows());
    backend.linear(x, w, bias, y);
    return y;
  }

  Tensor mix(const AttentionWeights& w, Tensor h) const {
    Tensor qkv = project(h, *w.qkv, w.qkv_bias.get());
    if (w.shape.qk_norm || w.shape.rope)
      backend.rotate(qkv, w.shape, w.q_norm.get(), w.k_norm.get(), model.config.norm_epsilon);
    Tensor y = activations(std::int64_t{w.shape.heads} * w.shape.head_dim);
    backend.attention(qkv, w.shape, w.state_layer, y);
    return project(y, *w.output, w.output_bias.get());
  }

  Tensor mix(const MambaLayer& w, Tensor h) const {
    const MambaShape& shape = w.shape;
    Tensor projected = project(h, *w.in_proj, w.in_bias.get());
    Tensor z = projected.columns(0, shape.inner());
    Tensor xbc = projected.columns(shape.inner(), shape.channels());
    Tensor dt = projected.columns(shape.inner() + shape.channels(), shape.heads);
    Tensor convolved = wide(shape.channels());
    backend.conv_scan(xbc, w.vectors, shape, w.state_layer, convolved);
    Tensor scanned = floats(shape.inner());
    backend.ssd_scan(convolved, dt, w.vectors, shape, w.state_layer, scanned);
    Tensor gated = activations(shape.inner());
    backend.gated_norm(scanned, z, *w.norm, shape.groups, model.config.norm_epsilon, gated);
    return project(gated, *w.out_proj, w.out_bias.get());
  }

  Tensor mix(const MlpWeights& w, Tensor h) const {
    Tensor up = project(h, *w.up, w.up_bias.get());
    Tensor activated = activations(w.shape.width);
    backend.activate(up, w.shape.activation, w.shape.gated, activated);
    return project(activated, *w.down, w.down_bias.get());
  }

  Tensor mix(const MoeWeights& w, Tensor h) const {
    const MoeShape& shape = w.shape;
    Tensor scores = floats(shape.experts);
    backend.linear(h, *w.gate, nullptr, scores);
    Tensor chosen = backend.scratch(step.rows(), shape.experts_per_token, DType::I32);
    Tensor weights = floats(shape.experts_per_token);
    backend.route(scores, *w.correction, shape, chosen, weights);
    Tensor inputs = h;
    if (w.latent_down) {
      inputs = activations(w.latent_down->rows());
      backend.linear(h, *w.latent_down, nullptr, inputs);
    }
    Tensor routed = w.latent_up ? activations(inputs.cols) : wide(inputs.cols);
    backend.experts(inputs, chosen, weights, *w.experts, routed);
    Tensor y = w.latent_up ? project(routed, *w.latent_up, nullptr) : routed;
    if (w.shared.up) backend.add(y, mix(w.shared, h));
    return y;
  }
};

}  // namespace

Result<Tensor> forward(const Model& model, const Step& step, Backend& backend,
                       const LayerTap& tap) {
  const Pass pass{model, step, backend};
  const ModelConfig& config = model.config;
  const Matrix& head = model.head ? *model.head : *model.embedding;
  Tensor logits;
  EVAL_TRY(backend.run_step(step, [&] {
    Tensor x = pass.wide(config.hidden);
    Tensor h = pass.activations(config.hidden);
    backend.embed(*model.embedding, x);
    if (tap) tap(-1, x);
    for (std::size_t i = 0; i < model.layers.size(); ++i) {
      const Layer& layer = model.layers[i];
      const std::size_t mark = backend.scratch_mark();
      backend.rmsnorm(x, *layer.norm, config.norm_epsilon, h);
      backend.add(x, std::visit([&](const auto& w) { return pass.mix(w, h); }, layer.mixer));
      backend.scratch_release(mark);
      if (tap) tap(static_cast<int>(i), x);
    }
    const auto wanted = static_cast<std::int64_t>(step.logit_rows.size());
    Tensor last = backend.scratch(wanted, config.hidden, backend.wide());
    Tensor normed = last.dtype == backend.activation()
                        ? last
                        : backend.scratch(wanted, config.hidden, backend.activation());
    backend.gather_logit_rows(x, last);
    backend.rmsnorm(last, *model.final_norm, config.norm_epsilon, normed);
    logits = backend.scratch(wanted, config.vocabulary, DType::F32);
    backend.linear(normed, head, nullptr, logits);
  }));
  return logits;
}

}  // namespace eval::runners::local
