#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "runners/local/cuda/kernels/mma.cuh"

// The emulation itself: what it must report, and that its twins of the GPU's instructions compute what the
// instruction set says.
namespace eval::runners::local::cuda::emulated_bf16 {
namespace {

struct Floats {
  float* data = nullptr;
  int count = 0;
};

__global__ void reverse_kernel(Floats a) {
  EVAL_SHARED(float, shared, 256);
  const int i = static_cast<int>(threadIdx.x);
  shared[i] = a.data[i];
  __syncthreads();
  a.data[i] = shared[a.count - 1 - i];
}

__global__ void divergent_barrier_kernel(Floats) {
  if (threadIdx.x < 20) __syncthreads();
  __syncwarp();  // lanes 20 to 31 wait for lanes that wait at the barrier
}

__global__ void divergent_shuffle_kernel(Floats a) {
  if (threadIdx.x < 20) a.data[threadIdx.x] = __shfl_xor_sync(kAllLanes, 1.0F, 1);
}

__global__ void unwritten_shared_kernel(Floats a) {
  EVAL_SHARED(float, shared, 64);
  if (threadIdx.x == 0 && blockIdx.x == 0) shared[1] = 1;
  a.data[blockIdx.x * 2] = shared[0];
  a.data[blockIdx.x * 2 + 1] = shared[1];
}

__global__ void hasty_copy_kernel(Floats a) {
  EVAL_SHARED(float, shared, 8);
  copy_async(shared, a.data, 8);
  commit_group();
  a.data[8] = shared[0];  // before the wait
  wait_for_copies<0>();
  a.data[9] = shared[0];
}

// Who comes when: data[1 + i] is the thread that came as the i-th.
__global__ void ticket_kernel(Floats a) {
  const int ticket = atomicAdd(reinterpret_cast<int*>(a.data), 1);
  a.data[1 + ticket] = static_cast<float>(blockIdx.x * blockDim.x + threadIdx.x);
}

__global__ void sum_kernel(Floats a) {
  EVAL_SHARED(float, partial, kWarp);
  const float sum = block_sum(a.data[threadIdx.x], partial);
  __syncthreads();
  a.data[threadIdx.x] = sum;
}

void run(void (*kernel)(Floats), std::vector<float>& data, unsigned threads, unsigned blocks = 1,
         std::optional<std::uint64_t> seed = {}) {
  simt::Device device({.seed = seed});
  const Queue queue{&device};
  launch(queue, kernel, "kernel_under_test", Grid(blocks), threads,
         Floats{data.data(), static_cast<int>(threads)});
}

TEST(Emulation, ThreadsMeetAtABarrier) {
  std::vector<float> data(256);
  std::iota(data.begin(), data.end(), 0.0F);
  run(reverse_kernel, data, 256, 1, 3);
  EXPECT_EQ(data[0], 255);
  EXPECT_EQ(data[255], 0);
}

TEST(EmulationDeathTest, ABarrierThatSomeThreadsMissListsWhoWaitsWhere) {
  std::vector<float> data(32);
  EXPECT_DEATH(run(divergent_barrier_kernel, data, 32),
               "kernel_under_test, block \\(0,0,0\\): no thread can go on\n"
               "  threads 0 to 19 wait at __syncthreads\n"
               "  threads 20 to 31 wait at a warp collective, mask ffffffff");
}

TEST(EmulationDeathTest, AShuffleThatNamedLanesMissIsReported) {
  std::vector<float> data(32);
  EXPECT_DEATH(run(divergent_shuffle_kernel, data, 32),
               "threads 0 to 19 wait at a warp collective, mask ffffffff\n"
               "  threads 20 to 31 have ended");
}

TEST(Emulation, SharedMemoryIsNanAtTheStartOfEveryBlock) {
  std::vector<float> data(4);
  run(unwritten_shared_kernel, data, 1, 2);
  EXPECT_TRUE(std::isnan(data[0]));
  EXPECT_EQ(data[1], 1);
  EXPECT_TRUE(std::isnan(data[2]));
  EXPECT_TRUE(std::isnan(data[3])) << "the second block sees what the first one wrote";
}

TEST(Emulation, AsynchronousCopiesArriveAtTheWait) {
  alignas(32) float memory[16] = {5};
  simt::Device device;
  launch(Queue{&device}, hasty_copy_kernel, "hasty_copy", Grid(1), 1, Floats{memory, 1});
  EXPECT_TRUE(std::isnan(memory[8]));
  EXPECT_EQ(memory[9], 5);
}

TEST(Emulation, ASeedShufflesBlocksAndThreads) {
  const auto order_of = [](std::optional<std::uint64_t> seed) {
    std::vector<float> order(1 + 256);
    run(ticket_kernel, order, 32, 8, seed);
    order.erase(order.begin());
    return order;
  };
  std::vector<float> ascending(256);
  std::iota(ascending.begin(), ascending.end(), 0.0F);
  EXPECT_EQ(order_of({}), ascending);
  std::vector<float> shuffled = order_of(1);
  EXPECT_NE(shuffled, ascending);
  EXPECT_NE(shuffled, order_of(2));
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(shuffled, ascending);
}

TEST(Emulation, ABlocksSumDoesNotDependOnTheOrderOfThreads) {
  std::vector<float> values(256);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(static_cast<float>(i)) * 1e3F;
  std::vector<float> first = values;
  run(sum_kernel, first, 256);
  EXPECT_NEAR(first[0], std::accumulate(values.begin(), values.end(), 0.0), 1e-2);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    std::vector<float> again = values;
    run(sum_kernel, again, 256, 1, seed);
    EXPECT_EQ(again, first);
  }
}

TEST(Emulation, RecordedWorkRunsWhenItIsReplayed) {
  simt::Device device;
  float value = 0;
  device.start_recording();
  device.enqueue([&value] { value += 1; });
  const auto recording = device.stop_recording();
  EXPECT_EQ(value, 0);
  simt::Device::replay(recording);
  simt::Device::replay(recording);
  EXPECT_EQ(value, 2);
}

// ---- tensor-core twins ------------------------------------------------------------------------------

// c [16, 8] = a [16, 16] b [16, 8], by tiles loaded from shared memory: a as stored, b as stored
// (transposed load) or as b^T [8, 16].
struct Product {
  const float* a;
  const float* b;
  float* c;
  bool b_is_transposed;
};

__global__ void product_test_kernel(Product p) {
  EVAL_SHARED(Act, left, 16 * 16);
  EVAL_SHARED(Act, right, 16 * 16);  // rows of 16; unused values stay NaN
  const int lane = static_cast<int>(threadIdx.x);
  for (int i = lane; i < 256; i += kWarp) left[i] = to_act(p.a[i]);
  for (int i = lane; i < 128; i += kWarp) {
    if (p.b_is_transposed)
      right[i / 16 * 16 + i % 16] = to_act(p.b[i]);
    else
      right[i / 8 * 16 + i % 8] = to_act(p.b[i]);
  }
  __syncwarp();
  Pair a[4];
  Pair b[4];
  load_tiles(a, left + (lane / 8 % 2 * 8 + lane % 8) * 16 + lane / 16 * 8);
  if (p.b_is_transposed)
    load_tiles(b, right + lane % 8 * 16 + lane / 8 % 2 * 8);
  else
    load_tiles_transposed(b, right + (lane / 8 % 2 * 8 + lane % 8) * 16);
  const Pair used[2] = {b[0], b[1]};
  float c[4] = {};
  multiply_tile(c, a, used);
  for (int i = 0; i < 4; ++i) p.c[(lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2] = c[i];
}

TEST(TensorCoreTwin, MultipliesTilesInTheRegistersOfMmaSync) {
  std::vector<float> a(256);
  std::vector<float> b(128);
  std::vector<float> b_transposed(128);
  for (int i = 0; i < 256; ++i) a[static_cast<std::size_t>(i)] = static_cast<float>(i % 13 - 6);
  for (int k = 0; k < 16; ++k)
    for (int n = 0; n < 8; ++n)
      b[static_cast<std::size_t>(k * 8 + n)] = b_transposed[static_cast<std::size_t>(n * 16 + k)] =
          static_cast<float>((k * 8 + n) % 7 - 3);
  for (const bool transposed : {false, true}) {
    std::vector<float> c(128);
    simt::Device device({.seed = 5});
    launch(Queue{&device}, product_test_kernel, "product_test", Grid(1), kWarp,
           Product{a.data(), transposed ? b_transposed.data() : b.data(), c.data(), transposed});
    for (std::size_t m = 0; m < 16; ++m)
      for (std::size_t n = 0; n < 8; ++n) {
        float sum = 0;
        for (std::size_t k = 0; k < 16; ++k) sum += a[m * 16 + k] * b[k * 8 + n];
        EXPECT_EQ(c[m * 8 + n], sum) << m << " " << n;
      }
  }
}

}  // namespace
}  // namespace eval::runners::local::cuda::emulated_bf16
