// Tries: system calls through the 32-bit entry, whose numbers mean other things.
// Stopped by: the filter kills calls of any other architecture.
// Outcome: forbidden_syscall signalled (a kernel without 32-bit calls faults)
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
#if defined(__x86_64__)
  long result = 20;  // getpid in the 32-bit table
  __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
  if (result > 0) puts("ESCAPED: 32-bit call went through");
#else
  syscall(SYS_ptrace, 0, 0, 0, 0);
#endif
  return 0;
}
