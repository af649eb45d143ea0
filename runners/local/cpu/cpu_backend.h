#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "runners/local/model/backend.h"

namespace eval::runners::local {

// Instruction sets the backend knows, for tests; Best is what a run uses.
enum class CpuLevel { Best, Avx2, Avx512 };

struct CpuOptions {
  // What products see. BF16: weights, their inputs, keys, values and softmax weights are rounded to
  // BF16 and summed in F32. F32: nothing is rounded. Tensors are F32 in memory either way, and so
  // are norms, router, convolution, scan state and logits.
  DType activation = DType::BF16;
  // All matrices but router, embedding and head as I8 with a scale per output, their inputs with a scale
  // per row. Only where the processor has AVX-512 VNNI; with activation BF16. On the tiny reference
  // models logits are off by 0.1 (rms), and by more where an expert is another one.
  bool int8 = false;
  int threads = 0;    // 0: every processor this process may use
  Bytes memory = {};  // weights, states, pages and scratch together; 0: what is available now
  CpuLevel level = CpuLevel::Best;
};

// Errors: Unsupported, when the processor lacks AVX2 or what `options` asks for.
Result<std::unique_ptr<Backend>> make_cpu_backend(const CpuOptions& options);

// "avx512_bf16", "avx2", ...: what Best means on this processor; empty when it is too old.
std::string cpu_instruction_set();

}  // namespace eval::runners::local
