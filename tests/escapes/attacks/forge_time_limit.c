// Tries: to look as if it had run into its time limit, by the signal that comes with it.
// Must stop it: a time verdict needs a measured time.
#include "attack.h"

int main(void) {
  finish();
  raise(SIGXCPU);
  return 0;
}
