#include "runners/local/cuda/emulation/scheduler.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <utility>

#include "base/check.h"
#include "runners/local/cuda/emulation/fiber.h"

// Theory of operation. The host's stack is `home`. run_block() switches to every CUDA thread that can go
// on, in turn; a thread comes back by pause() when it waits or ends. A block barrier opens when all
// threads alive wait at it; a warp collective opens when the last lane of its mask arrives, and that
// lane goes on at once. When a round moves nobody, the block is stuck.
namespace eval::simt {
namespace {

enum class At { Running, Warp, Block, Ended };

struct Copy {
  void* to = nullptr;
  const void* from = nullptr;
  std::size_t bytes = 0;
  std::size_t total = 0;
};

struct Warp {
  unsigned waiting = 0;
  // Two sets of slots: a lane can be at most one collective ahead of the slowest reader.
  std::uint64_t slot[2][32] = {};
};

struct Thread {
  Where where;
  unsigned index = 0;
  int lane = 0;
  Warp* warp = nullptr;
  At at = At::Running;
  unsigned mask = 0;
  unsigned turn = 0;
  Context context;
  void* fiber = nullptr;
  // cp.async: copies in order, of which the first `copied` are done; where each committed group ends.
  std::vector<Copy> copies;
  std::size_t copied = 0;
  std::vector<std::size_t> group_ends;
  std::size_t groups_done = 0;
};

// Shared memory comes in lines, so that every vector access a GPU allows is aligned here too.
struct alignas(128) Line {
  std::byte bytes[128];
};
using Lines = std::vector<Line>;
std::size_t lines_for(std::size_t bytes) {
  return (bytes + sizeof(Line) - 1) / sizeof(Line);
}

struct SharedVariable {
  const void* key = nullptr;
  Lines lines;
  bool poisoned = false;
};

// The block that runs on this OS thread: CUDA's threadIdx and friends are global names.
thread_local BlockState* running_block = nullptr;

}  // namespace

struct BlockState {
  const char* name = "";
  const std::function<void()>* kernel = nullptr;
  std::vector<Stack> stacks;    // kept between launches
  std::vector<Thread> threads;  // [0, size) take part
  std::vector<Warp> warps;
  unsigned size = 0;
  Lines dynamic_shared;
  std::vector<SharedVariable> static_shared;
  unsigned alive = 0;
  unsigned arrived = 0;
  Context home;
  void* home_fiber = nullptr;
  Thread* now = nullptr;
};

namespace {

// Not inlined: after a switch the compiler must not trust an address of thread-local storage it kept.
[[gnu::noinline]] BlockState& here() {
  asm volatile("");
  return *running_block;
}

void pause() {
  BlockState& block = here();
  announce_switch(block.home_fiber);
  switch_to(block.now->context, block.home);
}

void enter() {
  acquire(&here().home);
  (*here().kernel)();
  release(&here().alive);
  here().now->at = At::Ended;
  pause();
  std::abort();  // an ended thread is never resumed
}

void print_waiters(const BlockState& block, unsigned first, unsigned last) {
  const Thread& thread = block.threads[first];
  std::fprintf(stderr, "  threads %u to %u ", first, last);
  switch (thread.at) {
    case At::Block:
      std::fprintf(stderr, "wait at __syncthreads\n");
      return;
    case At::Warp:
      std::fprintf(stderr, "wait at a warp collective, mask %08x\n", thread.mask);
      return;
    case At::Running:
      std::fprintf(stderr, "run\n");
      return;
    case At::Ended:
      std::fprintf(stderr, "have ended\n");
      return;
  }
}

[[noreturn]] void stuck(const BlockState& block, const char* why) {
  const Dim at = block.threads[0].where.block;
  std::fprintf(stderr, "simt: kernel %s, block (%u,%u,%u): %s\n", block.name, at.x, at.y, at.z,
               why);
  unsigned first = 0;
  for (unsigned i = 1; i <= block.size; ++i) {
    const Thread& group = block.threads[first];
    if (i < block.size && block.threads[i].at == group.at && block.threads[i].mask == group.mask)
      continue;
    print_waiters(block, first, i - 1);
    first = i;
  }
  std::abort();
}

// Memory of shared variables as a block finds it: all bits set is NaN in F32, BF16, F16 and E4M3.
void poison(Lines& lines) {
  if (!lines.empty()) std::memset(lines.data(), 0xff, lines.size() * sizeof(Line));
}

bool open_barrier(BlockState& block) {
  if (block.alive == 0 || block.arrived != block.alive) return false;
  block.arrived = 0;
  for (unsigned i = 0; i < block.size; ++i)
    if (block.threads[i].at == At::Block) block.threads[i].at = At::Running;
  return true;
}

void run_block(BlockState& block, const std::vector<unsigned>& first_order,
               std::mt19937_64* random) {
  running_block = &block;
  block.alive = block.size;
  block.arrived = 0;
  poison(block.dynamic_shared);
  for (SharedVariable& variable : block.static_shared) variable.poisoned = false;
  for (Warp& warp : block.warps) warp.waiting = 0;
  for (unsigned i = 0; i < block.size; ++i) {
    Thread& thread = block.threads[i];
    start(thread.context, block.stacks[i], enter);
    thread.at = At::Running;
    thread.mask = thread.turn = 0;
    thread.copies.clear();
    thread.group_ends.clear();
    thread.copied = thread.groups_done = 0;
  }
  block.home_fiber = current_fiber();
  release(&block.home);
  std::vector<unsigned> order = first_order;
  while (block.alive > 0) {
    bool moved = false;
    if (random != nullptr) std::shuffle(order.begin(), order.end(), *random);
    for (const unsigned i : order) {
      Thread& thread = block.threads[i];
      if (thread.at != At::Running) continue;
      moved = true;
      block.now = &thread;
      announce_switch(thread.fiber);
      switch_to(block.home, thread.context);
      if (thread.at == At::Ended) --block.alive;
    }
    if (open_barrier(block)) moved = true;
    if (block.alive > 0 && !moved) stuck(block, "no thread can go on");
  }
  acquire(&block.alive);
  running_block = nullptr;
}

Dim place(unsigned index, Dim size) {
  return {index % size.x, index / size.x % size.y, index / size.x / size.y};
}

void carry_out(const Copy& copy) {
  std::memcpy(copy.to, copy.from, copy.bytes);
  std::memset(static_cast<std::byte*>(copy.to) + copy.bytes, 0, copy.total - copy.bytes);
}

}  // namespace

Device::Device(Options options) : options_(options), state_(std::make_unique<BlockState>()) {}

Device::~Device() {
  for (Thread& thread : state_->threads) {
    if (thread.fiber != nullptr) drop_fiber(thread.fiber);
    release_context(thread.context);
  }
}

void Device::launch(const char* name, Dim grid, Dim block, std::size_t shared_bytes,
                    std::function<void()> kernel) {
  EVAL_CHECK(block.count() > 0 && block.count() <= kBlockThreadsMax);
  EVAL_CHECK(grid.count() > 0 && grid.y <= 65535 && grid.z <= 65535);
  enqueue([this, name, grid, block, shared_bytes, run = std::move(kernel)] {
    run_grid(name, grid, block, shared_bytes, run);
  });
}

void Device::enqueue(std::function<void()> work) {
  if (recording_)
    recorded_.push_back(std::move(work));
  else
    work();
}

void Device::start_recording() {
  recording_ = true;
  recorded_.clear();
}

Device::Recording Device::stop_recording() {
  recording_ = false;
  return std::exchange(recorded_, {});
}

void Device::replay(const Recording& recording) {
  for (const auto& work : recording) work();
}

void Device::run_grid(const char* name, Dim grid, Dim block, std::size_t shared_bytes,
                      const std::function<void()>& kernel) {
  BlockState& state = *state_;
  const unsigned size = block.count();
  while (state.threads.size() < size) {
    state.stacks.emplace_back(kStackBytes);
    state.threads.emplace_back().fiber = make_fiber();
  }
  state.warps.resize((size + 31) / 32);
  state.name = name;
  state.kernel = &kernel;
  state.size = size;
  state.dynamic_shared.resize(lines_for(shared_bytes));
  state.static_shared.clear();
  std::vector<unsigned> threads(size);
  for (unsigned i = 0; i < size; ++i) {
    Thread& thread = state.threads[i];
    thread.index = threads[i] = i;
    thread.lane = static_cast<int>(i % 32);
    thread.warp = &state.warps[i / 32];
    thread.where = {place(i, block), {}, block, grid};
  }
  std::vector<unsigned> blocks(grid.count());
  for (unsigned i = 0; i < blocks.size(); ++i) blocks[i] = i;
  std::mt19937_64 random(options_.seed.value_or(0) + launches_++);
  if (options_.seed) std::shuffle(blocks.begin(), blocks.end(), random);
  for (const unsigned index : blocks) {
    for (unsigned i = 0; i < size; ++i) state.threads[i].where.block = place(index, grid);
    run_block(state, threads, options_.seed ? &random : nullptr);
  }
}

const Where& where() {
  return here().now->where;
}
int lane() {
  return here().now->lane;
}

void sync_block() {
  BlockState& block = here();
  release(&block.arrived);
  block.now->at = At::Block;
  ++block.arrived;
  pause();
  acquire(&here().arrived);
}

void sync_warp(unsigned mask) {
  BlockState& block = here();
  Thread& thread = *block.now;
  Warp& warp = *thread.warp;
  const unsigned own = 1U << thread.lane;
  thread.mask = mask;
  if ((mask & own) == 0) stuck(block, "a lane calls a warp collective whose mask leaves it out");
  release(&warp);
  warp.waiting |= own;
  if ((warp.waiting & mask) == mask) {
    warp.waiting &= ~mask;
    const unsigned first = thread.index / 32 * 32;
    for (unsigned i = first; i < std::min(first + 32, block.size); ++i) {
      Thread& other = block.threads[i];
      if (&other == &thread || (mask >> other.lane & 1U) == 0) continue;
      if (other.mask != mask) stuck(block, "lanes of one warp collective name different masks");
      other.at = At::Running;
    }
  } else {
    thread.at = At::Warp;
    pause();
  }
  acquire(&warp);
}

const std::uint64_t* exchange_all(unsigned mask, std::uint64_t bits) {
  Thread& thread = *here().now;
  std::uint64_t* slots = thread.warp->slot[thread.turn++ & 1U];
  __atomic_store_n(&slots[thread.lane], bits, __ATOMIC_RELAXED);
  sync_warp(mask);
  return slots;
}

std::uint64_t exchange(unsigned mask, std::uint64_t bits, int from) {
  const std::uint64_t* slots = exchange_all(mask, bits);
  const int source = from & 31;
  if ((mask >> source & 1U) == 0) return bits;
  return __atomic_load_n(&slots[source], __ATOMIC_RELAXED);
}

std::byte* dynamic_shared_bytes() {
  return here().dynamic_shared.data()->bytes;
}

std::byte* static_shared_bytes(const void* key, std::size_t bytes) {
  BlockState& block = here();
  auto found = std::find_if(block.static_shared.begin(), block.static_shared.end(),
                            [&](const SharedVariable& v) { return v.key == key; });
  if (found == block.static_shared.end()) {
    block.static_shared.push_back({key, Lines(lines_for(bytes)), false});
    found = block.static_shared.end() - 1;
  }
  if (!found->poisoned) {
    poison(found->lines);
    found->poisoned = true;
    // The others come after the poison, though not after anything this thread does with the variable.
    release(found->lines.data());
  }
  acquire(found->lines.data());
  return found->lines.data()->bytes;
}

void copy_later(void* to, const void* from, std::size_t bytes, std::size_t total) {
  here().now->copies.push_back({to, from, bytes, total});
}

void commit_copies() {
  Thread& thread = *here().now;
  thread.group_ends.push_back(thread.copies.size());
}

void wait_copies(int groups_left) {
  Thread& thread = *here().now;
  while (thread.group_ends.size() - thread.groups_done > static_cast<std::size_t>(groups_left)) {
    const std::size_t end = thread.group_ends[thread.groups_done++];
    for (; thread.copied < end; ++thread.copied) carry_out(thread.copies[thread.copied]);
  }
}

}  // namespace eval::simt
