#include "runners/local/cuda/emulation/emulated_device.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <unordered_map>
#include <utility>

namespace eval::runners::local::cuda {
namespace {

constexpr std::size_t kAlignment = 256;

struct EmulatedRecording : Recording {
  simt::Device::Recording work;
};

class EmulatedDevice final : public Device {
 public:
  EmulatedDevice(simt::Options options, Bytes memory) : gpu_(options), free_(memory.count) {}
  ~EmulatedDevice() override {
    for (const auto& [memory, bytes] : allocated_)
      ::operator delete (memory, std::align_val_t{kAlignment});
  }

  std::string description() const override { return "emulated"; }
  Queue queue() const override { return {const_cast<simt::Device*>(&gpu_)}; }
  Bytes memory_available() const override { return Bytes{free_}; }

  Result<void*> allocate(Bytes size) override {
    if (size.count > free_)
      return fail(ErrorCode::Infrastructure,
                  "the emulated device has no room for " + to_string(size), "",
                  "give it more memory");
    void* memory = ::operator new (size.count, std::align_val_t{kAlignment});
    std::memset(memory, 0xff, size.count);
    allocated_.emplace(memory, size.count);
    free_ -= size.count;
    return memory;
  }

  void release(void* memory) override {
    const auto found = allocated_.find(memory);
    free_ += found->second;
    allocated_.erase(found);
    ::operator delete (memory, std::align_val_t{kAlignment});
  }

  void copy_to_device(void* to, const void* from, std::size_t bytes) override {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }
  void copy_to_host(void* to, const void* from, std::size_t bytes) override {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }
  void copy_on_device(void* to, const void* from, std::size_t bytes) override {
    gpu_.enqueue([=] { std::memmove(to, from, bytes); });
  }
  void fill_zero(void* to, std::size_t bytes) override {
    gpu_.enqueue([=] { std::memset(to, 0, bytes); });
  }

  Result<void> status() override { return {}; }
  Result<void> finish() override { return {}; }

  Result<void> start_recording() override {
    gpu_.start_recording();
    return {};
  }
  Result<std::unique_ptr<Recording>> stop_recording() override {
    auto recording = std::make_unique<EmulatedRecording>();
    recording->work = gpu_.stop_recording();
    return recording;
  }
  void replay(Recording& recording) override {
    simt::Device::replay(dynamic_cast<EmulatedRecording&>(recording).work);
  }

  bool dense_product(const ProductArguments&, DensePlan&) override { return false; }
  bool has_dense_product() const override { return false; }

 private:
  simt::Device gpu_;
  std::uint64_t free_;
  std::unordered_map<void*, std::uint64_t> allocated_;
};

}  // namespace

std::unique_ptr<Device> make_emulated_device(simt::Options options, Bytes memory) {
  return std::make_unique<EmulatedDevice>(options, memory);
}

}  // namespace eval::runners::local::cuda
