#include "runners/local/cuda/emulation/emulated_backend.h"
#include "tests/runners/local_ops/backend_case.h"

// The tests of the seam over the CUDA kernels, run by the emulation.
namespace eval::runners::local {

std::vector<BackendCase> backend_cases() {
  std::vector<BackendCase> cases;
  const auto add = [&](const std::string& name, const cuda::EmulatedOptions& options) {
    cases.push_back({.name = name,
                     .make = [options] { return cuda::make_emulated_backend(options); },
                     .bf16 = options.activation == DType::BF16,
                     .pieces_match_decode = true});
  };
  add("emulated_f32", {.activation = DType::F32});
  add("emulated_bf16", {.activation = DType::BF16, .seed = 7});
  return cases;
}

}  // namespace eval::runners::local
