#include <gtest/gtest.h>

#include <vector>

#include "runners/local/cuda/kernels/platform.cuh"

// Compiled only with ThreadSanitizer: a missing barrier is a data race between fibers.
namespace eval::runners::local::cuda::emulated_bf16 {
namespace {

struct Floats {
  float* data = nullptr;
};

__global__ void without_barrier_kernel(Floats a) {
  EVAL_SHARED(float, shared, 64);
  shared[threadIdx.x] = static_cast<float>(threadIdx.x);
  a.data[threadIdx.x] = shared[(threadIdx.x + 1) % 64];
}

__global__ void with_barrier_kernel(Floats a) {
  EVAL_SHARED(float, shared, 64);
  shared[threadIdx.x] = static_cast<float>(threadIdx.x);
  __syncthreads();
  a.data[threadIdx.x] = shared[(threadIdx.x + 1) % 64];
}

void run(void (*kernel)(Floats)) {
  std::vector<float> data(64);
  simt::Device device;
  launch(Queue{&device}, kernel, "kernel_under_test", Grid(1), 64, Floats{data.data()});
}

TEST(RaceDeathTest, AMissingBarrierIsADataRace) {
  EXPECT_EXIT(
      {
        run(without_barrier_kernel);
        std::exit(0);  // ThreadSanitizer turns it into 66 when it reported
      },
      testing::ExitedWithCode(66), "data race.*");
}

TEST(Race, ABarrierOrdersTheThreadsOfABlock) {
  run(with_barrier_kernel);
}

}  // namespace
}  // namespace eval::runners::local::cuda::emulated_bf16
