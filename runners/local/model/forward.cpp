#include "runners/local/model/model.h"

// The order of layers, written once for every backend. x is the residual stream [rows, hidden].
namespace eval::runners::local {
namespace {

// Layers over `rows` rows: all of a step, or those whose logits are wanted.
struct Pass {
  const Model& model;
  Backend& backend;
  std::int64_t rows;

  Tensor activations(std::int64_t cols) const {
    return backend.scratch(rows, cols, backend.activation());
  }
  Tensor floats(std::int64_t cols) const { return backend.scratch(rows, cols, DType::F32); }
  Tensor wide(std::int64_t cols) const { return backend.scratch(rows, cols, backend.wide()); }

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
    Tensor chosen = backend.scratch(rows, shape.experts_per_token, DType::I32);
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

// Layers [first, last): x += mixer(rmsnorm(x)), with h as room for the norm.
void run_layers(const Pass& pass, std::size_t first, std::size_t last, Tensor x, Tensor h,
                const LayerTap& tap) {
  for (std::size_t i = first; i < last; ++i) {
    const Layer& layer = pass.model.layers[i];
    const std::size_t mark = pass.backend.scratch_mark();
    pass.backend.rmsnorm(x, *layer.norm, pass.model.config.norm_epsilon, h);
    pass.backend.add(x, std::visit([&](const auto& w) { return pass.mix(w, h); }, layer.mixer));
    pass.backend.scratch_release(mark);
    if (tap) tap(static_cast<int>(i), x);
  }
}

// How many layers there are up to the last that keeps state. Those after it look at one row at a time, so
// they are needed only where logits are wanted: of a prompt, at its last token or nowhere.
std::size_t layers_with_state(const Model& model) {
  std::size_t count = model.layers.size();
  const auto has_state = [](const Layer& layer) {
    return std::holds_alternative<AttentionWeights>(layer.mixer) ||
           std::holds_alternative<MambaLayer>(layer.mixer);
  };
  while (count > 0 && !has_state(model.layers[count - 1])) --count;
  return count;
}

}  // namespace

Result<Tensor> forward(const Model& model, const Step& step, Backend& backend,
                       const LayerTap& tap) {
  const ModelConfig& config = model.config;
  const Matrix& head = model.head ? *model.head : *model.embedding;
  const std::size_t with_state = layers_with_state(model);
  Tensor logits;
  EVAL_TRY(backend.run_step(step, [&] {
    const Pass all{model, backend, step.rows()};
    Tensor x = all.wide(config.hidden);
    Tensor h = all.activations(config.hidden);
    backend.embed(*model.embedding, x);
    if (tap) tap(-1, x);
    run_layers(all, 0, with_state, x, h, tap);
    const Pass wanted{model, backend, static_cast<std::int64_t>(step.logit_rows.size())};
    if (wanted.rows == 0) return;
    Tensor last = wanted.wide(config.hidden);
    h.rows = wanted.rows;
    backend.gather_logit_rows(x, last);
    run_layers(wanted, with_state, model.layers.size(), last, h, tap);
    backend.rmsnorm(last, *model.final_norm, config.norm_epsilon, h);
    logits = wanted.floats(config.vocabulary);
    backend.linear(h, head, nullptr, logits);
  }));
  return logits;
}

}  // namespace eval::runners::local
