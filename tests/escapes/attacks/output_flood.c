// Tries: to write output for ever.
// Must stop it: the output limit; the rest is never kept.
#include "attack.h"

static char block[1 << 16];

int main(void) {
  memset(block, 'x', sizeof block);
  for (int i = 0; i < 4096; ++i) {
    if (write(1, block, sizeof block) < 0) return 1;
  }
  escaped("wrote 256 MiB of output");
  return 0;
}
