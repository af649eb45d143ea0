#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "runners/local/cpu/cpu_backend_impl.h"

// Convolution and selective scan. The scan is the plain recurrence, token by token, in prefill as in
// decode: the state of one head (64 x 128 F32: 32 KiB) stays in the first cache for a whole piece, so a
// chunked form would save little here, and the state after a token is the same bits however the
// sequence reached it.
namespace eval::runners::local::cpu {
namespace {

constexpr std::int64_t kChannelBlock = 512;  // channels of one task: 2 KiB of a row
constexpr int kKernelMax = 16;

float softplus(float x) {
  return x > 20 ? x : std::log1p(std::exp(x));
}

}  // namespace

float* CpuBackend::conv_state(std::int32_t slot, int layer) const {
  return slots_.floats() + slot * layout_.slot_floats +
         layer * (layout_.conv_floats + layout_.scan_floats);
}

float* CpuBackend::scan_state(std::int32_t slot, int layer) const {
  return conv_state(slot, layer) + layout_.conv_floats;
}

void CpuBackend::conv_scan(Tensor x, const MambaWeights& w, const MambaShape& shape, int layer,
                           Tensor c) {
  EVAL_CHECK(shape.kernel <= kKernelMax);
  const std::int64_t channels = shape.channels();
  const std::int64_t history = shape.kernel - 1;
  const float* taps = static_cast<const CpuVector&>(*w.conv_weight).transposed(shape.kernel);
  const float* bias = values_of(w.conv_bias.get());
  const std::int64_t blocks = (channels + kChannelBlock - 1) / kChannelBlock;
  const auto convolve_block = [&](const Piece& piece, std::int64_t first) {
    const std::int64_t width = std::min(kChannelBlock, channels - first);
    float* state = conv_state(piece.slot, layer) + first;  // `history` rows, oldest first
    // Raw row t of the piece; t < 0 reaches back into the state.
    const auto raw = [&](std::int64_t t) -> const float* {
      return t >= 0 ? row_of(x, piece.first_row + t) + first : state + (history + t) * channels;
    };
    for (std::int64_t t = 0; t < piece.length; ++t) {
      const float* rows[kKernelMax];
      for (int j = 0; j < shape.kernel; ++j) rows[j] = raw(t - history + j);
      kernels_.convolve(rows, shape.kernel, taps + first, channels, bias ? bias + first : nullptr,
                        width, row_of(c, piece.first_row + t) + first);
    }
    for (std::int64_t i = 0; i < history; ++i)
      std::copy_n(raw(piece.length - history + i), width, state + i * channels);
  };
  const auto tasks = static_cast<std::int64_t>(step_->pieces.size()) * blocks;
  pool_.run(tasks, 1, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i)
      convolve_block(step_->pieces[static_cast<std::size_t>(i / blocks)],
                     i % blocks * kChannelBlock);
  });
}

void CpuBackend::ssd_scan(Tensor c, Tensor dt, const MambaWeights& w, const MambaShape& shape,
                          int layer, Tensor y) {
  const float* dt_bias = values_of(*w.dt_bias);
  const float* a = values_of(*w.a);
  const std::int64_t head_state = shape.state * layout_.padded_head_dim();
  const auto scan = [&](const Piece& piece, int h, WorkerScratch& scratch) {
    const std::int64_t group = std::int64_t{h} * shape.groups / shape.heads;
    scratch.floats.resize(static_cast<std::size_t>(piece.length) * 2);
    float* delta = scratch.floats.data();
    float* decay = delta + piece.length;
    for (std::int32_t t = 0; t < piece.length; ++t) {
      delta[t] = softplus(row_of(dt, piece.first_row + t)[h] + dt_bias[h]);
      decay[t] = std::exp(delta[t] * a[h]);
    }
    const float* row = row_of(c, piece.first_row);
    const float* b = row + shape.inner() + group * shape.state;
    kernels_.scan_head({.u = row + std::int64_t{h} * shape.head_dim,
                        .b = b,
                        .c = b + std::int64_t{shape.groups} * shape.state,
                        .c_stride = c.stride,
                        .delta = delta,
                        .decay = decay,
                        .d = values_of(*w.d)[h],
                        .tokens = piece.length,
                        .head_dim = shape.head_dim,
                        .state = shape.state,
                        .s = scan_state(piece.slot, layer) + h * head_state,
                        .y = row_of(y, piece.first_row) + std::int64_t{h} * shape.head_dim,
                        .y_stride = y.stride});
  };
  const auto tasks = static_cast<std::int64_t>(step_->pieces.size()) * shape.heads;
  pool_.run(tasks, 1, [&](std::int64_t begin, std::int64_t end, int worker) {
    for (std::int64_t i = begin; i < end; ++i)
      scan(step_->pieces[static_cast<std::size_t>(i / shape.heads)],
           static_cast<int>(i % shape.heads), workers_[static_cast<std::size_t>(worker)]);
  });
}

}  // namespace eval::runners::local::cpu
