#include "runners/local/cuda/cuda_device.h"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <utility>

#include "runners/local/cuda/cublas_lt.h"

namespace eval::runners::local::cuda {
namespace {

Error cuda_error(cudaError_t code, std::string_view what) {
  return Error{ErrorCode::Infrastructure,
               fmt::format("{}: {}", what, cudaGetErrorString(code)),
               "cuda",
               "see `nvidia-smi` and `evalctl doctor`",
               0,
               {}};
}

// A stream with an owner. Move-only.
class CudaStream {
 public:
  CudaStream() = default;
  explicit CudaStream(cudaStream_t stream) : stream_(stream) {}
  ~CudaStream() {
    if (stream_ != nullptr) (void)cudaStreamDestroy(stream_);
  }
  CudaStream(CudaStream&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
  CudaStream& operator=(CudaStream&& other) noexcept {
    std::swap(stream_, other.stream_);
    return *this;
  }
  cudaStream_t handle() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

// An instantiated graph.
class CudaRecording final : public Recording {
 public:
  explicit CudaRecording(cudaGraphExec_t graph) : graph_(graph) {}
  ~CudaRecording() override { (void)cudaGraphExecDestroy(graph_); }
  CudaRecording(const CudaRecording&) = delete;
  CudaRecording& operator=(const CudaRecording&) = delete;
  cudaGraphExec_t graph() const { return graph_; }

 private:
  cudaGraphExec_t graph_;
};

class CudaDevice final : public Device {
 public:
  CudaDevice(int index, const cudaDeviceProp& properties, CudaStream stream)
      : index_(index),
        name_(fmt::format("{} sm_{}{}", properties.name, properties.major, properties.minor)),
        stream_(std::move(stream)) {}
  ~CudaDevice() override {
    (void)cudaStreamSynchronize(stream_.handle());
    if (workspace_ != nullptr) (void)cudaFree(workspace_);
  }

  Result<void> open_library() {
    auto library = CublasLt::open();
    if (!library) return {};  // own kernels serve; cuda_status() tells why
    workspace_ = EVAL_TRY(allocate(Bytes{kWorkspaceBytes}));
    library_ = std::move(*library);
    return {};
  }

  std::string description() const override {
    return library_ ? fmt::format("{} cuBLASLt {}", name_, library_->version()) : name_;
  }
  Queue queue() const override { return {stream_.handle()}; }

  Bytes memory_available() const override {
    std::size_t free = 0;
    std::size_t total = 0;
    if (cudaSetDevice(index_) != cudaSuccess || cudaMemGetInfo(&free, &total) != cudaSuccess)
      return Bytes{0};
    return Bytes{free};
  }

  Result<void*> allocate(Bytes size) override {
    void* memory = nullptr;
    cudaError_t code = cudaSetDevice(index_);
    if (code == cudaSuccess) code = cudaMalloc(&memory, size.count);
    if (code == cudaSuccess) return memory;
    (void)cudaGetLastError();  // an allocation that failed leaves the device usable
    Error error = cuda_error(code, fmt::format("no {} of GPU memory, {} are free", to_string(size),
                                               to_string(memory_available())));
    return fail(std::move(error).with_help("lower --gpu-memory, the context or the batch"));
  }
  void release(void* memory) override { (void)cudaFree(memory); }

  void copy_to_device(void* to, const void* from, std::size_t bytes) override {
    // Pageable memory: the runtime has read it when the call returns.
    copy(to, from, bytes, cudaMemcpyHostToDevice);
  }
  void copy_to_host(void* to, const void* from, std::size_t bytes) override {
    copy(to, from, bytes, cudaMemcpyDeviceToHost);
  }
  void copy_on_device(void* to, const void* from, std::size_t bytes) override {
    copy(to, from, bytes, cudaMemcpyDeviceToDevice);
  }
  void fill_zero(void* to, std::size_t bytes) override {
    keep(cudaMemsetAsync(to, 0, bytes, stream_.handle()));
  }

  Result<void> status() override {
    keep(cudaPeekAtLastError());
    if (failure_ != cudaSuccess) return fail(cuda_error(failure_, "the GPU failed"));
    return {};
  }
  Result<void> finish() override {
    keep(cudaStreamSynchronize(stream_.handle()));
    return status();
  }

  Result<void> start_recording() override {
    keep(cudaStreamBeginCapture(stream_.handle(), cudaStreamCaptureModeThreadLocal));
    return status();
  }
  Result<std::unique_ptr<Recording>> stop_recording() override {
    cudaGraph_t graph = nullptr;
    keep(cudaStreamEndCapture(stream_.handle(), &graph));
    EVAL_TRY(status());
    cudaGraphExec_t executable = nullptr;
    keep(cudaGraphInstantiate(&executable, graph, 0));
    (void)cudaGraphDestroy(graph);
    EVAL_TRY(status());
    return std::make_unique<CudaRecording>(executable);
  }
  void replay(Recording& recording) override {
    keep(cudaGraphLaunch(dynamic_cast<CudaRecording&>(recording).graph(), stream_.handle()));
  }

  bool dense_product(const ProductArguments& arguments, DensePlan& plan) override {
    return library_ && library_->multiply(arguments, plan, workspace_, stream_.handle());
  }
  bool has_dense_product() const override { return library_ != nullptr; }

 private:
  void copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    if (bytes > 0) keep(cudaMemcpyAsync(to, from, bytes, kind, stream_.handle()));
  }
  void keep(cudaError_t code) {
    if (failure_ == cudaSuccess) failure_ = code;
  }

  int index_;
  std::string name_;
  CudaStream stream_;
  std::unique_ptr<CublasLt> library_;
  void* workspace_ = nullptr;
  cudaError_t failure_ = cudaSuccess;  // the first one; a device fault is final
};

}  // namespace

Result<std::unique_ptr<Device>> make_cuda_device(int index, bool vendor_dense) {
  int count = 0;
  cudaError_t code = cudaGetDeviceCount(&count);
  if (code != cudaSuccess) return fail(cuda_error(code, "no GPU can be used"));
  if (index < 0 || index >= count)
    return fail(ErrorCode::Usage, fmt::format("GPU {} does not exist", index), "cuda",
                fmt::format("there are {}, counted from 0", count));
  cudaDeviceProp properties;
  cudaStream_t stream = nullptr;
  code = cudaSetDevice(index);
  if (code == cudaSuccess) code = cudaGetDeviceProperties(&properties, index);
  if (code == cudaSuccess) code = cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
  if (code != cudaSuccess)
    return fail(cuda_error(code, fmt::format("GPU {} cannot be used", index)));
  CudaStream owner(stream);
  if (properties.major < 8)
    return fail(ErrorCode::Unsupported,
                fmt::format("{} has compute capability {}.{}", properties.name, properties.major,
                            properties.minor),
                "cuda", "8.0 or later is needed (A100, RTX 30 and newer)");
  auto device = std::make_unique<CudaDevice>(index, properties, std::move(owner));
  if (vendor_dense) EVAL_TRY(device->open_library());
  return device;
}

}  // namespace eval::runners::local::cuda
