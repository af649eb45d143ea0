#pragma once

#include <cstddef>

// The switch between stacks, and what ThreadSanitizer has to be told about it. Private to scheduler.cpp.
// The emulator itself is not under test: its bookkeeping is read and written by all fibers. CMake builds it
// without ThreadSanitizer's instrumentation and defines EVAL_SIMT_TSAN where the kernels have it.
#if defined(EVAL_SIMT_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace eval::simt {

// Orders for ThreadSanitizer, nothing otherwise.
#if defined(EVAL_SIMT_TSAN)
inline void release(void* at) {
  __tsan_release(at);
}
inline void acquire(void* at) {
  __tsan_acquire(at);
}
inline void* make_fiber() {
  return __tsan_create_fiber(0);
}
inline void drop_fiber(void* fiber) {
  __tsan_destroy_fiber(fiber);
}
inline void* current_fiber() {
  return __tsan_get_current_fiber();
}
inline void announce_switch(void* fiber) {
  __tsan_switch_to_fiber(fiber, __tsan_switch_to_fiber_no_sync);
}
#else
inline void release(void*) {}
inline void acquire(void*) {}
inline void* make_fiber() {
  return nullptr;
}
inline void drop_fiber(void*) {}
inline void* current_fiber() {
  return nullptr;
}
inline void announce_switch(void*) {}
#endif

// A stack of its own with an unreadable page below, so that an overflow faults. Owner, move-only.
class Stack {
 public:
  explicit Stack(std::size_t bytes);
  ~Stack();
  Stack(Stack&& other) noexcept;
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  std::byte* base() const { return base_; }
  std::size_t size() const { return bytes_; }

 private:
  std::byte* base_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t mapped_ = 0;
};

// A suspended computation. `start` makes one that calls `entry` (which never returns) on `stack`.
struct Context {
  void* stack_pointer = nullptr;
  void* portable = nullptr;  // ucontext_t where there is no own switch
};
void start(Context& context, const Stack& stack, void (*entry)());
void switch_to(Context& from, Context& to);
void release_context(Context& context);

}  // namespace eval::simt
