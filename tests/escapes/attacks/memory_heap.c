// Tries: to touch four times its memory limit on the heap.
// Must stop it: the memory limit.
#include "attack.h"

int main(void) {
  for (int mib = 0; mib < 256; ++mib) {
    char* block = (char*)malloc(1 << 20);
    if (block == NULL) return finish();
    memset(block, mib + 1, 1 << 20);
    __asm__ volatile("" : : "r"(block) : "memory");
  }
  escaped("touched 256 MiB");
  return 0;
}
