#include <cmath>
#include <numbers>

#include "base/check.h"
#include "runners/local/cuda/device_backend.h"
#include "runners/local/cuda/memory_plan.h"
#include "runners/local/cuda/weights.h"

// The operations of the forward pass: views of the tensors, arguments for the kernels.
namespace eval::runners::local::cuda {
namespace {

// Names of operations in the hash of a step.
enum Operation {
  kEmbed = 1,
  kRmsNorm,
  kLinear,
  kAdd,
  kRotate,
  kAttention,
  kConv,
  kScan,
  kGatedNorm,
  kRoute,
  kExperts,
  kActivate,
  kGather
};

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {  // FNV-1a over 64-bit words
  return (hash ^ value) * 1099511628211ULL + 1;
}

// Rope::Scaling: wavelengths above the low cut-off are stretched by `factor`, those below the high one
// kept, those between blended (Llama 3.1); without cut-offs all are stretched.
double scaled_frequency(double frequency, const Rope::Scaling& scaling) {
  if (!scaling.low_frequency_factor || !scaling.high_frequency_factor)
    return frequency / scaling.factor;
  const double wavelength = 2 * std::numbers::pi / frequency;
  const auto context = static_cast<double>(scaling.original_context);
  const double low = *scaling.low_frequency_factor;
  const double high = *scaling.high_frequency_factor;
  if (wavelength > context / low) return frequency / scaling.factor;
  if (wavelength < context / high) return frequency;
  const double t = (context / wavelength - low) / (high - low);
  return (1 - t) * frequency / scaling.factor + t * frequency;
}

}  // namespace

bool DeviceBackend::begin(int operation, std::initializer_list<const void*> operands,
                          std::initializer_list<Tensor> tensors) {
  hash_ = mix(hash_, static_cast<std::uint64_t>(operation));
  for (const void* operand : operands)
    hash_ = mix(hash_, reinterpret_cast<std::uintptr_t>(operand));
  for (const Tensor& tensor : tensors) {
    hash_ = mix(hash_, reinterpret_cast<std::uintptr_t>(tensor.data));
    hash_ = mix(hash_, static_cast<std::uint64_t>(view(tensor).rows) << 32 ^
                           static_cast<std::uint64_t>(tensor.cols));
  }
  return mode_ == Mode::Run;
}

View DeviceBackend::view(Tensor x) const {
  return {x.data, x.stride, static_cast<std::int32_t>(x.rows == step_rows_ ? padded_rows_ : x.rows),
          static_cast<std::int32_t>(x.cols), x.dtype == DType::F32};
}

void DeviceBackend::embed(const Matrix& table, Tensor x) {
  if (!begin(kEmbed, {&table}, {x})) return;
  const WeightSlab& slab = device_matrix(table).slab;
  kernels_.embed(device_->queue(),
                 {slab.values.data(), slab.stride, tables_->view().tokens, view(x)});
}

void DeviceBackend::rmsnorm(Tensor x, const Vector& w, float epsilon, Tensor y) {
  if (!begin(kRmsNorm, {&w}, {x, y})) return;
  const std::int64_t low_offset = y.dtype == DType::BF16 ? padded_width(y.cols) : 0;
  EVAL_CHECK(low_offset == 0 || y.stride >= 2 * low_offset);
  kernels_.rmsnorm(device_->queue(), {view(x), device_floats(&w), epsilon, view(y), low_offset});
}

void DeviceBackend::linear(Tensor x, const Matrix& w, const Vector* bias, Tensor y) {
  if (!begin(kLinear, {&w, bias}, {x, y})) return;
  const DeviceMatrix& matrix = device_matrix(w);
  ProductArguments a;
  a.x = view(x);
  a.weight = matrix.slab.values.data();
  a.fp8 = matrix.slab.fp8;
  a.scales = matrix.slab.scales.as<const float>();
  a.weight_stride = matrix.slab.stride;
  a.outputs = static_cast<std::int32_t>(matrix.slab.rows);
  a.inputs = static_cast<std::int32_t>(matrix.slab.cols);
  a.bias = device_floats(bias);
  if (matrix.takes_low_halves) a.low_offset = padded_width(x.cols);
  a.y = view(y);
  if (options_.vendor_dense && device_->dense_product(a, matrix.plan)) return;
  kernels_.product(device_->queue(), a);
}

void DeviceBackend::add(Tensor x, Tensor y) {
  if (!begin(kAdd, {}, {x, y})) return;
  kernels_.add(device_->queue(), {view(x), view(y)});
}

// The turns of each pair per position, uploaded once for each rotation a model has.
const double* DeviceBackend::turns_of(const AttentionShape& shape) {
  if (!shape.rope) return nullptr;
  const Rope& rope = *shape.rope;
  const Rope::Scaling scaling = rope.scaling.value_or(Rope::Scaling{});
  const std::array<double, 6> key = {rope.theta,
                                     static_cast<double>(shape.head_dim),
                                     scaling.factor,
                                     scaling.low_frequency_factor.value_or(0),
                                     scaling.high_frequency_factor.value_or(0),
                                     static_cast<double>(scaling.original_context)};
  const auto found = rotations_.find(key);
  if (found != rotations_.end()) return found->second.as<const double>();
  std::vector<double> turns;
  for (int j = 0; j < shape.head_dim / 2; ++j) {
    double frequency = std::pow(rope.theta, -2.0 * j / shape.head_dim);
    if (rope.scaling) frequency = scaled_frequency(frequency, *rope.scaling);
    turns.push_back(frequency / (2 * std::numbers::pi));
  }
  const std::size_t bytes = turns.size() * sizeof(double);
  auto buffer = DeviceBuffer::create(*device_, Bytes{bytes});
  EVAL_CHECK(buffer.has_value());  // a kilobyte
  device_->copy_to_device(buffer->data(), turns.data(), bytes);
  return rotations_.emplace(key, std::move(*buffer)).first->second.as<const double>();
}

void DeviceBackend::rotate(Tensor qkv, const AttentionShape& shape, const Vector* q_norm,
                           const Vector* k_norm, float epsilon) {
  if (q_norm == nullptr && !shape.rope) return;
  const double* turns = turns_of(shape);
  if (!begin(kRotate, {q_norm, k_norm, turns}, {qkv})) return;
  kernels_.rotate(device_->queue(),
                  {view(qkv), tables_->view().positions, shape.heads, shape.kv_heads,
                   shape.head_dim, device_floats(q_norm), device_floats(k_norm), epsilon, turns});
}

void DeviceBackend::attention(Tensor qkv, const AttentionShape& shape, int layer, Tensor y) {
  if (!begin(kAttention, {}, {qkv, y})) return;
  AttentionArguments a;
  a.qkv = view(qkv);
  a.step = tables_->view();
  a.heads = shape.heads;
  a.kv_heads = shape.kv_heads;
  a.head_dim = shape.head_dim;
  a.key_stride = static_cast<std::int32_t>(padded_width(shape.head_dim));
  a.layer = layer;
  a.layers = state_shape_.attention_layers;
  a.pages = pages_.data();
  a.window = shape.window.value_or(0);
  a.scale = 1.0F / std::sqrt(static_cast<float>(shape.head_dim));
  a.y = view(y);
  a.partials = partials_.as<float>();
  a.splits = tables_->splits();
  kernels_.append(device_->queue(), a);
  a.tiles = tables_->prompt_tiles();
  a.tile_count = tables_->prompt_tile_count();
  kernels_.attend_prompt(device_->queue(), a);
  a.tiles = tables_->decode_tiles();
  a.tile_count = tables_->decode_tile_count();
  kernels_.attend_decode(device_->queue(), a);
}

void DeviceBackend::conv_scan(Tensor x, const MambaWeights& w, const MambaShape& shape, int layer,
                              Tensor c) {
  if (!begin(kConv, {&w}, {x, c})) return;
  ConvArguments a;
  a.x = view(x);
  a.step = tables_->view();
  a.tiles = tables_->conv_tiles();
  a.tile_count = tables_->conv_tile_count();
  a.long_pieces = tables_->long_pieces();
  a.long_count = tables_->long_count();
  a.weight = device_floats(w.conv_weight.get());
  a.bias = device_floats(w.conv_bias.get());
  a.kernel = shape.kernel;
  a.layer = layer;
  a.layers = state_shape_.mamba_layers;
  a.state = conv_state_.as<float>();
  a.c = view(c);
  kernels_.conv(device_->queue(), a);
}

void DeviceBackend::ssd_scan(Tensor c, Tensor dt, const MambaWeights& w, const MambaShape& shape,
                             int layer, Tensor y) {
  if (!begin(kScan, {&w}, {c, dt, y})) return;
  ScanArguments a;
  a.c = view(c);
  a.dt = view(dt);
  a.step = tables_->view();
  a.pieces = tables_->pieces();
  a.heads = shape.heads;
  a.head_dim = shape.head_dim;
  a.groups = shape.groups;
  a.state_size = shape.state;
  a.dt_bias = device_floats(w.dt_bias.get());
  a.a = device_floats(w.a.get());
  a.d = device_floats(w.d.get());
  a.layer = layer;
  a.layers = state_shape_.mamba_layers;
  a.state = scan_state_.as<float>();
  a.y = view(y);
  kernels_.scan(device_->queue(), a);
}

void DeviceBackend::gated_norm(Tensor y, Tensor z, const Vector& w, int groups, float epsilon,
                               Tensor out) {
  if (!begin(kGatedNorm, {&w}, {y, z, out})) return;
  kernels_.gated_norm(device_->queue(),
                      {view(y), view(z), device_floats(&w), groups, epsilon, view(out)});
}

void DeviceBackend::route(Tensor scores, const Vector& correction, const MoeShape& shape,
                          Tensor chosen, Tensor weights) {
  if (!begin(kRoute, {&correction}, {scores, chosen, weights})) return;
  RouteArguments a;
  a.scores = view(scores);
  a.correction = device_floats(&correction);
  a.per_token = shape.experts_per_token;
  a.groups = shape.groups;
  a.groups_kept = shape.groups_kept;
  a.scaling = shape.scaling;
  a.normalise = shape.normalise;
  a.chosen = view(chosen);
  a.weights = view(weights);
  kernels_.route(device_->queue(), a);
}

void DeviceBackend::experts(Tensor x, Tensor chosen, Tensor weights, const Experts& w, Tensor y) {
  const auto& experts = static_cast<const DeviceExperts&>(w);
  const std::size_t mark = scratch_mark();
  const std::int64_t entries = view(chosen).rows * chosen.cols;
  const std::int64_t width = experts.up.rows / experts.experts;
  const Tensor hidden = scratch(entries, width, activation());
  const Tensor outputs = scratch(entries, y.cols, activation());
  const Tensor sorted = scratch(1, entries, DType::I32);
  const Tensor counts = scratch(1, experts.experts, DType::I32);
  const Tensor firsts = scratch(1, experts.experts, DType::I32);
  scratch_release(mark);
  if (!begin(kExperts, {&w}, {x, chosen, weights, y})) return;
  const auto integers = [](Tensor t) { return reinterpret_cast<std::int32_t*>(t.data); };
  const ExpertLists lists{integers(counts), integers(firsts), integers(sorted)};
  kernels_.sort_experts(device_->queue(), {view(chosen), experts.experts, lists});

  ProductArguments a;
  a.lists = lists;
  a.experts = experts.experts;
  a.entries = static_cast<std::int32_t>(entries);
  const auto multiply = [&](View from, const WeightSlab& slab, View to) {
    a.x = from;
    a.weight = slab.values.data();
    a.fp8 = slab.fp8;
    a.scales = slab.scales.as<const float>();
    a.weight_stride = slab.stride;
    a.outputs = static_cast<std::int32_t>(slab.rows / experts.experts);
    a.inputs = static_cast<std::int32_t>(slab.cols);
    a.y = to;
    kernels_.product(device_->queue(), a);
  };
  a.per_token = static_cast<std::int32_t>(chosen.cols);
  a.squared_relu = true;
  multiply(view(x), experts.up, view(hidden));
  a.per_token = 0;
  a.squared_relu = false;
  multiply(view(hidden), experts.down, view(outputs));
  kernels_.combine(device_->queue(),
                   {view(outputs), view(weights), view(y), static_cast<std::int32_t>(chosen.cols)});
}

void DeviceBackend::activate(Tensor x, Activation activation, bool gated, Tensor y) {
  if (!begin(kActivate, {}, {x, y})) return;
  kernels_.activate(device_->queue(), {view(x), view(y), activation == Activation::Silu, gated});
}

void DeviceBackend::gather_logit_rows(Tensor x, Tensor y) {
  if (!begin(kGather, {}, {x, y})) return;
  kernels_.gather(device_->queue(), {view(x), view(y), tables_->view().logit_rows});
}

}  // namespace eval::runners::local::cuda
