#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "runners/local/cuda/kernels/arguments.h"

// One GPU as the backend sees it: memory, one queue of work, recorded work, dense products of a vendor's
// library. cuda_device.cpp is the CUDA runtime, emulated_device.cpp the CPU.
namespace eval::runners::local::cuda {

// Work recorded once and replayed: a CUDA graph. Destroy before its device.
class Recording {
 public:
  virtual ~Recording() = default;
};

// The algorithm of one weight's products, fixed at its first use. Empty until then.
struct DensePlan {
  std::array<std::uint64_t, 8> algorithm = {};
  bool chosen = false;
};

// Queued operations do not return errors: the first one that fails is kept, later ones are not started,
// and status() or finish() reports it. Not thread-safe.
class Device {
 public:
  virtual ~Device() = default;

  virtual std::string description() const = 0;  // "NVIDIA H100 sm_90, cuBLASLt 13.0"
  virtual Queue queue() const = 0;
  virtual Bytes memory_available() const = 0;

  // At least 256-byte aligned, uninitialised. Errors: out of memory.
  virtual Result<void*> allocate(Bytes size) = 0;
  virtual void release(void* memory) = 0;

  // In queue order. to_device has read `from` when it returns; to_host has written `to` after finish().
  virtual void copy_to_device(void* to, const void* from, std::size_t bytes) = 0;
  virtual void copy_to_host(void* to, const void* from, std::size_t bytes) = 0;
  virtual void copy_on_device(void* to, const void* from, std::size_t bytes) = 0;
  virtual void fill_zero(void* to, std::size_t bytes) = 0;

  virtual Result<void> status() = 0;  // without waiting
  virtual Result<void> finish() = 0;  // waits for all that is queued

  // What is queued between the two is recorded instead of run.
  virtual Result<void> start_recording() = 0;
  virtual Result<std::unique_ptr<Recording>> stop_recording() = 0;
  virtual void replay(Recording& recording) = 0;

  // y = x W^T (+ bias) by the vendor's library, with the plan's algorithm whatever the number of rows.
  // False: not possible here, and nothing was queued.
  virtual bool dense_product(const ProductArguments& arguments, DensePlan& plan) = 0;
  virtual bool has_dense_product() const = 0;
};

// Device memory with an owner. Move-only.
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  static Result<DeviceBuffer> create(Device& device, Bytes size) {
    void* memory = EVAL_TRY(device.allocate(size));
    return DeviceBuffer(device, memory, size);
  }
  ~DeviceBuffer() {
    if (memory_ != nullptr) device_->release(memory_);
  }
  DeviceBuffer(DeviceBuffer&& other) noexcept
      : device_(other.device_),
        memory_(std::exchange(other.memory_, nullptr)),
        size_(std::exchange(other.size_, {})) {}
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    return *this;
  }

  std::byte* data() const { return static_cast<std::byte*>(memory_); }
  template <class T>
  T* as() const {
    return static_cast<T*>(memory_);
  }
  Bytes size() const { return size_; }

 private:
  DeviceBuffer(Device& device, void* memory, Bytes size)
      : device_(&device), memory_(memory), size_(size) {}

  Device* device_ = nullptr;
  void* memory_ = nullptr;
  Bytes size_;
};

}  // namespace eval::runners::local::cuda
