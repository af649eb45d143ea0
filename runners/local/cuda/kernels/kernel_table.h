#pragma once

#include "runners/local/cuda/kernels/arguments.h"
#include "runners/local/model/tensor.h"

// The launchers of kernels.cu, one table for each way it is compiled. A launcher only queues work; a launch
// that fails is found by Device::status(). Empty matrices launch nothing.
namespace eval::runners::local::cuda {

struct KernelTable {
  DType activation = DType::BF16;

  void (*embed)(Queue, const EmbedArguments&) = nullptr;
  void (*rmsnorm)(Queue, const RmsNormArguments&) = nullptr;
  void (*add)(Queue, const AddArguments&) = nullptr;
  void (*rotate)(Queue, const RotateArguments&) = nullptr;
  void (*append)(Queue, const AttentionArguments&) = nullptr;         // keys and values of all rows
  void (*attend_prompt)(Queue, const AttentionArguments&) = nullptr;  // tiles of 64 rows
  void (*attend_decode)(Queue, const AttentionArguments&) = nullptr;  // tiles of 16 rows, split
  void (*conv)(Queue, const ConvArguments&) = nullptr;
  void (*scan)(Queue, const ScanArguments&) = nullptr;
  void (*gated_norm)(Queue, const GatedNormArguments&) = nullptr;
  void (*route)(Queue, const RouteArguments&) = nullptr;
  void (*sort_experts)(Queue, const SortArguments&) = nullptr;
  void (*product)(Queue, const ProductArguments&) = nullptr;
  void (*combine)(Queue, const CombineArguments&) = nullptr;
  void (*activate)(Queue, const ActivateArguments&) = nullptr;
  void (*gather)(Queue, const GatherArguments&) = nullptr;
  void (*sample)(Queue, const SampleArguments&) = nullptr;
};

// The largest head_dim attention takes: the accumulators of a row live in registers. Rows that are copied
// 16 bytes at a time are padded to a multiple of 8 values.
inline constexpr int kHeadDimMax = 128;
inline constexpr int kWidthMultiple = 8;

namespace gpu {
const KernelTable& kernel_table();
}
namespace emulated_bf16 {
const KernelTable& kernel_table();
}
namespace emulated_f32 {
const KernelTable& kernel_table();
}

}  // namespace eval::runners::local::cuda
