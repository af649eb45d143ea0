#include "runners/local/cpu/cpu_backend.h"
#include "tests/runners/local_ops/backend_case.h"

namespace eval::runners::local {

std::vector<BackendCase> backend_cases() {
  std::vector<BackendCase> cases;
  const auto add = [&](const std::string& name, CpuOptions options) {
    options.threads = options.level == CpuLevel::Best ? 2 : 1;
    options.memory = Bytes::gib(1);
    if (!make_cpu_backend(options)) return;  // this processor cannot
    cases.push_back({.name = name,
                     .make = [options] { return std::move(*make_cpu_backend(options)); },
                     .bf16 = options.activation == DType::BF16,
                     .int8 = options.int8,
                     .pieces_match_decode = true});
  };
  add("cpu_f32", {.activation = DType::F32});
  add("cpu_bf16", {.activation = DType::BF16});
  add("cpu_int8", {.activation = DType::BF16, .int8 = true});
  add("cpu_avx2_f32", {.activation = DType::F32, .level = CpuLevel::Avx2});
  add("cpu_avx2_bf16", {.activation = DType::BF16, .level = CpuLevel::Avx2});
  return cases;
}

}  // namespace eval::runners::local
