#include "runners/local/cuda/cublas_lt.h"

#include <cublasLt.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstring>
#include <vector>

#include "base/check.h"

namespace eval::runners::local::cuda {
namespace {

// Rows an algorithm is chosen for: decode steps of a well-filled engine. Fixed, so that the choice does
// not depend on which step happens to be first.
constexpr std::uint64_t kPlannedRows = 128;

static_assert(sizeof(cublasLtMatmulAlgo_t) == sizeof(DensePlan::algorithm));

// The library's functions, by their names.
struct Functions {
  decltype(&cublasLtCreate) create = nullptr;
  decltype(&cublasLtDestroy) destroy = nullptr;
  decltype(&cublasLtGetVersion) version = nullptr;
  decltype(&cublasLtMatmul) matmul = nullptr;
  decltype(&cublasLtMatmulDescInit_internal) init_description = nullptr;
  decltype(&cublasLtMatmulDescSetAttribute) set_description = nullptr;
  decltype(&cublasLtMatrixLayoutInit_internal) init_layout = nullptr;
  decltype(&cublasLtMatmulPreferenceInit_internal) init_preference = nullptr;
  decltype(&cublasLtMatmulPreferenceSetAttribute) set_preference = nullptr;
  decltype(&cublasLtMatmulAlgoGetHeuristic) heuristic = nullptr;
};

class Library {  // owner of a dlopen handle
 public:
  explicit Library(void* handle) : handle_(handle) {}
  ~Library() {
    if (handle_ != nullptr) dlclose(handle_);
  }
  Library(Library&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Library& operator=(Library&&) = delete;
  template <class Function>
  bool find(const char* name, Function& function) const {
    function = reinterpret_cast<Function>(dlsym(handle_, name));
    return function != nullptr;
  }

 private:
  void* handle_;
};

bool find_all(const Library& library, Functions& f) {
  return library.find("cublasLtCreate", f.create) && library.find("cublasLtDestroy", f.destroy) &&
         library.find("cublasLtGetVersion", f.version) &&
         library.find("cublasLtMatmul", f.matmul) &&
         library.find("cublasLtMatmulDescInit_internal", f.init_description) &&
         library.find("cublasLtMatmulDescSetAttribute", f.set_description) &&
         library.find("cublasLtMatrixLayoutInit_internal", f.init_layout) &&
         library.find("cublasLtMatmulPreferenceInit_internal", f.init_preference) &&
         library.find("cublasLtMatmulPreferenceSetAttribute", f.set_preference) &&
         library.find("cublasLtMatmulAlgoGetHeuristic", f.heuristic);
}

// One product y = x W^T in the library's terms, which are column-major: y^T [outputs, rows] =
// W [outputs, inputs] as stored transposed, times x^T [inputs, rows].
struct Problem {
  cublasLtMatmulDescOpaque_t operation;
  cublasLtMatrixLayoutOpaque_t weight, input, output;
};

class LoadedCublasLt final : public CublasLt {
 public:
  LoadedCublasLt(Library library, const Functions& functions, cublasLtHandle_t handle)
      : library_(std::move(library)), functions_(functions), handle_(handle) {}
  ~LoadedCublasLt() override { functions_.destroy(handle_); }

  std::string version() const override {
    const std::size_t number = functions_.version();
    return fmt::format("{}.{}.{}", number / 10000, number / 100 % 100, number % 100);
  }

  bool multiply(const ProductArguments& a, DensePlan& plan, void* workspace,
                void* stream) override {
    if (a.fp8 || a.bias != nullptr || a.squared_relu || a.lists.entries != nullptr ||
        (a.low_offset > 0 && !a.y.is_float))
      return false;
    if (!plan.chosen && !choose(a, plan)) return false;
    Problem problem;
    if (!describe_problem(a, static_cast<std::uint64_t>(a.x.rows), problem)) return false;
    cublasLtMatmulAlgo_t algorithm;
    std::memcpy(&algorithm, plan.algorithm.data(), sizeof algorithm);
    const auto* input = static_cast<const std::uint16_t*>(a.x.data);
    return run(a, problem, algorithm, input, 0, workspace, stream) &&
           (a.low_offset == 0 ||
            run(a, problem, algorithm, input + a.low_offset, 1, workspace, stream));
  }

