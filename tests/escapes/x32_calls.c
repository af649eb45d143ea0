// Tries: system calls with the x32 bit set, which have numbers of their own past simple filters.
// Stopped by: the filter kills calls of any other architecture.
// Outcome: forbidden_syscall
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
#if defined(__x86_64__)
  syscall(0x40000000 + SYS_getpid);
  puts("ESCAPED: x32 call went through");
#else
  syscall(SYS_ptrace, 0, 0, 0, 0);
#endif
  return 0;
}
