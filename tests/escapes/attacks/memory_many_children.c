// Tries: to use four times its memory limit in sixteen processes, each below the limit.
// Must stop it: the memory limit on all processes together.
#include "attack.h"

int main(void) {
  int ends[2];
  if (pipe(ends) < 0) return 1;
  for (int i = 0; i < 16; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      char* block = (char*)malloc(16 << 20);
      if (block != NULL) {
        memset(block, i + 1, 16 << 20);
        // Or the compiler leaves out what nobody reads.
        __asm__ volatile("" : : "r"(block) : "memory");
        (void)!write(ends[1], "x", 1);
      }
      for (;;) pause();
    }
  }
  close(ends[1]);
  char byte;
  int done = 0;
  while (done < 16 && read(ends[0], &byte, 1) == 1) ++done;
  if (done == 16) escaped("16 processes hold 256 MiB");
  return finish();
}