 private:
  // y = x W^T + keep * y
  bool run(const ProductArguments& a, Problem& problem, const cublasLtMatmulAlgo_t& algorithm,
           const void* input, float keep, void* workspace, void* stream) const {
    const float one = 1;
    return functions_.matmul(handle_, &problem.operation, &one, a.weight, &problem.weight, input,
                             &problem.input, &keep, a.y.data, &problem.output, a.y.data,
                             &problem.output, &algorithm, workspace, kWorkspaceBytes,
                             static_cast<cudaStream_t>(stream)) == CUBLAS_STATUS_SUCCESS;
  }

  bool describe_problem(const ProductArguments& a, std::uint64_t rows, Problem& p) const {
    const cublasOperation_t transposed = CUBLAS_OP_T;
    const auto layout = [&](cublasLtMatrixLayoutOpaque_t& l, cudaDataType_t type,
                            std::int64_t height, std::uint64_t width, std::int64_t stride) {
      return functions_.init_layout(&l, sizeof l, type, static_cast<std::uint64_t>(height), width,
                                    stride) == CUBLAS_STATUS_SUCCESS;
    };
    return functions_.init_description(&p.operation, sizeof p.operation, CUBLAS_COMPUTE_32F,
                                       CUDA_R_32F) == CUBLAS_STATUS_SUCCESS &&
           functions_.set_description(&p.operation, CUBLASLT_MATMUL_DESC_TRANSA, &transposed,
                                      sizeof transposed) == CUBLAS_STATUS_SUCCESS &&
           layout(p.weight, CUDA_R_16BF, a.inputs, static_cast<std::uint64_t>(a.outputs),
                  a.weight_stride) &&
           layout(p.input, CUDA_R_16BF, a.inputs, rows, a.x.stride) &&
           layout(p.output, a.y.is_float ? CUDA_R_32F : CUDA_R_16BF, a.outputs, rows, a.y.stride);
  }

  // The library's best algorithm for kPlannedRows that neither splits k nor sums out of place.
  bool choose(const ProductArguments& a, DensePlan& plan) const {
    Problem problem;
    cublasLtMatmulPreferenceOpaque_t preference;
    const std::uint64_t workspace = kWorkspaceBytes;
    const std::uint32_t no_reduction = CUBLASLT_REDUCTION_SCHEME_NONE;
    if (!describe_problem(a, kPlannedRows, problem) ||
        functions_.init_preference(&preference, sizeof preference) != CUBLAS_STATUS_SUCCESS ||
        functions_.set_preference(&preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace,
                                  sizeof workspace) != CUBLAS_STATUS_SUCCESS ||
        functions_.set_preference(&preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
                                  &no_reduction, sizeof no_reduction) != CUBLAS_STATUS_SUCCESS)
      return false;
    cublasLtMatmulHeuristicResult_t best;
    int found = 0;
    if (functions_.heuristic(handle_, &problem.operation, &problem.weight, &problem.input,
                             &problem.output, &problem.output, &preference, 1, &best,
                             &found) != CUBLAS_STATUS_SUCCESS ||
        found == 0)
      return false;
    std::memcpy(plan.algorithm.data(), &best.algo, sizeof best.algo);
    plan.chosen = true;
    return true;
  }

  Library library_;
  Functions functions_;
  cublasLtHandle_t handle_;
};

}  // namespace

Result<std::unique_ptr<CublasLt>> CublasLt::open() {
  const std::string name = fmt::format("libcublasLt.so.{}", CUBLAS_VER_MAJOR);
  Library library(dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL));
  Functions functions;
  if (!find_all(library, functions))
    return fail(ErrorCode::NotFound, name + " was not found", "cuda",
                "install cuBLAS of CUDA " + std::to_string(CUBLAS_VER_MAJOR) +
                    " or set LD_LIBRARY_PATH; until then own kernels are used");
  cublasLtHandle_t handle = nullptr;
  if (functions.create(&handle) != CUBLAS_STATUS_SUCCESS)
    return fail(ErrorCode::Infrastructure, name + " could not be started", "cuda",
                "see whether nvidia-smi works");
  return std::make_unique<LoadedCublasLt>(std::move(library), functions, handle);
}

}  // namespace eval::runners::local::cuda
