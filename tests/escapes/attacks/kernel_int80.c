// Tries: to make 32-bit system calls from a 64-bit program, which have other numbers than the filter
// looks for.
// Must stop it: a call of another architecture kills the program.
#include "attack.h"

int main(void) {
#if defined(__x86_64__)
  long result = 20;  // getpid of the 32-bit table
  __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
  if (result == getpid()) escaped("a 32-bit call answered");
#endif
  return finish();
}
