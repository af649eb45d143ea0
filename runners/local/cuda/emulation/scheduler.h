#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

// Runs CUDA kernels on the CPU: one fiber per CUDA thread, the blocks of a grid one after another. The
// names that kernels use (threadIdx, __syncthreads, ...) are in simt.h; this is what stands behind.
//
// Stricter than a GPU, so that tests find here what a GPU would hide:
//  - a barrier or a warp collective that a named thread never reaches stops the process with a list of
//    who waits where, instead of hanging or going on with rubbish;
//  - shared memory, static and dynamic, is NaN when a block starts;
//  - cp.async copies nothing before the wait that makes it visible;
//  - `Options::seed` shuffles the order of blocks and of the threads between barriers: results that
//    depend on it change;
//  - under ThreadSanitizer two threads that touch one byte without a barrier between them are a
//    reported race (fibers carry no order of their own). Address and UB sanitizers work unchanged.
// Not covered: wgmma and TMA, memory order between blocks, speed.
namespace eval::simt {

struct Dim {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;
  unsigned count() const { return x * y * z; }
};

struct Options {
  std::optional<std::uint64_t> seed = {};  // absent: ascending order of blocks and threads
};

inline constexpr std::size_t kStackBytes = std::size_t{128} << 10;  // of one CUDA thread
inline constexpr unsigned kBlockThreadsMax = 1024;

struct BlockState;

// An emulated GPU: the stacks of its threads and its stream. Not thread-safe.
class Device {
 public:
  explicit Device(Options options = {});
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  // Runs `kernel` once per thread of the grid, and returns when all have ended; while recording, keeps
  // it for replay instead. Stops the process when threads are stuck or a limit is passed.
  void launch(const char* name, Dim grid, Dim block, std::size_t shared_bytes,
              std::function<void()> kernel);
  // Work of the host in stream order, such as a memset.
  void enqueue(std::function<void()> work);

  // The counterpart of a CUDA graph.
  using Recording = std::vector<std::function<void()>>;
  void start_recording();
  Recording stop_recording();
  static void replay(const Recording& recording);

 private:
  void run_grid(const char* name, Dim grid, Dim block, std::size_t shared_bytes,
                const std::function<void()>& kernel);

  Options options_;
  std::uint64_t launches_ = 0;
  bool recording_ = false;
  Recording recorded_;
  std::unique_ptr<BlockState> state_;  // kept between launches: stacks are costly to make
};

// ---- what simt.h calls from inside a kernel --------------------------------------------------------
struct Where {
  Dim thread, block, block_size, grid;
};
const Where& where();  // of the running CUDA thread
int lane();

void sync_block();
// Waits for every lane of `mask`; all of them must name the same mask.
void sync_warp(unsigned mask);
// A 64-bit value of each lane: publishes `bits` and returns the one of lane `from`, or the own one when
// `from` is not in the mask.
std::uint64_t exchange(unsigned mask, std::uint64_t bits, int from);
// All lanes' values at once; valid until the caller's next collective but one.
const std::uint64_t* exchange_all(unsigned mask, std::uint64_t bits);
inline std::uint64_t lane_value(const std::uint64_t* values, int lane) {
  return __atomic_load_n(&values[lane], __ATOMIC_RELAXED);
}

std::byte* dynamic_shared_bytes();
// The static shared variable named by `key`, NaN at the start of the block.
std::byte* static_shared_bytes(const void* key, std::size_t bytes);

// cp.async: copies `bytes` and fills up to `total` with zero, when the group it belongs to is waited for.
void copy_later(void* to, const void* from, std::size_t bytes, std::size_t total);
void commit_copies();
void wait_copies(int groups_left);

}  // namespace eval::simt
