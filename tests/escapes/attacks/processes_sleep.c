// Tries: to hold its judge for an hour by sleeping.
// Must stop it: the wall clock limit.
#include "attack.h"

int main(void) {
  for (int i = 0; i < 60; ++i) sleep(1);
  escaped("slept for a minute");
  return 0;
}
