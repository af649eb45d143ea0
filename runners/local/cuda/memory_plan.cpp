#include "runners/local/cuda/memory_plan.h"

#include <algorithm>
#include <bit>

#include "runners/local/cuda/kernels/kernel_table.h"

namespace eval::runners::local::cuda {
namespace {

// Room beyond the forward pass, for tools and tests that take tensors of their own.
constexpr std::uint64_t kSlackBytes = std::uint64_t{16} << 20;
// Partial results of flash-decoding: 4,096 (tile, split) pairs are 256 sequences of 8k tokens.
constexpr std::int64_t kPartialsMax = 4096;
constexpr std::int64_t kMinPartials = 64;

struct Sizer {
  std::int64_t rows;
  std::int64_t hidden;
  DType activation;

  std::uint64_t acts(std::int64_t cols) const {
    return scratch_tensor_bytes(rows, cols, activation);
  }
  std::uint64_t floats(std::int64_t cols) const {
    return scratch_tensor_bytes(rows, cols, DType::F32);
  }
  std::uint64_t operator()(const AttentionShape& s) const {
    const std::int64_t width = std::int64_t{s.heads} * s.head_dim;
    return floats(width + 2LL * s.kv_heads * s.head_dim) + acts(width) + floats(hidden);
  }
  std::uint64_t operator()(const MambaShape& s) const {
    return floats(s.projected()) + floats(s.channels()) + floats(s.inner()) + acts(s.inner()) +
           floats(hidden);
  }
  std::uint64_t operator()(const MlpShape& s) const {
    return floats(s.gated ? 2LL * s.width : s.width) + acts(s.width) + floats(hidden);
  }
  std::uint64_t operator()(const MoeShape& s) const {
    const std::int64_t inputs = s.latent > 0 ? s.latent : hidden;
    const std::int64_t entries = rows * s.experts_per_token;
    const std::uint64_t grouped = scratch_tensor_bytes(entries, s.expert_width, activation) +
                                  scratch_tensor_bytes(entries, inputs, activation) +
                                  scratch_tensor_bytes(1, entries, DType::I32) +
                                  2 * scratch_tensor_bytes(1, s.experts, DType::I32);
    return floats(s.experts) + 2 * floats(s.experts_per_token) + acts(inputs) + floats(inputs) +
           2 * floats(hidden) + grouped + (*this)(MlpShape{.width = s.shared_width});
  }
};

}  // namespace

std::int64_t padded_width(std::int64_t cols) {
  return (cols + kWidthMultiple - 1) / kWidthMultiple * kWidthMultiple;
}

std::int64_t scratch_stride(std::int64_t cols, DType dtype) {
  return padded_width(cols) * (dtype == DType::BF16 ? 2 : 1);
}

std::size_t scratch_tensor_bytes(std::int64_t rows, std::int64_t cols, DType dtype) {
  const std::size_t bytes =
      static_cast<std::size_t>(rows * scratch_stride(cols, dtype)) * dtype_bytes(dtype);
  return (bytes + 255) / 256 * 256;
}

std::size_t kv_page_bytes(const StateShape& shape, DType activation) {
  return std::size_t{2} * static_cast<std::size_t>(shape.attention_layers) *
         static_cast<std::size_t>(shape.kv_heads) *
         static_cast<std::size_t>(padded_width(shape.head_dim)) * kPageTokens *
         dtype_bytes(activation);
}

std::size_t conv_slot_bytes(const StateShape& shape) {
  if (shape.mamba_layers == 0) return 0;
  return static_cast<std::size_t>(shape.mamba_layers) *
         static_cast<std::size_t>(shape.mamba.kernel - 1) *
         static_cast<std::size_t>(shape.mamba.channels()) * sizeof(float);
}

std::size_t scan_slot_bytes(const StateShape& shape) {
  return static_cast<std::size_t>(shape.mamba_layers) *
         static_cast<std::size_t>(shape.mamba.inner()) *
         static_cast<std::size_t>(shape.mamba.state) * sizeof(float);
}

SlabSizes slab_sizes(const ModelConfig& config, const StepLimits& limits, DType activation,
                     bool padded, std::int64_t pages) {
  const std::int64_t pieces =
      padded ? static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(limits.pieces)))
             : limits.pieces;
  SlabSizes sizes;
  sizes.tables.rows = std::max(limits.rows, pieces);
  sizes.tables.pieces = pieces;
  sizes.tables.logit_rows = std::max(limits.logit_rows, padded ? pieces : 0);
  const Sizer sizer{sizes.tables.rows, config.hidden, activation};
  std::uint64_t layer = 0;
  std::int64_t row_width = 0;  // of the attention tiles' partial results
  std::int64_t kv_heads = 0;
  for (const LayerConfig& mixer : config.layers) {
    layer = std::max(layer, std::visit(sizer, mixer.mixer));
    if (const auto* attention = std::get_if<AttentionShape>(&mixer.mixer)) {
      sizes.tables.group = attention->heads / attention->kv_heads;
      row_width = attention->head_dim + 2;
      kv_heads = attention->kv_heads;
    }
  }
  const std::uint64_t wanted =
      scratch_tensor_bytes(sizes.tables.logit_rows, config.hidden, DType::F32);
  const std::uint64_t logits =
      scratch_tensor_bytes(sizes.tables.logit_rows, config.vocabulary, DType::F32);
  sizes.arena_bytes = sizer.acts(config.hidden) + sizer.floats(config.hidden) + wanted +
                      std::max(layer, logits) + kSlackBytes;
  const std::int64_t context_pages = (config.context_max + kPageTokens - 1) / kPageTokens;
  const std::int64_t table = std::min(pages, context_pages > 0 ? context_pages : pages);
  sizes.tables.page_entries = pieces * (table + 1);
  if (kv_heads > 0) {
    const std::int64_t splits = static_cast<std::int64_t>(
        std::bit_ceil(static_cast<std::uint64_t>(table / kSplitPages + 1)));
    sizes.tables.partials = std::clamp(pieces * splits, kMinPartials, kPartialsMax);
    sizes.partial_bytes =
        static_cast<std::uint64_t>(sizes.tables.partials * kv_heads * kTileRows * row_width) *
        sizeof(float);
  }
  sizes.sampler_bytes =
      static_cast<std::uint64_t>(sizes.tables.logit_rows * config.vocabulary) * sizeof(float);
  return sizes;
}

}  // namespace eval::runners::local::cuda
