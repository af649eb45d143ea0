#pragma once

#include <cstdint>

#include "runners/local/model/step.h"

// What the launchers of kernels/ are given: plain pointers into device memory, shapes and strides.
// "act" stands for the activation type (BF16; F32 in one emulated variant). Strides count values.
namespace eval::runners::local::cuda {

struct Queue {  // a CUDA stream, or an emulated device
  void* handle = nullptr;
};

struct View {  // a matrix of activations or, with is_float, of F32
  void* data = nullptr;
  std::int64_t stride = 0;
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  bool is_float = false;
};

// Rows [first_row, first_row + rows of a tile) of piece `piece`; what a row is, the kernel says.
struct Tile {
  std::int32_t piece = 0;
  std::int32_t first_row = 0;
};

struct StepView {  // model/step.h, on the device
  const std::int32_t* tokens = nullptr;
  const std::int32_t* positions = nullptr;
  const std::int32_t* piece_of = nullptr;
  const std::int32_t* logit_rows = nullptr;
  const Piece* pieces = nullptr;
  const std::int32_t* pages = nullptr;
};

struct EmbedArguments {
  const void* table = nullptr;  // [vocabulary, table_stride] act
  std::int64_t table_stride = 0;
  const std::int32_t* tokens = nullptr;
  View x;
};
struct RmsNormArguments {
  View x;
  const float* weight = nullptr;
  float epsilon = 0;
  View y;
  // Where, behind a row's values, the low halves go: what rounding to the activation type cut off.
  // 0: nowhere.
  std::int64_t low_offset = 0;
};
struct AddArguments {
  View x, y;  // x += y
};
struct RotateArguments {
  View qkv;
  const std::int32_t* positions = nullptr;
  std::int32_t heads = 0, kv_heads = 0, head_dim = 0;
  const float* q_norm = nullptr;  // [head_dim]; null: none
  const float* k_norm = nullptr;
  float epsilon = 0;
  const double* turns = nullptr;  // [head_dim / 2] turns per position; null: no rotation
};

// Tokens of a fold of the online softmax: partial results of kSplitTokens keys are folded in ascending
// order, whether by one block (prompts) or by attention_combine (decoding), so both give the same bits.
inline constexpr int kSplitPages = 8;
inline constexpr int kSplitTokens = kSplitPages * kPageTokens;
inline constexpr int kTileRows = 16;    // rows of a warp's attention tile
inline constexpr int kPromptWarps = 4;  // of a block of the prompt kernel: 64 rows

// A row of attention is (token of the piece, query head of the group), row = token * group + head.
struct AttentionArguments {
  View qkv;  // F32 [rows, (heads + 2 kv_heads) * head_dim]
  StepView step;
  const Tile* tiles = nullptr;
  std::int32_t tile_count = 0;
  std::int32_t heads = 0, kv_heads = 0, head_dim = 0;
  std::int32_t key_stride = 0;  // head_dim, rounded up to a multiple of 8
  std::int32_t layer = 0, layers = 0;
  void* pages = nullptr;      // F16 [page][layer][k, v][kv_head][kPageTokens][key_stride]
  std::int32_t window = 0;    // tokens seen, the own included; 0: all
  float scale = 0;            // 1 / sqrt(head_dim)
  View y;                     // act [rows, heads * head_dim]
  float* partials = nullptr;  // [tile][kv_head][splits][kTileRows][head_dim + 2]
  std::int32_t splits = 0;    // of the longest sequence of the tiles
};

inline constexpr int kConvTokens = 64;  // of a tile
inline constexpr int kConvKernelMax = 8;
struct ConvArguments {
  View x;  // F32 [rows, channels]
  StepView step;
  const Tile* tiles = nullptr;  // of kConvTokens tokens
  std::int32_t tile_count = 0;
  const Tile* long_pieces =
      nullptr;  // pieces of more than one tile, whose state is written afterwards
  std::int32_t long_count = 0;
  const float* weight = nullptr;  // [channels, kernel]
  const float* bias = nullptr;    // [channels]; null: none
  std::int32_t kernel = 0;
  std::int32_t layer = 0, layers = 0;
  float* state = nullptr;  // [slot][layer][kernel - 1][channels], oldest first
  View c;
};

inline constexpr int kScanStateMax = 256;  // values of N
struct ScanArguments {
  View c;   // F32 [rows, inner + 2 groups N]
  View dt;  // F32 [rows, heads]
  StepView step;
  std::int32_t pieces = 0;
  std::int32_t heads = 0, head_dim = 0, groups = 0, state_size = 0;
  const float* dt_bias = nullptr;
  const float* a = nullptr;
  const float* d = nullptr;
  std::int32_t layer = 0, layers = 0;
  float* state = nullptr;  // [slot][layer][head][head_dim][N]
  View y;                  // F32 [rows, inner]
};
struct GatedNormArguments {
  View y;  // F32
  View z;  // F32
  const float* weight = nullptr;
  std::int32_t groups = 0;
  float epsilon = 0;
  View out;
};

inline constexpr int kExpertsMax = 1024;  // the router keeps 32 scores a lane
inline constexpr int kRouterGroupsMax = 32;
struct RouteArguments {
  View scores;  // F32 [rows, experts]
  const float* correction = nullptr;
  std::int32_t per_token = 0, groups = 1, groups_kept = 1;
  float scaling = 1;
  bool normalise = true;
  View chosen;   // I32 [rows, per_token]
  View weights;  // F32 [rows, per_token]
};

// Which tokens go to which expert: entry i = (row * per_token + k) of `chosen`, sorted by expert.
struct ExpertLists {
  std::int32_t* counts = nullptr;   // [experts]
  std::int32_t* firsts = nullptr;   // [experts] where an expert's entries begin in `entries`
  std::int32_t* entries = nullptr;  // [rows * per_token]
};
struct SortArguments {
  View chosen;
  std::int32_t experts = 0;
  ExpertLists lists;
};

// y = x W^T. Dense when lists.entries is null; otherwise one product per expert over its entries.
struct ProductArguments {
  View x;
  const void* weight = nullptr;  // [outputs, weight_stride] act or E4M3, columns padded with zeros
  bool fp8 = false;
  const float* scales = nullptr;  // [outputs] (times the experts), of E4M3; null: 1
  std::int64_t weight_stride = 0;
  std::int32_t outputs = 0, inputs = 0;
  const float* bias = nullptr;
  std::int64_t low_offset = 0;  // of x's low halves, which are multiplied as well; 0: none
  bool squared_relu = false;    // y = relu2(...)
  View y;
  ExpertLists lists;
  std::int32_t experts = 0;
  std::int32_t entries = 0;    // rows * per_token
  std::int32_t per_token = 0;  // entry / per_token is the row of x; 0: x has a row per entry
};
struct
    CombineArguments {  // y[r] = sum over k of weights[r, k] * z[r * per_token + k], in order of k
  View z, weights, y;
  std::int32_t per_token = 0;
};
struct ActivateArguments {
  View x, y;
  bool silu = false;
  bool gated = false;
};
struct SampleRow {  // SampleRule, reduced to numbers
  float temperature = 1;
  float top_p = 1;
  float min_p = 0;
  std::int32_t top_k = 0;
  float repetition = 1;
  float presence = 0;
  float frequency = 0;
  std::int32_t likeliest = 0;
  std::int32_t first_penalty = 0;  // its tokens seen are penalties[first_penalty ...]
  std::int32_t penalty_count = 0;
  std::uint64_t draw = 0;  // philox_bits
};
struct Penalty {
  std::int32_t token = 0;
  std::int32_t generated = 0;  // times; 0: only in the prompt
};
struct TokenLogit {
  std::int32_t token = 0;
  float logit = 0;
};
struct SampledRow {
  TokenLogit chosen;
  float maximum = 0;         // of the logits
  std::uint64_t weight = 0;  // sum of floor(2^40 exp(logit - maximum))
};
struct SampleArguments {
  View logits;                       // F32
  float* adjusted = nullptr;         // [rows, vocabulary]
  const SampleRow* rules = nullptr;  // [rows]
  const Penalty* penalties = nullptr;
  SampledRow* sampled = nullptr;    // [rows]
  TokenLogit* likeliest = nullptr;  // [rows, likeliest_stride]
  std::int32_t likeliest_stride = 0;
};
struct GatherArguments {
  View x, y;
  const std::int32_t* rows = nullptr;
};

}  // namespace eval::runners::local::cuda
