// Tries: to end by SIGSYS and to confuse whoever derives the cause from it.
// Must stop it: ends by signal, whatever the number, are runtime errors and never more.
#include "attack.h"

int main(void) {
  finish();
  raise(SIGSYS);
  return 0;
}
