#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "runners/local/model/backend.h"

namespace eval::runners::local::cuda {

struct EmulatedOptions {
  DType activation = DType::BF16;     // or F32
  std::optional<std::uint64_t> seed = {};  // shuffles the order of blocks and threads
  bool graphs = false;                // record and replay decode steps as on a GPU
  bool keep_fp8 = true;
  Bytes memory = Bytes::mib(512);
};

// The CUDA backend with its kernels run by the emulation: for tests, and where there is no GPU. Thousands
// of times slower than one. Never fails; a mistake in a kernel stops the process (emulation/scheduler.h).
std::unique_ptr<Backend> make_emulated_backend(const EmulatedOptions& options = {});

}  // namespace eval::runners::local::cuda
