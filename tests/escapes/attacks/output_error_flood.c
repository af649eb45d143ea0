// Tries: to fill the judge's memory or log with messages on standard error.
// Must stop it: what is over the limit is read and dropped; the run itself goes on.
#include "attack.h"

static char block[1 << 16];

int main(void) {
  memset(block, 'e', sizeof block);
  for (int i = 0; i < 1024; ++i) (void)!write(2, block, sizeof block);
  return finish();
}
