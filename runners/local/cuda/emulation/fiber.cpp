#include "runners/local/cuda/emulation/fiber.h"

#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "base/check.h"

namespace eval::simt {

Stack::Stack(std::size_t bytes) : bytes_(bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  mapped_ = bytes + page;
  void* at = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  EVAL_CHECK(at != MAP_FAILED);
  EVAL_CHECK(mprotect(at, page, PROT_NONE) == 0);
  base_ = static_cast<std::byte*>(at) + page;
}

Stack::~Stack() {
  if (base_ == nullptr) return;
  munmap(base_ - (mapped_ - bytes_), mapped_);
}

Stack::Stack(Stack&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), bytes_(other.bytes_), mapped_(other.mapped_) {}

#if defined(__x86_64__)
// Saves the registers the System V ABI leaves to the callee and takes over the other stack: ten
// instructions, where swapcontext makes a system call for the signal mask.
extern "C" void eval_simt_switch(void** save, void* load);
asm(R"(
.text
.type eval_simt_switch, @function
eval_simt_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size eval_simt_switch, .-eval_simt_switch
)");

void start(Context& context, const Stack& stack, void (*entry)()) {
  // As if `entry` had been called: the stack pointer is 8 below a multiple of 16 when it begins.
  auto** top = reinterpret_cast<void**>(
      reinterpret_cast<std::uintptr_t>(stack.base() + stack.size()) & ~std::uintptr_t{63});
  --top;
  *--top = reinterpret_cast<void*>(entry);
  constexpr int kSaved = 6;
  for (int i = 0; i < kSaved; ++i) *--top = nullptr;
  context.stack_pointer = top;
}

void switch_to(Context& from, Context& to) {
  eval_simt_switch(&from.stack_pointer, to.stack_pointer);
}

void release_context(Context&) {}
#else
void start(Context& context, const Stack& stack, void (*entry)()) {
  release_context(context);
  auto fresh = std::make_unique<ucontext_t>();
  EVAL_CHECK(getcontext(fresh.get()) == 0);
  fresh->uc_stack.ss_sp = stack.base();
  fresh->uc_stack.ss_size = stack.size();
  fresh->uc_link = nullptr;
  makecontext(fresh.get(), entry, 0);
  context.portable = fresh.release();
}

void switch_to(Context& from, Context& to) {
  if (from.portable == nullptr) from.portable = std::make_unique<ucontext_t>().release();
  EVAL_CHECK(swapcontext(static_cast<ucontext_t*>(from.portable),
                         static_cast<ucontext_t*>(to.portable)) == 0);
}

void release_context(Context& context) {
  std::unique_ptr<ucontext_t>(static_cast<ucontext_t*>(context.portable)).reset();
  context.portable = nullptr;
}
#endif

}  // namespace eval::simt
