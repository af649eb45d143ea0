#pragma once

#include <linux/sched.h>
#include <sys/syscall.h>

namespace eval::sandbox {

// Starts `child(argument)` with clone3, on the stack that `arguments` names; it must not return.
// Returns what the kernel says: the child's id, or minus an errno.
//
// glibc has no wrapper for clone3, and its clone() is taken over by the thread sanitizer, which
// takes a child in our memory for a fork and then refuses to go on.
inline long clone3_start(clone_args* arguments, void (*child)(void*), void* argument) {
#if defined(__x86_64__)
  long result = SYS_clone3;
  register void* kept_argument asm("r8") = argument;
  register void (*kept_child)(void*) asm("r9") = child;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %%r8, %%rdi\n\t"
      "call *%%r9\n\t"
      "hlt\n"
      "1:"
      : "+a"(result)
      : "D"(arguments), "S"(sizeof *arguments), "r"(kept_argument), "r"(kept_child)
      : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long number asm("x8") = SYS_clone3;
  register long first asm("x0") = reinterpret_cast<long>(arguments);
  register long second asm("x1") = sizeof *arguments;
  register void* kept_argument asm("x9") = argument;
  register void (*kept_child)(void*) asm("x10") = child;
  asm volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x0, x9\n\t"
      "blr x10\n\t"
      "brk #1\n"
      "1:"
      : "+r"(first)
      : "r"(number), "r"(second), "r"(kept_argument), "r"(kept_child)
      : "x30", "memory");
  return first;
#else
#error "the sandbox knows how to start a clone3 child on x86-64 and aarch64 only"
#endif
}

}  // namespace eval::sandbox
