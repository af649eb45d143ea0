#include <cstdint>

#include "runners/local/cuda/kernels/attention.cuh"
#include "runners/local/cuda/kernels/experts.cuh"
#include "runners/local/cuda/kernels/kernel_table.h"
#include "runners/local/cuda/kernels/mamba.cuh"
#include "runners/local/cuda/kernels/pointwise.cuh"
#include "runners/local/cuda/kernels/product.cuh"
#include "runners/local/cuda/kernels/sampling.cuh"

// Launchers: the grid of each kernel. nvcc compiles this file; emulated_bf16.cpp and emulated_f32.cpp
// include it.
EVAL_KERNELS_BEGIN
namespace {

unsigned count_of(std::int64_t value) {
  return static_cast<unsigned>(value);
}
bool empty(const View& view) {
  return view.rows == 0 || view.cols == 0;
}

// Enough threads for a row of `cols` values, in whole warps.
unsigned row_threads(int cols) {
  const unsigned warps = count_of(ceil_div(cols, kWarp));
  return kWarp * (warps < kRowThreads / kWarp ? warps : kRowThreads / kWarp);
}

void embed(Queue queue, const EmbedArguments& a) {
  if (empty(a.x)) return;
  EVAL_LAUNCH(queue, embed_kernel, Grid(count_of(a.x.rows)), row_threads(a.x.cols), a);
}

void rmsnorm(Queue queue, const RmsNormArguments& a) {
  if (empty(a.x)) return;
  EVAL_LAUNCH(queue, rmsnorm_kernel, Grid(count_of(a.x.rows)), row_threads(a.x.cols), a);
}

void add(Queue queue, const AddArguments& a) {
  if (empty(a.x)) return;
  EVAL_LAUNCH(queue, add_kernel, Grid(count_of(a.x.rows)), row_threads(a.x.cols), a);
}

void rotate(Queue queue, const RotateArguments& a) {
  if (empty(a.qkv)) return;
  EVAL_LAUNCH(queue, rotate_kernel, Grid(count_of(a.qkv.rows), count_of(a.heads + a.kv_heads)),
              kWarp, a);
}

void append(Queue queue, const AttentionArguments& a) {
  if (empty(a.qkv)) return;
  EVAL_LAUNCH(queue, append_kernel, Grid(count_of(a.qkv.rows)),
              row_threads(2 * a.kv_heads * a.head_dim), a);
}

template <int kWarps, bool kSplit>
void attend(Queue queue, const AttentionArguments& a, Grid grid) {
  const unsigned threads = kWarps * kWarp;
  if (a.head_dim <= 32) {
    EVAL_LAUNCH(queue, (attention_kernel<32, kWarps, kSplit>), grid, threads, a);
  } else if (a.head_dim <= 64) {
    EVAL_LAUNCH(queue, (attention_kernel<64, kWarps, kSplit>), grid, threads, a);
  } else {
    EVAL_LAUNCH(queue, (attention_kernel<128, kWarps, kSplit>), grid, threads, a);
  }
}

void attend_prompt(Queue queue, const AttentionArguments& a) {
  if (a.tile_count == 0) return;
  attend<kPromptWarps, false>(queue, a, Grid(count_of(a.tile_count), count_of(a.kv_heads)));
}

void attend_decode(Queue queue, const AttentionArguments& a) {
  if (a.tile_count == 0) return;
  attend<1, true>(queue, a, Grid(count_of(a.tile_count), count_of(a.kv_heads), count_of(a.splits)));
  EVAL_LAUNCH(queue, attention_combine_kernel,
              Grid(count_of(a.tile_count), count_of(a.kv_heads), kTileRows),
              row_threads(a.head_dim), a);
}

void conv(Queue queue, const ConvArguments& a) {
  if (a.tile_count == 0) return;
  const unsigned slices = count_of(ceil_div(a.x.cols, static_cast<int>(kConvThreads)));
  EVAL_LAUNCH(queue, conv_kernel, Grid(count_of(a.tile_count), slices), kConvThreads, a);
  if (a.long_count > 0)
    EVAL_LAUNCH(queue, conv_state_kernel, Grid(count_of(a.long_count), slices), kConvThreads, a);
}

void scan(Queue queue, const ScanArguments& a) {
  if (a.pieces == 0) return;
  const Grid grid(count_of(ceil_div(a.head_dim, kScanWarps * kScanHeadRows)), count_of(a.heads),
                  count_of(a.pieces));
  if (a.state_size <= 32) {
    EVAL_LAUNCH(queue, scan_kernel<1>, grid, kScanThreads, a);
  } else if (a.state_size <= 64) {
    EVAL_LAUNCH(queue, scan_kernel<2>, grid, kScanThreads, a);
  } else if (a.state_size <= 128) {
    EVAL_LAUNCH(queue, scan_kernel<4>, grid, kScanThreads, a);
  } else {
    EVAL_LAUNCH(queue, scan_kernel<8>, grid, kScanThreads, a);
  }
}

void gated_norm(Queue queue, const GatedNormArguments& a) {
  if (empty(a.y)) return;
  EVAL_LAUNCH(queue, gated_norm_kernel, Grid(count_of(a.y.rows), count_of(a.groups)),
              row_threads(a.y.cols / a.groups), a);
}

void route(Queue queue, const RouteArguments& a) {
  if (empty(a.scores)) return;
  EVAL_LAUNCH(queue, route_kernel, Grid(count_of(a.scores.rows)), kWarp, a);
}

void sort_experts(Queue queue, const SortArguments& a) {
  if (empty(a.chosen)) return;
  EVAL_LAUNCH(queue, expert_sort_kernel, Grid(count_of(a.experts)), kSortThreads, a);
}

template <int kTokenTiles>
void product_of(Queue queue, const ProductArguments& a, int tiles) {
  const Grid grid(count_of(ceil_div(a.outputs, kProductOutputs)), count_of(tiles));
  if (a.fp8) {
    EVAL_LAUNCH(queue, (product_kernel<kTokenTiles, true>), grid, kProductThreads, a);
  } else {
    EVAL_LAUNCH(queue, (product_kernel<kTokenTiles, false>), grid, kProductThreads, a);
  }
}

// 64 tokens a tile where an expert (or the dense product) has that many to share a weight, else 8.
void product(Queue queue, const ProductArguments& a) {
  if (empty(a.x)) return;
  constexpr int kWide = 8;
  const bool grouped = a.lists.entries != nullptr;
  const int tokens = grouped ? a.entries / a.experts : a.x.rows;
  const int size = tokens > 8 ? kWide * 8 : 8;
  // The experts' tiles are counted on the device; each has at most one that is not full.
  const int partial = a.entries < a.experts ? a.entries : a.experts;
  const int tiles = grouped ? a.entries / size + partial : ceil_div(a.x.rows, size);
  if (tokens > 8)
    product_of<kWide>(queue, a, tiles);
  else
    product_of<1>(queue, a, tiles);
}

void combine(Queue queue, const CombineArguments& a) {
  if (empty(a.y)) return;
  EVAL_LAUNCH(queue, combine_kernel, Grid(count_of(a.y.rows)), row_threads(a.y.cols), a);
}

void activate(Queue queue, const ActivateArguments& a) {
  if (empty(a.y)) return;
  EVAL_LAUNCH(queue, activate_kernel, Grid(count_of(a.y.rows)), row_threads(a.y.cols), a);
}

void gather(Queue queue, const GatherArguments& a) {
  if (empty(a.y)) return;
  EVAL_LAUNCH(queue, gather_kernel, Grid(count_of(a.y.rows)), row_threads(a.y.cols), a);
}

void sample(Queue queue, const SampleArguments& a) {
  if (empty(a.logits)) return;
  const unsigned threads = a.logits.cols > 8192 ? kSampleThreadsMax : 128;
  EVAL_LAUNCH(queue, sample_kernel, Grid(count_of(a.logits.rows)), threads, a);
}

}  // namespace

const KernelTable& kernel_table() {
  static const KernelTable table = {
#if defined(EVAL_CUDA_F32)
    DType::F32,
#else
    DType::BF16,
#endif
    embed,
    rmsnorm,
    add,
    rotate,
    append,
    attend_prompt,
    attend_decode,
    conv,
    scan,
    gated_norm,
    route,
    sort_experts,
    product,
    combine,
    activate,
    gather,
    sample
  };
  return table;
}

EVAL_KERNELS_END
