// Tries: to stop itself, so that it uses no CPU and never ends.
// Must stop it: the wall clock limit; a stopped process can be killed.
#include "attack.h"

int main(void) {
  raise(SIGSTOP);
  escaped("was continued by somebody");
  return 0;
}
