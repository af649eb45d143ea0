#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "runners/local/cpu/cpu_backend_impl.h"

// Paged attention. A page holds, for each layer and key/value head, the keys of 64 tokens as one tile
// of F32 or binary16 (a column is a token, its units run along the head) and their values as tiles (a column is a value,
// units run along the tokens): both products of attention are products with tiles (kernels.h).
namespace eval::runners::local::cpu {
namespace {

constexpr int kRowsPerTile = 48;      // query rows: 8 passes of the kernel share a page in cache
constexpr int kRowsPerTileMax = 128;  // kAttentionRowsMax of the kernel

void store_key(const StateLayout& layout, const Kernels& kernels, const float* key,
               std::int64_t column, std::uint32_t* tile) {
  const int dim = layout.shape.head_dim;
  if (layout.element == Element::F32) {
    for (int d = 0; d < dim; ++d) reinterpret_cast<float*>(tile)[d * kPageTokens + column] = key[d];
    return;
  }
  std::uint16_t rounded[kHeadDimMax];
  kernels.round_f16(key, dim, rounded);
  for (int d = 0; d < dim; ++d)
    reinterpret_cast<std::uint16_t*>(tile)[d * kPageTokens + column] = rounded[d];
}

// Two BF16 tokens share a unit. `earlier` is the token before in the same piece, or null.
void store_value(const StateLayout& layout, const Kernels& kernels, const float* value,
                 const float* earlier, std::int64_t column, bool last_of_piece,
                 std::uint32_t* tiles) {
  const int dim = layout.shape.head_dim;
  const std::int64_t tile_words = units_of(layout.element, kPageTokens) * kTileColumns;
  if (layout.element == Element::BF16 && column % 2 == 0 && !last_of_piece)
    return;  // with the next
  std::uint16_t rounded[kTileColumns];
  for (int first = 0; first < dim; first += kTileColumns) {
    const int count = std::min(dim - first, kTileColumns);
    std::uint32_t* tile = tiles + first / kTileColumns * tile_words;
    if (layout.element == Element::F32) {
      std::copy_n(value + first, count, reinterpret_cast<float*>(tile) + column * kTileColumns);
      continue;
    }
    std::uint32_t* units = tile + column / 2 * kTileColumns;
    if (column % 2 == 1 && earlier) {
      kernels.pair_bf16(earlier + first, value + first, count, units);
      continue;
    }
    kernels.round_bf16(value + first, count, rounded);
    // An odd column joins what an earlier step left in its unit. An even one is alone so far: its partner
    // may be what another sequence left, whose weight will be zero, but zero times infinity is not.
    for (int d = 0; d < count; ++d)
      units[d] =
          column % 2 == 0 ? rounded[d] : (units[d] & 0xFFFFU) | std::uint32_t{rounded[d]} << 16;
  }
}

}  // namespace

std::uint32_t* CpuBackend::page_head(std::int32_t page, int layer, int kv_head) const {
  return pages_.units() + page * layout_.page_words +
         (std::int64_t{layer} * layout_.shape.kv_heads + kv_head) * layout_.head_words;
}

void CpuBackend::store_keys_and_values(Tensor qkv, const AttentionShape& shape, int layer) {
  const std::int64_t dim = shape.head_dim;
  each_row(qkv.rows, shape.kv_heads * dim * 4, [&](std::int64_t r) {
    const auto row = static_cast<std::size_t>(r);
    const Piece& piece = step_->pieces[static_cast<std::size_t>(step_->piece_of[row])];
    const std::int64_t within = r - piece.first_row;
    const std::int64_t position = piece.position + within;
    const std::int64_t column = position % kPageTokens;
    const std::int32_t page =
        step_->pages[static_cast<std::size_t>(piece.first_page + position / kPageTokens)];
    for (int h = 0; h < shape.kv_heads; ++h) {
      std::uint32_t* tiles = page_head(page, layer, h);
      const float* key = row_of(qkv, r) + (shape.heads + h) * dim;
      store_key(layout_, kernels_, key, column, tiles);
      const float* value = key + shape.kv_heads * dim;
      store_value(layout_, kernels_, value, within > 0 ? value - qkv.stride : nullptr, column,
                  within == piece.length - 1, tiles + layout_.key_words);
    }
  });
}

// `tokens` tokens of `piece` from its `first_token`, for the query heads of one key/value head.
void CpuBackend::attend(const Piece& piece, int kv_head, std::int32_t first_token, int tokens,
                        Tensor qkv, const AttentionShape& shape, int layer, Tensor y,
                        WorkerScratch& scratch) {
  const int group = shape.heads / shape.kv_heads;
  const std::int64_t rows = std::int64_t{tokens} * group;
  const std::int64_t width = layout_.value_tiles * kTileColumns;
  const std::int64_t dim = shape.head_dim;
  const std::int32_t position = piece.position + first_token;
  scratch.floats.resize(static_cast<std::size_t>(rows * (width + kTileColumns + dim)));
  scratch.units.resize(static_cast<std::size_t>(rows * kTileColumns));
  float* out = scratch.floats.data();
  float* scores = out + rows * width;
  float* q = scores + rows * kTileColumns;
  const std::int32_t pages = (position + tokens - 1) / kPageTokens + 1;
  scratch.keys.clear();
  scratch.values.clear();
  for (std::int32_t p = 0; p < pages; ++p) {
    const std::int32_t page = step_->pages[static_cast<std::size_t>(piece.first_page + p)];
    scratch.keys.push_back(page_head(page, layer, kv_head));
    scratch.values.push_back(scratch.keys.back() + layout_.key_words);
  }
  const auto head_of = [&](Tensor x, std::int64_t row) {
    const std::int64_t token = piece.first_row + first_token + row / group;
    return row_of(x, token) + (kv_head * group + row % group) * dim;
  };
  for (std::int64_t r = 0; r < rows; ++r) std::copy_n(head_of(qkv, r), dim, q + r * dim);
  const AttentionTile tile{.q = q,
                           .head_dim = dim,
                           .tokens = tokens,
                           .group = group,
                           .position = position,
                           .window = shape.window.value_or(0),
                           .k = scratch.keys.data(),
                           .v = scratch.values.data(),
                           .value_tiles = static_cast<int>(layout_.value_tiles),
                           .scale = 1.0F / std::sqrt(static_cast<float>(dim)),
                           .scores = scores,
                           .probs = scratch.units.data(),
                           .out = out};
  (layout_.element == Element::F32 ? kernels_.attention_f32 : kernels_.attention_bf16)(tile);
  for (std::int64_t r = 0; r < rows; ++r) std::copy_n(out + r * width, dim, head_of(y, r));
}

void CpuBackend::attention(Tensor qkv, const AttentionShape& shape, int layer, Tensor y) {
  const int group = shape.heads / shape.kv_heads;
  EVAL_CHECK(group <= kRowsPerTileMax);
  store_keys_and_values(qkv, shape, layer);
  struct Task {
    const Piece* piece;
    std::int32_t first_token;
    int kv_head;
  };
  const int tokens_per_tile = std::max(1, kRowsPerTile / group);
  std::vector<Task> tasks;
  for (const Piece& piece : step_->pieces)
    for (int h = 0; h < shape.kv_heads; ++h)
      for (std::int32_t t = 0; t < piece.length; t += tokens_per_tile)
        tasks.push_back({&piece, t, h});
  pool_.run(static_cast<std::int64_t>(tasks.size()), 1,
            [&](std::int64_t begin, std::int64_t end, int worker) {
              for (std::int64_t i = begin; i < end; ++i) {
                const Task& task = tasks[static_cast<std::size_t>(i)];
                const int tokens = std::min(tokens_per_tile, task.piece->length - task.first_token);
                attend(*task.piece, task.kv_head, task.first_token, tokens, qkv, shape, layer, y,
                       workers_[static_cast<std::size_t>(worker)]);
              }
            });
}

}  // namespace eval::runners::local::cpu
