#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "base/check.h"
#include "runners/local/cpu/cpu_backend_impl.h"

// Embedding, norms, products, rotation, activations: what works on every row by itself.
namespace eval::runners::local::cpu {
namespace {

// Values of work below which a loop stays on this thread: starting one elsewhere costs about 2 us.
constexpr std::int64_t kWorkPerChunk = 1 << 14;

// f_j of the pairs, with scaling: "linear" divides all by the factor;
// "llama3" (Llama 3.1's reference code) only the long wavelengths, with a blend in between.
std::vector<double> rope_frequencies(const Rope& rope, int head_dim) {
  std::vector<double> frequencies;
  for (int j = 0; j < head_dim / 2; ++j) {
    double f = std::pow(rope.theta, -2.0 * j / head_dim);
    if (rope.scaling) {
      const Rope::Scaling& s = *rope.scaling;
      if (!s.low_frequency_factor || !s.high_frequency_factor) {
        f /= s.factor;
      } else {
        const double wavelength = 2 * std::numbers::pi / f;
        const double context = static_cast<double>(s.original_context);
        const double low = *s.low_frequency_factor, high = *s.high_frequency_factor;
        if (wavelength > context / low) {
          f /= s.factor;
        } else if (wavelength >= context / high) {
          const double t = (context / wavelength - low) / (high - low);
          f = (1 - t) * f / s.factor + t * f;
        }
      }
    }
    frequencies.push_back(f);
  }
  return frequencies;
}

}  // namespace

void CpuBackend::each_row(std::int64_t rows, std::int64_t cost,
                          const std::function<void(std::int64_t)>& body) {
  const std::int64_t grain =
      std::max<std::int64_t>(1, kWorkPerChunk / std::max<std::int64_t>(1, cost));
  pool_.run(rows, grain, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t r = begin; r < end; ++r) body(r);
  });
}

void CpuBackend::embed(const Matrix& table, Tensor x) {
  const PackedMatrix& packed = static_cast<const CpuMatrix&>(table).packed();
  each_row(x.rows, x.cols * 4, [&](std::int64_t r) {
    const TokenId token = step_->tokens[static_cast<std::size_t>(r)];
    EVAL_CHECK(token >= 0 && token < packed.rows);
    unpack_row(packed, token, row_of(x, r));
  });
}

void CpuBackend::rmsnorm(Tensor x, const Vector& w, float epsilon, Tensor y) {
  each_row(x.rows, x.cols, [&](std::int64_t r) {
    kernels_.rmsnorm(row_of(x, r), values_of(w), x.cols, epsilon, row_of(y, r));
  });
}

PackedRows CpuBackend::pack_rows(Tensor x, Element element, bool split) {
  if (element == Element::F32)
    return {.units = reinterpret_cast<const std::uint32_t*>(x.data), .stride = x.stride};
  const std::int64_t units = units_of(element, x.cols);
  const Tensor packed = scratch(x.rows, units, DType::I32);
  const Tensor low = split ? scratch(x.rows, units, DType::I32) : Tensor{};
  const Tensor scales = scratch(x.rows, 1, DType::F32);
  each_row(x.rows, x.cols, [&](std::int64_t r) {
    row_of(scales, r)[0] = pack_row(element, row_of(x, r), x.cols, units_at(packed, r), kernels_);
    if (split) pack_low_row(row_of(x, r), x.cols, units_at(packed, r), units_at(low, r), kernels_);
  });
  return {units_at(packed, 0), split ? units_at(low, 0) : nullptr, units, row_of(scales, 0)};
}

void CpuBackend::linear(Tensor x, const Matrix& w, const Vector* bias, Tensor y) {
  const PackedMatrix& packed = static_cast<const CpuMatrix&>(w).packed();
  EVAL_CHECK(x.cols == packed.cols && y.cols == packed.rows);
  const std::size_t mark = scratch_mark();
  const PackedRows rows = pack_rows(x, packed.element, packed.split_last > 0);
  const ProductGroup group{&packed, 0, x.rows};
  grouped_product({&group, 1}, rows, values_of(bias), row_of(y, 0), y.stride, kernels_, pool_,
                  workers_);
  scratch_release(mark);
}

void CpuBackend::add(Tensor x, Tensor y) {
  each_row(x.rows, x.cols,
           [&](std::int64_t r) { kernels_.add(row_of(x, r), row_of(y, r), x.cols); });
}

// The angles are computed in F64: at position 262144 an F32 product would be off by 0.01.
void CpuBackend::fill_rope_table(const AttentionShape& shape) {
  const std::vector<double> frequencies = rope_frequencies(*shape.rope, shape.head_dim);
  const std::size_t half = frequencies.size();
  rope_table_.resize(step_->tokens.size() * 2 * half);
  each_row(step_->rows(), shape.head_dim * 16, [&](std::int64_t r) {
    const auto row = static_cast<std::size_t>(r);
    float* out = rope_table_.data() + row * 2 * half;
    for (std::size_t j = 0; j < half; ++j) {
      const double angle = step_->positions[row] * frequencies[j];
      out[j] = static_cast<float>(std::cos(angle));
      out[half + j] = static_cast<float>(std::sin(angle));
    }
  });
}

void CpuBackend::rotate(Tensor qkv, const AttentionShape& shape, const Vector* q_norm,
                        const Vector* k_norm, float epsilon) {
  // All attention layers of a model share one shape, so one table serves the step.
  if (shape.rope && rope_table_.empty()) fill_rope_table(shape);
  const std::int64_t dim = shape.head_dim;
  each_row(qkv.rows, qkv.cols, [&](std::int64_t r) {
    const float* table = shape.rope ? rope_table_.data() + r * dim : nullptr;
    for (int h = 0; h < shape.heads + shape.kv_heads; ++h) {
      float* head = row_of(qkv, r) + h * dim;
      const Vector* norm = h < shape.heads ? q_norm : k_norm;
      if (shape.qk_norm) kernels_.rmsnorm(head, values_of(norm), dim, epsilon, head);
      if (table) kernels_.rotate(head, table, table + dim / 2, dim / 2);
    }
  });
}

void CpuBackend::gated_norm(Tensor y, Tensor z, const Vector& w, int groups, float epsilon,
                            Tensor out) {
  const std::int64_t width = y.cols / groups;
  each_row(y.rows, y.cols * 4, [&](std::int64_t r) {
    for (std::int64_t first = 0; first < y.cols; first += width)
      kernels_.gated_norm(row_of(y, r) + first, row_of(z, r) + first, values_of(w) + first, width,
                          epsilon, row_of(out, r) + first);
  });
}

void CpuBackend::activate(Tensor x, Activation activation, bool gated, Tensor y) {
  const auto function = activation == Activation::Relu2 ? kernels_.relu2 : kernels_.silu;
  each_row(y.rows, y.cols * 4, [&](std::int64_t r) {
    const float* gate = row_of(x, r);
    if (gated && activation == Activation::Silu)
      return kernels_.gated_silu(gate, gate + y.cols, y.cols, row_of(y, r));
    function(gate, y.cols, row_of(y, r));
    if (gated) kernels_.multiply(row_of(y, r), gate + y.cols, y.cols);
  });
}

void CpuBackend::gather_logit_rows(Tensor x, Tensor y) {
  for (std::int64_t i = 0; i < y.rows; ++i)
    std::copy_n(row_of(x, step_->logit_rows[static_cast<std::size_t>(i)]), x.cols, row_of(y, i));
}

}  // namespace eval::runners::local::cpu
